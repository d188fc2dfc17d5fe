//! `POST /v1/orgs/{org}/grants/{grant}/accept`: takes access up.

use axum::response::Response;
use domain::access_grant::Command;

use super::{Changed, OnGrant};
use crate::auth::GrantsWrite;
use crate::error::{Problem, Result};
use crate::json::NoBody;

/// Accepts a grant, on behalf of its auditor.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/grants/{grant}/accept",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    security(("api_key" = ["grants:write"])),
    responses(
        (status = 201, description = "Accepted", body = Changed),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be accepted any more", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(on: OnGrant<GrantsWrite>, body: NoBody) -> Result<Response> {
    // An API key has no link: a grant that has one is accepted only with it.
    on.command(Command::Accept { token_sha256: None }, body.request_sha256).await
}
