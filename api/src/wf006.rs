//! `POST /grant-auditor-access`: the grant workflow of WF-006, in its own words (S1-44, S1-45, S1-57 to S1-60).

use axum::Json as Answer;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::access_grant::{Bundle, GrantError, Scope};
use domain::person::{Email, Firm};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::acts::access::NotDone;
use crate::acts::access::grant::{Asked, grant};
use crate::acts::access::term::Term;
use crate::app::App;
use crate::auth::{Granting, Principal};
use crate::error::Error;
use crate::idempotency::Key;
use crate::json::Json;
use crate::words;

const BODY_BYTES_MAX: usize = 16 << 10;

const MISSING: &str = "Auditor email and company required";
const INVALID_EMAIL: &str = "Invalid auditor email";
const INVALID_COMPANY: &str = "Invalid auditor company";
const INVALID_SCOPE: &str = "Invalid scope. Use: security, financial, compliance, full";
const INVALID_DAYS: &str = "Access duration must be a whole number of days";
const NOT_SIGNED_IN: &str = "Sign in to grant auditor access";
const NOT_YOURS: &str = "org_id and admin_id must be those of the signed-in administrator";
const NOT_AN_OBJECT: &str = "The body must be a JSON object";

/// What is asked for. Authority comes from the session or key; `org_id` and `admin_id` may be left out, and must match it
/// where they are given. `org_name` is not used: an organisation's name is its own.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct AccessAsked {
    /// The organisation's id or slug.
    org_id: Option<String>,
    /// Not used.
    org_name: Option<String>,
    /// The administrator's id.
    admin_id: Option<String>,
    /// The auditor's address.
    #[schema(example = "auditor@firm.example")]
    auditor_email: String,
    /// The auditor's firm.
    #[schema(example = "Lovelace Audit")]
    auditor_company: String,
    /// `security`, `financial`, `compliance` or `full`.
    #[schema(example = "compliance")]
    scope: String,
    /// Days of access; the policy's default where left out.
    #[schema(example = 30)]
    access_days: Option<u32>,
}

/// Access that was given.
#[derive(Serialize, ToSchema)]
pub struct AccessGiven {
    /// `true`.
    success: bool,
    /// `Auditor access granted`.
    message: &'static str,
    /// Until when, RFC 3339 in UTC.
    expires_at: String,
    /// The scope as it was asked for.
    scope: String,
}

/// A refusal: one sentence.
#[derive(Serialize, ToSchema)]
pub struct Refusal {
    /// Why.
    error: String,
}

/// Grants an external auditor time-limited, scoped, read-only access.
///
/// Prerequisites. Tools: anything that sends HTTP, and `countersign-verify` to check afterwards what was recorded. Access: an
/// owner who is signed in and has confirmed it within 15 minutes, or their personal API key. Understanding: access
/// is given by one of four scopes, ends by itself, and is revoked at any time; each act under it is an entry. To see that
/// the service answers: `GET /health/ready`.
#[utoipa::path(
    post,
    path = "/grant-auditor-access",
    tag = "interfaces of others",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters")),
    request_body = AccessAsked,
    security(("session" = []), ("api_key" = ["grants:write"])),
    responses(
        (status = 200, description = "Granted", body = AccessGiven),
        (status = 400, description = "Missing or malformed", body = Refusal),
        (status = 401, description = "Not signed in", body = Refusal),
        (status = 403, description = "Not allowed", body = Refusal),
        (status = 409, description = "The auditor has access that is in force", body = Refusal),
    )
)]
pub async fn post(
    State(app): State<App>,
    principal: Result<Principal<Granting>, Error>,
    key: Key,
    request: Request,
) -> Result<Response, Response> {
    let principal = principal.map_err(|error| match error {
        Error::Unauthenticated => refused(StatusCode::UNAUTHORIZED, NOT_SIGNED_IN),
        error @ Error::NotGranter(_) => refused(StatusCode::FORBIDDEN, &error.to_string()),
        other => other.into_response(),
    })?;
    // Not before it is known who asks: a body takes of the room of those who are known.
    let body = Json::<BODY_BYTES_MAX>::from_request(request, &app).await.map_err(Error::into_response)?;
    let idempotency = principal.idempotency(key, body.request_sha256);
    let Value::Object(members) = body.value else { return Err(refused(StatusCode::BAD_REQUEST, NOT_AN_OBJECT)) };
    if !is_of(&members, &principal) {
        return Err(refused(StatusCode::FORBIDDEN, NOT_YOURS));
    }
    let asked = read(&members).map_err(|sentence| refused(StatusCode::BAD_REQUEST, sentence))?;
    let scope = text(&members, "scope").unwrap_or_default().to_owned();
    let granted =
        grant(&app, &principal, || principal.require_fresh(&app), asked, idempotency).await.map_err(refuse)?;
    let answer = AccessGiven {
        success: true,
        message: "Auditor access granted",
        expires_at: granted.expires_at.to_string(),
        scope,
    };
    Ok(Answer(answer).into_response())
}

/// Whether the ids in the body, where there are any, are those of whoever asks.
fn is_of(members: &Map<String, Value>, principal: &Principal<Granting>) -> bool {
    let organisation = text(members, "org_id");
    let admin = text(members, "admin_id");
    let log = principal.log.0.to_string();
    organisation.is_none_or(|id| id == log || id == principal.info.slug)
        && admin.is_none_or(|id| id == principal.member.as_str())
}

/// In the order of WF-006: what is missing, its format, the scope, the duration.
fn read(members: &Map<String, Value>) -> Result<Asked, &'static str> {
    let email = text(members, "auditor_email").filter(|text| !text.trim().is_empty()).ok_or(MISSING)?;
    let firm = text(members, "auditor_company").filter(|text| !text.trim().is_empty()).ok_or(MISSING)?;
    let email = Email::parse(email.trim()).map_err(|_| INVALID_EMAIL)?;
    let firm = Firm::parse(firm.trim()).map_err(|_| INVALID_COMPANY)?;
    let bundle = text(members, "scope").and_then(audit_bundle).ok_or(INVALID_SCOPE)?;
    Ok(Asked {
        email,
        name: None,
        firm,
        role_title: None,
        scope: Scope::of_bundle(bundle).map_err(|_| INVALID_SCOPE)?,
        term: days(members.get("access_days"))?,
        delivery: None,
        regrant_of: None,
    })
}

/// One of the four scopes of WF-006; the other bundles are none of them.
fn audit_bundle(text: &str) -> Option<Bundle> {
    let bundle = Bundle::parse(text).ok()?;
    let of_audit = matches!(bundle, Bundle::Compliance | Bundle::Financial | Bundle::Full | Bundle::Security);
    of_audit.then_some(bundle)
}

fn days(value: Option<&Value>) -> Result<Term, &'static str> {
    match value {
        None | Some(Value::Null) => Ok(Term::Default),
        Some(value) => {
            let days = value.as_i64().ok_or(INVALID_DAYS)?;
            // What is negative is too short in the same way as 0.
            Term::days(days.max(0)).map_err(|_| INVALID_DAYS)
        }
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

fn refuse(reason: NotDone) -> Response {
    let sentence = match &reason {
        NotDone::Refused(GrantError::TooLong { max_days, .. }) => {
            format!("Maximum access duration is {}", words::counted(*max_days, "day"))
        }
        NotDone::Refused(GrantError::TooShort { min_days, .. }) => {
            format!("Minimum access duration is {}", words::counted(*min_days, "day"))
        }
        other => other.to_string(),
    };
    match reason {
        NotDone::Refused(_) | NotDone::Term(_) => refused(StatusCode::BAD_REQUEST, &sentence),
        NotDone::Failed(Error::NotGranter(_) | Error::NotFresh(_)) => refused(StatusCode::FORBIDDEN, &sentence),
        NotDone::Duplicate(_) => refused(StatusCode::CONFLICT, &sentence),
        NotDone::TooOften { .. } => refused(StatusCode::TOO_MANY_REQUESTS, &sentence),
        NotDone::Failed(error) => error.into_response(),
    }
}

/// `error` alone, as WF-006 has it.
fn refused(status: StatusCode, sentence: &str) -> Response {
    (status, Answer(json!({ "error": sentence }))).into_response()
}
