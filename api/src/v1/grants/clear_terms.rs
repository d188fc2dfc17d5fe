//! `POST /v1/orgs/{org}/grants/{grant}/clear-terms`: has the terms of engagement accepted again.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{Changed, changed};
use crate::acts::access;
use crate::acts::access::clear_terms::clear_terms;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Problem, Result};
use crate::idempotency::Key;
use crate::json::NoBody;

/// Clears the acceptance: the auditor's next request leads to the terms.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/grants/{grant}/clear-terms",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 200, description = "Cleared", body = Changed),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "They are not accepted, or the grant is over", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    principal: Principal<Granting>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
    key: Key,
    body: NoBody,
) -> Result<Response> {
    let idempotency = principal.idempotency(key, body.request_sha256);
    let grant = access::grant_id(&grant)?;
    let appended = clear_terms(&app, &principal, &grant, None, idempotency).await?;
    Ok(changed(&principal, &grant, &appended))
}
