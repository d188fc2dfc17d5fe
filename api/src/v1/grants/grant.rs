//! `POST /v1/orgs/{org}/grants`: gives access.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access_grant::{Bundle, Command, DurationLimits, Grant, Scope};
use domain::name::{EmailHash, GrantId, PersonId};
use domain::person::{Email, Firm, PersonName};
use ledger::entry::Entry;
use serde::Serialize;
use serde_json::Value;
use store::append::Appended;
use store::vault;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{Caller, GrantsWrite};
use crate::error::{Error, Problem, Result};
use crate::idempotency::Key;
use crate::json::{Json, Members};
use crate::telemetry::RequestId;
use crate::v1::instant;
use crate::v1::recorded::{self, AcceptedEntry};

/// A grant's terms in words.
const BODY_BYTES_MAX: usize = 16 << 10;

/// Access to be given.
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
    /// The auditor's opaque id, where the auditor has had access before; made where it is left out.
    #[schema(format = "uuid")]
    person: Option<String>,
    /// `compliance`, `financial`, `security` or `full`; or left out, with `capabilities` and `resources` instead.
    #[schema(example = "compliance")]
    bundle: Option<String>,
    /// What the auditor may do.
    capabilities: Option<Vec<String>>,
    /// On which types of resource.
    resources: Option<Vec<String>>,
    /// Until when, RFC 3339: at least a day and at most 365 days from now.
    #[schema(example = "2027-01-31T00:00:00Z")]
    expires_at: String,
}

/// Access that was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct Granted {
    /// The grant.
    pub grant: String,
    /// The auditor's opaque id.
    pub person: String,
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
    security(("api_key" = ["grants:write"])),
    responses(
        (status = 201, description = "Granted", body = Granted),
        (status = 422, description = "A rule is broken", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    caller: Caller<GrantsWrite>,
    State(app): State<App>,
    Extension(request): Extension<RequestId>,
    key: Key,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Response> {
    let idempotency = key.of(&caller, body.request_sha256);
    let mut asked = read(body.value)?;
    asked.email_hash = Some(email_hash(&app, &caller, &asked).await?);
    let grant = GrantId::parse(&Uuid::new_v4().to_string()).map_err(Error::internal)?;
    let (ctx, command) = (super::ctx(&caller, &request), Command::Grant(asked));
    let appended = super::command(&app, &caller, &ctx, &grant, command, idempotency).await?;
    let (grant, person) = recorded_ids(&appended)?;
    let location = format!("/v1/orgs/{}/grants/{grant}", caller.origin.slug());
    let granted = Granted { grant, person, entries: recorded::accepted(&caller.origin, &appended) };
    Ok(recorded::answered(StatusCode::CREATED, Some(location), appended.replayed, &granted))
}

/// What stands for the address in the clear. It takes the person's data key, which is made where it is missing.
async fn email_hash<P>(app: &App, caller: &Caller<P>, asked: &Grant) -> Result<EmailHash> {
    let mut connection = app.ledger().reader().acquire().await?;
    Ok(vault::email_hash(&mut connection, caller.log, asked.person.as_str(), &asked.email).await?)
}

/// The ids as the log has them: where the request was sent before, those of the first time.
fn recorded_ids(appended: &Appended) -> Result<(String, String)> {
    let entry = appended.entries.first().ok_or_else(|| Error::internal("an append without an entry"))?;
    let entry = Entry::parse(&entry.bytes).map_err(Error::internal)?;
    let person = entry.detail.get("person").and_then(Value::as_str);
    let person = person.ok_or_else(|| Error::internal("a grant without a person"))?;
    Ok((entry.subject.id().to_owned(), person.to_owned()))
}

fn read(body: Value) -> Result<Grant> {
    let mut body = Members::of("", body)?;
    let person = body.optional_parsed("person", PersonId::parse)?;
    let grant = Grant {
        person: person.map_or_else(|| PersonId::parse(&Uuid::new_v4().to_string()).map_err(Error::internal), Ok)?,
        email: body.parsed("email", Email::parse)?,
        name: body.optional_parsed("name", PersonName::parse)?,
        firm: body.parsed("firm", Firm::parse)?,
        scope: read_scope(&mut body)?,
        expires_at: body.parsed("expires_at", instant::parse)?,
        limits: DurationLimits::PLATFORM,
        email_hash: None,
        role_title: None,
        invitation: None,
        regrant_of: None,
    };
    body.finish()?;
    Ok(grant)
}

fn read_scope(body: &mut Members) -> Result<Scope> {
    let Some(bundle) = body.optional_parsed("bundle", Bundle::parse)? else {
        let capabilities = read_words(body, "capabilities")?;
        let resources = read_words(body, "resources")?;
        let scope = Scope::custom(capabilities.iter().map(String::as_str), resources.iter().map(String::as_str));
        return scope.map_err(|error| body.refuse("capabilities", error.to_string()));
    };
    if let Some(name) = ["capabilities", "resources"].into_iter().find(|name| body.has(name)) {
        return Err(body.refuse(name, "stands only where there is no bundle"));
    }
    Scope::of_bundle(bundle).map_err(|error| body.refuse("bundle", error.to_string()))
}

fn read_words(body: &mut Members, name: &str) -> Result<Vec<String>> {
    let elements = body.elements(name)?;
    let word = |(at, value): (String, Value)| match value {
        Value::String(word) => Ok(word),
        _ => Err(Error::invalid(at, "must be a text")),
    };
    elements.into_iter().map(word).collect()
}
