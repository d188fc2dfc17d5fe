//! `GET /v1/orgs/{org}/engagements/{engagement}`: an engagement as it stands.

use axum::Json;
use axum::extract::Path;
use domain::engagement::Engagement;

use super::{EngagementPlan, Shown};
use crate::auth::EngagementsRead;
use crate::error::{Error, Problem, Result};
use crate::v1::asked::Asked;

/// Reads an engagement.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/engagements/{engagement}",
    tag = "engagements",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("engagement" = String, Path, description = "The engagement's id"),
    ),
    security(("api_key" = ["engagements:read"])),
    responses(
        (status = 200, description = "The engagement", body = Shown),
        (status = 404, description = "No such engagement", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    asked: Asked<EngagementsRead>,
    Path((_org, engagement)): Path<(String, String)>,
) -> Result<Json<Shown>> {
    let id = super::engagement_id(&engagement)?;
    let found: Engagement = asked.by().load(&Engagement::stream(&id)).await?;
    let plan = EngagementPlan::from(found.plan().ok_or(Error::NotFound)?);
    Ok(Json(Shown { engagement, state: found.state(), plan }))
}
