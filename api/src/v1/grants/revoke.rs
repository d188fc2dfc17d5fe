//! `POST /v1/orgs/{org}/grants/{grant}/revoke`: takes access back.

use axum::response::Response;
use domain::access_grant::Command;
use domain::note::Note;
use utoipa::ToSchema;

use super::{Changed, OnGrant};
use crate::auth::GrantsWrite;
use crate::error::{Problem, Result};
use crate::json::{Json, Members};

/// A note, at most 1,000 characters of up to 6 bytes each as JSON may write them.
const BODY_BYTES_MAX: usize = 8 << 10;

/// Why access is taken back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct Revocation {
    /// 1 to 1,000 characters. It stands in the log in the clear and for ever: nothing personal.
    note: Option<String>,
}

/// Revokes a grant, from the next request on.
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
    security(("api_key" = ["grants:write"])),
    responses(
        (status = 201, description = "Revoked", body = Changed),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is not in force", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(on: OnGrant<GrantsWrite>, body: Json<BODY_BYTES_MAX>) -> Result<Response> {
    let mut members = Members::of("", body.value)?;
    let note = members.optional_parsed("note", Note::parse)?;
    members.finish()?;
    // Auditors have no sessions yet.
    on.command(Command::Revoke { note, sessions_ended: 0 }, body.request_sha256).await
}
