//! `GET /v1/orgs/{org}/evidence/{evidence}`: evidence as it stands.

use axum::Json;
use axum::extract::Path;
use domain::evidence::Evidence;

use super::Shown;
use crate::auth::EvidenceRead;
use crate::error::{Error, Problem, Result};
use crate::v1::asked::Asked;

/// Reads a piece of evidence with all its revisions.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/evidence/{evidence}",
    tag = "evidence",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("evidence" = String, Path, description = "The evidence's id"),
    ),
    security(("api_key" = ["evidence:read"])),
    responses(
        (status = 200, description = "The evidence", body = Shown),
        (status = 404, description = "No such evidence", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(asked: Asked<EvidenceRead>, Path((_org, evidence)): Path<(String, String)>) -> Result<Json<Shown>> {
    let id = super::evidence_id(&evidence)?;
    let found: Evidence = asked.by().load(&Evidence::stream(&id)).await?;
    let held = found.held().ok_or(Error::NotFound)?;
    Ok(Json(Shown::of(asked.slug(), &id, found.state(), held)))
}
