//! `POST /api/auditors`: gives access (S5-10, S5-12 to S5-24).

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::person::{Email, Firm, PersonName};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::asked::{Parts, TERM_AT};
use crate::acts::access::grant::{Asked, grant};
use crate::acts::access::term::Term;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Problem, Result};
use crate::idempotency::Key;
use crate::json::{Json, Members};

pub(super) const BODY_BYTES_MAX: usize = 32 << 10;

/// Access to be given.
#[derive(ToSchema)]
#[schema(as = AuditorAsked)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct AuditorAsked {
    /// The auditor's own address.
    #[schema(example = "ada@auditors.example")]
    email: String,
    /// The auditor's name.
    name: Option<String>,
    /// The audit firm: a label.
    #[schema(example = "Lovelace Audit")]
    firm: String,
    /// `READ_ONLY`, `COMMENT` or `FULL`; read-only where left out.
    #[schema(rename = "accessLevel", example = "FULL")]
    access_level: Option<String>,
    /// Of `Evidence`, `Controls`, `Policies`, `Incidents`, `Risks`, `SOA`; evidence where left out or empty.
    scopes: Option<Vec<String>>,
    /// Vendors that it is limited to; all where left out or empty.
    #[schema(rename = "vendorIds")]
    vendor_ids: Option<Vec<String>>,
    /// A date, which is still in, or an instant; the policy's default where left out or blank.
    #[schema(rename = "expiresAt", example = "2027-01-31")]
    expires_at: Option<String>,
}

/// Access that was given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditorGranted {
    /// The grant.
    id: String,
    /// Until when.
    expires_at: String,
    /// Whether the invitation went out; false also where no mail was to be sent.
    email_sent: bool,
    /// The link, where the organisation shows it instead of mailing it: now, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Gives an auditor access.
#[utoipa::path(
    post,
    path = "/api/auditors",
    tag = "interfaces of others",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters")),
    request_body = AuditorAsked,
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 201, description = "Granted", body = AuditorGranted),
        (status = 403, description = "Not allowed", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The auditor has access that is in force", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A rule is broken", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    principal: Principal<Granting>,
    State(app): State<App>,
    key: Key,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Response> {
    let idempotency = principal.idempotency(key, body.request_sha256);
    let asked = read(body.value)?;
    let granted = grant(&app, &principal, || principal.require_fresh(&app), asked, idempotency).await;
    let granted = granted.map_err(|refusal| refusal.with_term_at(TERM_AT))?;
    let answer = AuditorGranted {
        id: granted.grant.to_string(),
        expires_at: granted.expires_at.to_string(),
        email_sent: granted.email_sent.unwrap_or(false),
        link: granted.shown_once.map(|token| token.link(app.public_url())),
    };
    Ok((StatusCode::CREATED, Answer(answer)).into_response())
}

/// In the order of S1: what is missing, its format, the scope, the duration.
fn read(body: Value) -> Result<Asked> {
    let mut members = Members::of("", body)?;
    members.require(&["email", "firm"])?;
    let email = members.parsed("email", Email::parse)?;
    let name = members.optional_parsed("name", PersonName::parse)?;
    let firm = members.parsed("firm", Firm::parse)?;
    let parts = Parts::take(&mut members)?;
    let scope = parts.scope()?;
    members.finish()?;
    Ok(Asked {
        email,
        name,
        firm,
        role_title: None,
        scope,
        term: parts.term.unwrap_or(Term::Default),
        delivery: None,
        regrant_of: None,
    })
}
