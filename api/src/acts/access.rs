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

use domain::access_grant::{AccessGrant, AccessGrantEvent, Command, GrantError};
use domain::context::Ctx;
use domain::name::GrantId;
use ledger::entry::Entry;
use store::append::{Appended, IdempotencyKey};
use store::entries;
use store::execute::{ExecuteError, execute};
use store::recording;
use thiserror::Error;

use crate::app::App;
use crate::auth::Acting;
use crate::error::{Error, Result};

/// Why an act on access was not done.
#[derive(Debug, Error)]
pub enum NotDone {
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

impl NotDone {
    /// Whether it is about the end that was asked for.
    pub const fn is_of_term(&self) -> bool {
        matches!(self, Self::Term(_) | Self::Refused(GrantError::TooShort { .. } | GrantError::TooLong { .. }))
    }

    /// As an answer to a body that names the end at this place, a JSON pointer.
    pub fn with_term_at(self, pointer: &str) -> Error {
        if self.is_of_term() { Error::invalid(pointer, self.to_string()) } else { self.into() }
    }
}

impl From<NotDone> for Error {
    fn from(reason: NotDone) -> Self {
        let sentence = reason.to_string();
        match reason {
            NotDone::Refused(GrantError::NotGranted) => Error::NotFound,
            NotDone::Term(_) => Error::invalid("", sentence),
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
pub async fn load(app: &App, acting: &Acting, grant: &GrantId) -> Result<AccessGrant> {
    let loaded: AccessGrant = app.load(acting.log, &AccessGrant::stream(grant)).await?;
    if loaded == AccessGrant::Absent { Err(Error::NotFound) } else { Ok(loaded) }
}

/// All that was recorded of a grant with its entries, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn history(app: &App, acting: &Acting, grant: &GrantId) -> Result<Vec<(Entry, AccessGrantEvent)>> {
    let mut connection = app.ledger().reader().acquire().await?;
    let committed = entries::of_stream(&mut *connection, acting.log, &AccessGrant::stream(grant), 0).await?;
    let events = recording::read(&mut connection, acting.log, &committed).await?;
    let parsed = committed.iter().map(|entry| Entry::parse(&entry.bytes).map_err(Error::internal));
    parsed.zip(events).map(|(entry, event)| Ok((entry?, event))).collect()
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
