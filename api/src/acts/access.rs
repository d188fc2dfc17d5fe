//! Access of auditors: giving, changing and taking it, one file an act.
//!
//! An act asks whether the member may, decides by the aggregates as they stand, appends before it answers, and then
//! sends what mail carries a secret. All other mail follows from the log.

pub mod change;
pub mod clear_terms;
pub mod grant;
pub mod resend;
pub mod revoke;
pub mod term;

use std::time::Duration;

use domain::access_grant::{AccessGrant, Command, GrantError};
use domain::context::Ctx;
use domain::name::GrantId;
use domain::organisation::Granters;
use store::append::{Appended, IdempotencyKey};
use store::event_store::EventStore;
use store::execute::{ExecuteError, execute};
use thiserror::Error;

use crate::app::App;
use crate::auth::Acting;
use crate::error::{Error, Result};

/// Why an act on access was not done.
#[derive(Debug, Error)]
pub enum NotDone {
    /// The roles do not allow it; by the organisation's policy these would.
    #[error("{}", who_may(*.0))]
    NotAllowed(Granters),
    /// That auditor has access for the same purpose, which is in force.
    #[error("This auditor already has active access")]
    Duplicate(GrantId),
    /// An instant, a date or a number of days that is no end.
    #[error("{0}")]
    Term(#[from] term::TermError),
    /// The grant does not allow it.
    #[error(transparent)]
    Refused(#[from] GrantError),
    /// Links were replaced too often; more can be after so many seconds.
    #[error("an invitation is sent again at most {} times an hour", resend::RESENDS.most)]
    TooOften {
        /// How long until it is sent again.
        retry_after: Duration,
    },
    /// Anything else that a request can meet.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Who may, in S1's words where only owners do (S1-58, C11).
pub const fn who_may(granters: Granters) -> &'static str {
    match granters {
        Granters::Owner => "Only owners can grant auditor access",
        Granters::OwnerAdmin => "Only owners and admins can grant auditor access",
        Granters::Permission => "Only members with the permission grants_write can grant auditor access",
    }
}

impl From<NotDone> for Error {
    fn from(reason: NotDone) -> Self {
        let sentence = reason.to_string();
        match reason {
            NotDone::NotAllowed(granters) => Error::NotGranter(who_may(granters)),
            NotDone::Refused(GrantError::NotGranted) => Error::NotFound,
            NotDone::Refused(GrantError::TooShort { .. } | GrantError::TooLong { .. }) | NotDone::Term(_) => {
                Error::invalid("/expires_at", sentence)
            }
            NotDone::Duplicate(_) | NotDone::Refused(_) => Error::Conflict(sentence),
            NotDone::TooOften { retry_after } => Error::TooMany { retry_after },
            NotDone::Failed(error) => error,
        }
    }
}

impl From<ExecuteError<GrantError>> for NotDone {
    fn from(error: ExecuteError<GrantError>) -> Self {
        match error {
            ExecuteError::Id(_) => Self::Refused(GrantError::NotGranted),
            ExecuteError::Refused(refusal) => Self::Refused(refusal),
            ExecuteError::Contended { .. } => Self::Failed(Error::Contended),
            ExecuteError::Load(error) => Self::Failed(error.into()),
            ExecuteError::Record(error) => Self::Failed(error.into()),
        }
    }
}

impl From<sqlx::Error> for NotDone {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Whether the member gives and takes access here.
fn allowed(acting: &Acting) -> Result<(), NotDone> {
    if acting.may_grant() { Ok(()) } else { Err(NotDone::NotAllowed(acting.organisation.policy().values().granters)) }
}

/// The grant of a path; what is no id of a grant is no grant.
///
/// # Errors
/// [`Error::NotFound`].
pub fn grant_id(text: &str) -> Result<GrantId> {
    GrantId::parse(text).map_err(|_| Error::NotFound)
}

/// The grant as it stands, by its own stream: no read model decides what is allowed.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn load(app: &App, acting: &Acting, ctx: &Ctx, grant: &GrantId) -> Result<AccessGrant> {
    let store = EventStore::new(app.ledger().clone(), acting.log, ctx.clone());
    let loaded = store.load::<AccessGrant>(&AccessGrant::stream(grant)).await?.aggregate;
    if loaded == AccessGrant::Absent { Err(Error::NotFound) } else { Ok(loaded) }
}

async fn put(
    app: &App,
    acting: &Acting,
    ctx: &Ctx,
    grant: &GrantId,
    command: Command,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended, NotDone> {
    Ok(execute::<AccessGrant>(app.ledger(), acting.log, ctx, grant.as_str(), command, idempotency).await?)
}
