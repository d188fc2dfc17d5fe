//! `PUT /v1/orgs/{org}/engagements/{engagement}`: what it then is, whole.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{BODY_BYTES_MAX, Changed, EngagementPlan};
use crate::acts;
use crate::auth::EngagementsWrite;
use crate::error::{Problem, Result};
use crate::json::Json;
use crate::v1::asked::Asked;
use crate::v1::recorded;

/// Changes an engagement that is open.
#[utoipa::path(
    put,
    path = "/v1/orgs/{org}/engagements/{engagement}",
    tag = "engagements",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("engagement" = String, Path, description = "The engagement's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = EngagementPlan,
    security(("api_key" = ["engagements:write"])),
    responses(
        (status = 200, description = "Changed, or like that already", body = Changed),
        (status = 404, description = "No such engagement", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is closed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A rule is broken", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    asked: Asked<EngagementsWrite>,
    Path((_org, engagement)): Path<(String, String)>,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Response> {
    let id = super::engagement_id(&engagement)?;
    let plan = super::read(body.value)?;
    let key = asked.idempotency(body.request_sha256);
    let appended = acts::engagement::change(&asked.by(), &id, plan, key).await?;
    let replayed = appended.as_ref().is_some_and(|appended| appended.replayed);
    let entries = appended.map(|appended| recorded::accepted(asked.origin(), &appended)).unwrap_or_default();
    Ok(recorded::answered(StatusCode::OK, None, replayed, &Changed { engagement, entries }))
}
