//! `POST /v1/orgs/{org}/grants/{grant}/view`: an auditor looks at a record.

use axum::response::Response;
use domain::access_grant::{Capability, Resource};
use domain::activity::{self, ActivityEvent};
use utoipa::ToSchema;

use super::{Changed, OnGrant};
use crate::auth::GrantsWrite;
use crate::error::{Problem, Result};
use crate::json::{Json, Members};

const BODY_BYTES_MAX: usize = 4 << 10;

/// What is looked at.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct Viewed {
    /// The type of resource.
    #[schema(example = "audit_logs")]
    resource: String,
    /// Which one.
    #[schema(example = "2026-01")]
    id: String,
}

/// Records that a grant's auditor views a record, if the grant allows it; the refusal is recorded where it does not.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/grants/{grant}/view",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Viewed,
    security(("api_key" = ["grants:write"])),
    responses(
        (status = 201, description = "Allowed and recorded", body = Changed),
        (status = 403, description = "Refused by the grant, and that is recorded", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(on: OnGrant<GrantsWrite>, body: Json<BODY_BYTES_MAX>) -> Result<Response> {
    let mut members = Members::of("", body.value)?;
    let resource = members.parsed("resource", Resource::parse)?;
    let record = members.text("id")?;
    let record = activity::record(resource, &record).map_err(|error| members.refuse("id", error.to_string()))?;
    members.finish()?;
    let outcome = on.permitted(Capability::View, resource).await?;
    let event = ActivityEvent::RecordViewed { grant: on.grant(), record, outcome };
    on.act(&event, body.request_sha256).await
}
