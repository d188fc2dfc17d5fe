//! `POST /v1/orgs/{org}/grants/{grant}/revoke`: takes access back.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::note::Note;
use utoipa::ToSchema;

use super::{Changed, changed};
use crate::acts::access;
use crate::acts::access::revoke::revoke;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Problem, Result};
use crate::idempotency::Key;
use crate::json::{Json, Members};

const BODY_BYTES_MAX: usize = 4 << 10;

/// Why access is taken back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct Revocation {
    /// In a sentence that stands in the log for ever and is sent to the auditor; it names no person.
    note: Option<String>,
}

/// Takes access back; it ends with the next request, and its sessions with it.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/grants/{grant}/revoke",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Revocation,
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 200, description = "Revoked", body = Changed),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is over already", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    principal: Principal<Granting>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
    key: Key,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Response> {
    let idempotency = principal.idempotency(key, body.request_sha256);
    let grant = access::grant_id(&grant)?;
    let mut members = Members::of("", body.value)?;
    let note = members.optional_parsed("note", Note::parse)?;
    members.finish()?;
    let revoked = revoke(&app, &principal, &grant, note, idempotency).await?;
    Ok(changed(&principal, &grant, &revoked.appended))
}
