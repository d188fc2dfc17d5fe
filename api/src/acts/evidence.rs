//! Evidence: added with a file or without, changed, revised, withdrawn. Files are kept before the entries that name them.

use domain::engagement::Engagement;
use domain::evidence::{Command, Evidence, EvidenceError, EvidenceFile, Metadata};
use domain::name::EvidenceId;
use domain::note::Note;
use store::append::{Appended, IdempotencyKey};
use store::event_store::EventStore;
use uuid::Uuid;

use super::{By, refusal};
use crate::error::{Error, Result};

/// Adds evidence under an id of its own. With a file it is recorded together with it, or nothing is.
///
/// # Errors
/// [`Error::Invalid`] where the engagement that it is for is not open.
pub async fn add(
    by: &By<'_>,
    metadata: Metadata,
    file: Option<EvidenceFile>,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    if let Err(refusal) = check_engagement(by, &metadata).await {
        return by.earlier_or(refusal, idempotency.as_ref()).await;
    }
    let id = EvidenceId::parse(&Uuid::new_v4().to_string()).map_err(Error::internal)?;
    let events = Evidence::begun(metadata, file);
    let store = EventStore::new(by.ledger.clone(), by.log, by.ctx.clone());
    Ok(store.append(&Evidence::stream(&id), 0, &events, idempotency).await?)
}

/// Says something else of evidence, whole. Nothing is appended where exactly that is said already.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is withdrawn; [`Error::Invalid`] where it is to belong to an
/// engagement that is not open.
pub async fn change(
    by: &By<'_>,
    evidence: &EvidenceId,
    metadata: Metadata,
    idempotency: Option<IdempotencyKey>,
) -> Result<Option<Appended>> {
    let stands: Evidence = by.load(&Evidence::stream(evidence)).await?;
    let before = stands.live().map(|held| &held.metadata);
    if before == Some(&metadata) {
        return Ok(None);
    }
    // What belonged to an engagement goes on to when that is closed.
    let is_new_there = before.is_some_and(|before| before.engagement != metadata.engagement);
    if is_new_there && let Err(refusal) = check_engagement(by, &metadata).await {
        return by.earlier_or(refusal, idempotency.as_ref()).await.map(Some);
    }
    command(by, evidence, Command::Change(metadata), idempotency).await.map(Some)
}

/// Attaches a file, which is kept already: the first, or one in the place of the one before.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is withdrawn, has that file, or has a thousand.
pub async fn revise(
    by: &By<'_>,
    evidence: &EvidenceId,
    file: EvidenceFile,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    command(by, evidence, Command::Revise(file), idempotency).await
}

/// Shows evidence no more.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is withdrawn already.
pub async fn withdraw(
    by: &By<'_>,
    evidence: &EvidenceId,
    note: Option<Note>,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    command(by, evidence, Command::Withdraw { note }, idempotency).await
}

async fn check_engagement(by: &By<'_>, metadata: &Metadata) -> Result<()> {
    let Some(named) = &metadata.engagement else { return Ok(()) };
    let engagement: Engagement = by.load(&Engagement::stream(named)).await?;
    engagement.current().map(drop).map_err(|refused| Error::invalid("/engagement", refused.to_string()))
}

async fn command(
    by: &By<'_>,
    id: &EvidenceId,
    command: Command,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    let done = by.execute::<Evidence>(id.as_str(), command, idempotency).await;
    done.map_err(|error| refusal(error, refuse))
}

fn refuse(error: EvidenceError) -> Error {
    match error {
        EvidenceError::NotAdded => Error::NotFound,
        refused => Error::Conflict(refused.to_string()),
    }
}
