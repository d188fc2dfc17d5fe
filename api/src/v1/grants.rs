//! Grants of access, in the least form that exercises them: by API key, on behalf of whoever the key's program serves.

pub mod accept;
pub mod download;
pub mod grant;
pub mod revoke;
pub mod show;
pub mod view;

use domain::access_grant::{AccessGrant, Capability, Command, GrantError, Item, Resource};
use domain::activity::{ActivityEvent, Refusal};
use domain::context::Ctx;
use domain::name::GrantId;
use ledger::entry::{Actor, ActorType, Entry, Outcome};
use serde::Serialize;
use store::append::{Appended, IdempotencyKey};
use store::event_store::EventStore;
use store::execute::{ExecuteError, execute};
use store::recording;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::telemetry::RequestId;
use crate::v1::recorded::AcceptedEntry;

/// A change of a grant that was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    /// The grant.
    pub grant: String,
    /// What was recorded.
    pub entries: Vec<AcceptedEntry>,
}

/// The circumstances of a request by an API key.
pub(super) fn ctx<P>(caller: &Caller<P>, request: &RequestId) -> Ctx {
    let actor = Actor { kind: ActorType::ApiKey, id: caller.id.clone(), role: None };
    let mut ctx = Ctx::of(actor, store::clock::now());
    ctx.request_id = Some(request.0.clone());
    ctx.service = Some("api".to_owned());
    ctx
}

/// The grant of a path; what is no id of a grant is no grant.
pub(super) fn grant_id(text: &str) -> Result<GrantId> {
    GrantId::parse(text).map_err(|_| Error::NotFound)
}

/// Puts a command to a grant.
pub(super) async fn command<P>(
    app: &App,
    caller: &Caller<P>,
    ctx: &Ctx,
    grant: &GrantId,
    command: Command,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    let done = execute::<AccessGrant>(app.ledger(), caller.log, ctx, grant.as_str(), command, idempotency).await;
    done.map_err(refuse)
}

/// The grant as it stands, by its own stream: no read model decides what is allowed.
pub(super) async fn load<P>(app: &App, caller: &Caller<P>, ctx: &Ctx, grant: &GrantId) -> Result<AccessGrant> {
    let store = EventStore::new(app.ledger().clone(), caller.log, ctx.clone());
    Ok(store.load::<AccessGrant>(&AccessGrant::stream(grant)).await?.aggregate)
}

/// Records an act under a grant, whatever was decided, and then answers by what stands in the log: a request that is
/// sent again is answered as the first time.
pub(super) async fn act<P>(
    app: &App,
    caller: &Caller<P>,
    ctx: &Ctx,
    event: &ActivityEvent,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    let appended = recording::record(app.ledger(), caller.log, ctx, &event.stream(), event, idempotency).await?;
    match refusal(&appended)? {
        None => Ok(appended),
        Some(Refusal::GrantUnknown) => Err(Error::NotFound),
        Some(refusal) => Err(Error::Refused(refusal.as_str())),
    }
}

/// Why the recorded act came to nothing, if it did.
fn refusal(appended: &Appended) -> Result<Option<Refusal>> {
    let entry = appended.entries.first().ok_or_else(|| Error::internal("an append without an entry"))?;
    match Entry::parse(&entry.bytes).map_err(Error::internal)?.outcome {
        Outcome::Success => Ok(None),
        Outcome::Failure { reason } => Refusal::parse(&reason).map(Some).map_err(Error::internal),
    }
}

/// Whether the auditor of a grant may do that now.
pub(super) async fn permitted<P>(
    app: &App,
    caller: &Caller<P>,
    ctx: &Ctx,
    grant: &GrantId,
    (capability, resource): (Capability, Resource),
) -> Result<Result<(), Refusal>> {
    // What the records are is known to the program that asks, and not here.
    Ok(load(app, caller, ctx, grant).await?.permits(ctx.now, capability, resource, Item::Unknown))
}

fn refuse(error: ExecuteError<GrantError>) -> Error {
    match error {
        ExecuteError::Refused(GrantError::NotGranted) | ExecuteError::Id(_) => Error::NotFound,
        ExecuteError::Refused(refused @ (GrantError::TooShort { .. } | GrantError::TooLong { .. })) => {
            Error::invalid("/expires_at", refused.to_string())
        }
        ExecuteError::Refused(refused) => Error::Conflict(refused.to_string()),
        ExecuteError::Contended { .. } => Error::Contended,
        ExecuteError::Load(error) => error.into(),
        ExecuteError::Record(error) => error.into(),
    }
}
