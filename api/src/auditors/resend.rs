//! `POST /api/auditors/{id}/resend`: another link by mail; the one before opens nothing any more (S5-73, S5-78).

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::acts::access;
use crate::acts::access::resend::resend;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Problem, Result};
use crate::idempotency::Key;
use crate::json::NoBody;

/// An invitation that was sent again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditorResent {
    /// The grant.
    id: String,
    /// Whether it went out.
    email_sent: bool,
    /// The link, where it is shown instead of mailed, as it is where no mail goes out: now, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Sends an invitation again that was not taken up.
#[utoipa::path(
    post,
    path = "/api/auditors/{id}/resend",
    tag = "interfaces of others",
    params(
        ("id" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 200, description = "Sent again, or not: see `emailSent`", body = AuditorResent),
        (status = 404, description = "No such grant", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is taken up, over, or the policy does not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Three times in this hour", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    principal: Principal<Granting>,
    State(app): State<App>,
    Path(id): Path<String>,
    key: Key,
    body: NoBody,
) -> Result<Answer<AuditorResent>> {
    let idempotency = principal.idempotency(key, body.request_sha256);
    let grant = access::grant_id(&id)?;
    let resent = resend(&app, &principal, || principal.require_fresh(&app), &grant, None, idempotency).await?;
    Ok(Answer(AuditorResent {
        id,
        email_sent: resent.email_sent.unwrap_or(false),
        link: resent.shown_once.map(|token| token.link(app.public_url())),
    }))
}
