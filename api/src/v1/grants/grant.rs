//! `POST /v1/orgs/{org}/grants`: gives access.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access_grant::RoleTitle;
use domain::invitation::Delivery;
use domain::name::GrantId;
use domain::person::{Email, Firm, PersonName};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::asked;
use crate::acts::access::grant::{Asked, grant};
use crate::acts::access::term::Term;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::{Problem, Result};
use crate::idempotency::Key;
use crate::json::{Json, Members};
use crate::v1::recorded::{self, AcceptedEntry};

/// A grant's terms in words, with 200 vendors.
pub(super) const BODY_BYTES_MAX: usize = 32 << 10;

/// Access to be given. The scope is named in one way: `bundle`; `level` and `resources`; `permissions`; or `capabilities`
/// and `resources`. The end likewise: `expires_at`, `expires_on` or `days`, or the policy's default.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct NewGrant {
    /// The auditor's address, sealed in the log.
    #[schema(example = "ada@auditors.example")]
    email: String,
    /// The auditor's name, sealed in the log.
    name: Option<String>,
    /// The auditor's firm.
    #[schema(example = "Lovelace Audit")]
    firm: String,
    /// `lead`, `staff` or `observer`: a label.
    role_title: Option<String>,
    /// `security`, `financial`, `compliance` or `full`.
    #[schema(example = "compliance")]
    bundle: Option<String>,
    /// `read_only`, `comment` or `full_access`.
    level: Option<String>,
    /// Of `view_controls`, `view_evidence`, `submit_irl`, `download_package`.
    permissions: Option<Vec<String>>,
    /// What the auditor may do.
    capabilities: Option<Vec<String>>,
    /// On which types of resource.
    resources: Option<Vec<String>>,
    /// Vendors that it is limited to.
    vendors: Option<Vec<String>>,
    /// The engagement that it is limited to.
    #[schema(format = "uuid")]
    engagement: Option<String>,
    /// The effective dates of evidence that it is limited to: `from`, `until` or both.
    #[schema(value_type = Option<Object>)]
    window: Option<Value>,
    /// Until when, RFC 3339.
    #[schema(example = "2027-01-31T00:00:00Z")]
    expires_at: Option<String>,
    /// The last date that is in, in the organisation's time zone.
    expires_on: Option<String>,
    /// For so many days of 24 hours.
    days: Option<u32>,
    /// `email`, `show_once` or `both`; the policy's default where left out.
    delivery: Option<String>,
    /// The grant that this one renews.
    #[schema(format = "uuid")]
    regrant_of: Option<String>,
}

/// Access that was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct Granted {
    /// The grant.
    pub grant: String,
    /// The auditor's opaque id.
    pub person: String,
    /// Until when.
    pub expires_at: String,
    /// Whether the invitation went out; absent where none was to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_sent: Option<bool>,
    /// The link, where it is to be shown: now, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What was recorded.
    pub entries: Vec<AcceptedEntry>,
}

/// Gives an auditor access.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/grants",
    tag = "grants",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = NewGrant,
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 201, description = "Granted", body = Granted),
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
    let term_at = asked::term_at(asked.term);
    let granted = grant(&app, &principal, || principal.require_fresh(&app), asked, idempotency).await;
    let granted = granted.map_err(|refusal| refusal.with_term_at(term_at))?;
    let location = format!("/v1/orgs/{}/grants/{}", principal.info.slug, granted.grant);
    let replayed = granted.appended.replayed;
    let answer = Granted {
        grant: granted.grant.to_string(),
        person: granted.person.to_string(),
        expires_at: granted.expires_at.to_string(),
        email_sent: granted.email_sent,
        link: granted.shown_once.map(|token| token.link(app.public_url())),
        entries: recorded::accepted(&principal.info.origin, &granted.appended),
    };
    Ok(recorded::answered(StatusCode::CREATED, Some(location), replayed, &answer))
}

fn read(body: Value) -> Result<Asked> {
    let mut body = Members::of("", body)?;
    body.require(&["email", "firm"])?;
    let asked = Asked {
        email: body.parsed("email", Email::parse)?,
        name: body.optional_parsed("name", PersonName::parse)?,
        firm: body.parsed("firm", Firm::parse)?,
        role_title: body.optional_parsed("role_title", RoleTitle::parse)?,
        scope: asked::take_scope(&mut body)?
            .ok_or_else(|| body.refuse("bundle", "one of bundle, level, permissions, capabilities is required"))?,
        term: asked::take_term(&mut body)?.unwrap_or(Term::Default),
        delivery: body.optional_parsed("delivery", Delivery::parse)?,
        regrant_of: body.optional_parsed("regrant_of", GrantId::parse)?,
    };
    body.finish()?;
    Ok(asked)
}
