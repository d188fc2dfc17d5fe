//! `PATCH /v1/orgs/{org}/grants/{grant}`: another scope or end, from the next request on.

use axum::extract::{Path, State};
use axum::response::Response;
use utoipa::ToSchema;

use super::grant::BODY_BYTES_MAX;
use super::{Changed, asked, changed};
use crate::acts::access;
use crate::acts::access::change::{Asked, change};
use crate::acts::access::term::Term;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Problem, Result};
use crate::idempotency::Key;
use crate::json::{Json, Members};

/// What is to be another, named as in a new grant; a scope that is named replaces the one before whole, its limits with
/// it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct GrantChange {
    /// One of the ways to name a scope.
    bundle: Option<String>,
    /// Until when, RFC 3339.
    expires_at: Option<String>,
}

/// Changes access without revoking it, where the policy lets it be changed.
#[utoipa::path(
    patch,
    path = "/v1/orgs/{org}/grants/{grant}",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = GrantChange,
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 200, description = "Changed", body = Changed),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is over, nothing would change, or the policy does not allow it", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn patch(
    principal: Principal<Granting>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
    key: Key,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Response> {
    let idempotency = principal.idempotency(key, body.request_sha256);
    let grant = access::grant_id(&grant)?;
    let mut members = Members::of("", body.value)?;
    let asked = Asked { scope: asked::take_scope(&mut members)?, term: asked::take_term(&mut members)? };
    members.finish()?;
    let term_at = asked::term_at(asked.term.unwrap_or(Term::Default));
    let appended = change(&app, &principal, || principal.require_fresh(&app), &grant, asked, idempotency).await;
    let appended = appended.map_err(|refusal| refusal.with_term_at(term_at))?;
    Ok(changed(&principal, &grant, &appended))
}
