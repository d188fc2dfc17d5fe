//! Engagements: opened, changed, closed.

use domain::engagement::{Command, Engagement, EngagementError, Plan};
use domain::name::EngagementId;
use domain::note::Note;
use store::append::{Appended, IdempotencyKey};
use uuid::Uuid;

use super::{By, refusal};
use crate::error::{Error, Result};

/// Opens an engagement under an id of its own.
///
/// # Errors
/// What stands in the way of recording it.
pub async fn open(by: &By<'_>, plan: Plan, idempotency: Option<IdempotencyKey>) -> Result<Appended> {
    let id = EngagementId::parse(&Uuid::new_v4().to_string()).map_err(Error::internal)?;
    command(by, &id, Command::Open(plan), idempotency).await
}

/// Changes an engagement to what it then is, whole. Nothing is appended where it is that already.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is closed.
pub async fn change(
    by: &By<'_>,
    engagement: &EngagementId,
    plan: Plan,
    idempotency: Option<IdempotencyKey>,
) -> Result<Option<Appended>> {
    if by.load::<Engagement>(&Engagement::stream(engagement)).await?.current() == Ok(&plan) {
        return Ok(None);
    }
    command(by, engagement, Command::Change(plan), idempotency).await.map(Some)
}

/// Closes an engagement for ever.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is closed already.
pub async fn close(
    by: &By<'_>,
    engagement: &EngagementId,
    note: Option<Note>,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    command(by, engagement, Command::Close { note }, idempotency).await
}

async fn command(
    by: &By<'_>,
    id: &EngagementId,
    command: Command,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    let done = by.execute::<Engagement>(id.as_str(), command, idempotency).await;
    done.map_err(|error| refusal(error, refuse))
}

fn refuse(error: EngagementError) -> Error {
    match error {
        EngagementError::NotOpened => Error::NotFound,
        refused => Error::Conflict(refused.to_string()),
    }
}
