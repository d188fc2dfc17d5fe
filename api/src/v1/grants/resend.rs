//! `POST /v1/orgs/{org}/grants/{grant}/resend`: another link; the one before opens nothing any more.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::acts::access;
use crate::acts::access::resend::resend;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Problem, Result};
use crate::idempotency::Key;
use crate::json::NoBody;
use crate::v1::recorded::{self, AcceptedEntry};

/// An invitation that was sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resent {
    /// The grant.
    pub grant: String,
    /// Whether it went out; absent where no mail was to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_sent: Option<bool>,
    /// The link, where it is to be shown: now, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What was recorded.
    pub entries: Vec<AcceptedEntry>,
}

/// Sends an invitation again that was not taken up, at most three times an hour.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/grants/{grant}/resend",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("grant" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 200, description = "Sent again, or not: see `email_sent`", body = Resent),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is taken up, over, or the policy does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Three times in this hour", body = Problem, content_type = "application/problem+json"),
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
    let resent = resend(&app, &principal, || principal.require_fresh(&app), &grant, None, idempotency).await?;
    let answer = Resent {
        grant: grant.to_string(),
        email_sent: resent.email_sent,
        link: resent.shown_once.map(|token| token.link(app.public_url())),
        entries: recorded::accepted(&principal.info.origin, &resent.appended),
    };
    Ok(recorded::answered(StatusCode::OK, None, resent.appended.replayed, &answer))
}
