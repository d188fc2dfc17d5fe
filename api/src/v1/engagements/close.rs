//! `POST /v1/orgs/{org}/engagements/{engagement}/close`: it is over.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::Changed;
use crate::acts;
use crate::auth::EngagementsWrite;
use crate::error::{Problem, Result};
use crate::json::Json;
use crate::v1::asked::Asked;
use crate::v1::note::{self, Reason};
use crate::v1::recorded;

/// Closes an engagement for ever. Grants, evidence and records that belong to it stay as they are.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/engagements/{engagement}/close",
    tag = "engagements",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("engagement" = String, Path, description = "The engagement's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Reason,
    security(("api_key" = ["engagements:write"])),
    responses(
        (status = 201, description = "Closed", body = Changed),
        (status = 404, description = "No such engagement", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is closed already", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    asked: Asked<EngagementsWrite>,
    Path((_org, engagement)): Path<(String, String)>,
    body: Json<{ note::BODY_BYTES_MAX }>,
) -> Result<Response> {
    let id = super::engagement_id(&engagement)?;
    let key = asked.idempotency(body.request_sha256);
    let appended = acts::engagement::close(&asked.by(), &id, note::read(body.value)?, key).await?;
    let changed = Changed::of(&asked, &engagement, &appended);
    Ok(recorded::answered(StatusCode::CREATED, None, appended.replayed, &changed))
}
