//! `POST /v1/orgs/{org}/grants/{grant}/accept`: takes access up.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::access_grant::Command;

use super::Changed;
use crate::app::App;
use crate::auth::{Caller, GrantsWrite};
use crate::error::{Problem, Result};
use crate::idempotency::Key;
use crate::json::NoBody;
use crate::telemetry::RequestId;
use crate::v1::recorded;

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
pub async fn post(
    caller: Caller<GrantsWrite>,
    State(app): State<App>,
    Extension(request): Extension<RequestId>,
    Path((_org, grant)): Path<(String, String)>,
    key: Key,
    body: NoBody,
) -> Result<Response> {
    let id = super::grant_id(&grant)?;
    let idempotency = key.of(&caller, body.request_sha256);
    let ctx = super::ctx(&caller, &request);
    // An API key has no link: a grant that has one is accepted only with it.
    let command = Command::Accept { token_sha256: None };
    let appended = super::command(&app, &caller, &ctx, &id, command, idempotency).await?;
    let changed = Changed { grant, entries: recorded::accepted(&caller.origin, &appended) };
    Ok(recorded::answered(StatusCode::CREATED, None, appended.replayed, &changed))
}
