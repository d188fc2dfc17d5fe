//! `POST /v1/orgs/{org}/grants/{grant}/download`: an auditor downloads a file of evidence.

use axum::response::Response;
use domain::access_grant::{Capability, Resource};
use domain::activity::{self, ActivityEvent, File};
use domain::name::Sha256;
use ledger::json::NUMBER_MAX;
use utoipa::ToSchema;

use super::{Changed, OnGrant};
use crate::auth::GrantsWrite;
use crate::error::{Problem, Result};
use crate::json::{Json, Members};

const BODY_BYTES_MAX: usize = 4 << 10;

/// Which file is handed out.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct Downloaded {
    /// The file's id.
    #[schema(example = "access-review-2026-q1.pdf")]
    evidence: String,
    /// Its length.
    #[schema(example = 48_211)]
    bytes: u64,
    /// Its SHA-256, lower-case hex.
    sha256: String,
}

/// Records that a grant's auditor downloads a file, if the grant allows it; the refusal is recorded where it does not.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/grants/{grant}/download",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Downloaded,
    security(("api_key" = ["grants:write"])),
    responses(
        (status = 201, description = "Allowed and recorded", body = Changed),
        (status = 403, description = "Refused by the grant, and that is recorded", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(on: OnGrant<GrantsWrite>, body: Json<BODY_BYTES_MAX>) -> Result<Response> {
    let mut members = Members::of("", body.value)?;
    let evidence = members.parsed("evidence", activity::evidence)?;
    let bytes = members.optional_number("bytes")?.filter(|bytes| *bytes <= NUMBER_MAX.unsigned_abs());
    let bytes = bytes.ok_or_else(|| members.refuse("bytes", "must be a whole number from 0"))?;
    let sha256 = members.parsed("sha256", Sha256::parse)?;
    members.finish()?;
    let permitted = on.permitted(Capability::Download, Resource::Evidence).await?;
    let event = ActivityEvent::EvidenceDownloaded {
        grant: on.grant(),
        evidence,
        outcome: permitted.map(|()| File { bytes, sha256 }),
    };
    on.act(&event, body.request_sha256).await
}
