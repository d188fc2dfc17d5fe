//! Grants of access, in the least form that exercises them: by API key, on behalf of whoever the key's program serves.

pub mod accept;
pub mod download;
pub mod grant;
mod on_grant;
pub mod revoke;
pub mod show;
pub mod view;

use domain::access_grant::{AccessGrant, Command, GrantError};
use domain::context::Ctx;
use domain::name::GrantId;
use ledger::entry::{Actor, ActorType};
use serde::Serialize;
use store::append::{Appended, IdempotencyKey};
use store::event_store::EventStore;
use store::execute::{ExecuteError, execute};
use utoipa::ToSchema;

pub use self::on_grant::OnGrant;
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
