//! `POST /v1/orgs/{org}/engagements`: opens one.

use axum::http::StatusCode;
use axum::response::Response;

use super::{BODY_BYTES_MAX, Changed, EngagementPlan};
use crate::acts;
use crate::auth::EngagementsWrite;
use crate::error::{Problem, Result};
use crate::json::Json;
use crate::v1::asked::Asked;
use crate::v1::recorded;

/// Opens an engagement.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/engagements",
    tag = "engagements",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = EngagementPlan,
    security(("api_key" = ["engagements:write"])),
    responses(
        (status = 201, description = "Opened", body = Changed),
        (status = 422, description = "A rule is broken", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(asked: Asked<EngagementsWrite>, body: Json<BODY_BYTES_MAX>) -> Result<Response> {
    let plan = super::read(body.value)?;
    let key = asked.idempotency(body.request_sha256);
    let appended = acts::engagement::open(&asked.by(), plan, key).await?;
    let id = recorded::subject_id(&appended)?;
    let location = format!("/v1/orgs/{}/engagements/{id}", asked.slug());
    let changed = Changed::of(&asked, &id, &appended);
    Ok(recorded::answered(StatusCode::CREATED, Some(location), appended.replayed, &changed))
}
