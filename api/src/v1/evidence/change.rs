//! `PUT /v1/orgs/{org}/evidence/{evidence}`: what is said of it, whole.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{BODY_BYTES_MAX, Changed, EvidenceMetadata};
use crate::acts;
use crate::auth::EvidenceWrite;
use crate::error::{Problem, Result};
use crate::json::Json;
use crate::v1::asked::Asked;
use crate::v1::recorded;

/// Says something else of evidence. Its files stay as they are.
#[utoipa::path(
    put,
    path = "/v1/orgs/{org}/evidence/{evidence}",
    tag = "evidence",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("evidence" = String, Path, description = "The evidence's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = EvidenceMetadata,
    security(("api_key" = ["evidence:write"])),
    responses(
        (status = 200, description = "Changed, or like that already", body = Changed),
        (status = 404, description = "No such evidence", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is withdrawn", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A rule is broken", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    asked: Asked<EvidenceWrite>,
    Path((_org, evidence)): Path<(String, String)>,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Response> {
    let id = super::evidence_id(&evidence)?;
    let metadata = super::metadata(body.value)?;
    let key = asked.idempotency(body.request_sha256);
    let appended = acts::evidence::change(&asked.by(), &id, metadata, key).await?;
    let replayed = appended.as_ref().is_some_and(|appended| appended.replayed);
    let entries = appended.map(|appended| recorded::accepted(asked.origin(), &appended)).unwrap_or_default();
    Ok(recorded::answered(StatusCode::OK, None, replayed, &Changed { evidence, entries }))
}
