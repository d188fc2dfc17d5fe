//! Records: put as they then are, and withdrawn.

use domain::access_grant::Resource;
use domain::engagement::Engagement;
use domain::note::Note;
use domain::record::{Belonging, Command, RECORD_CHANGED, Record, RecordError, RecordEvent, Reference};
use ledger::entry::Entry;
use store::append::{Appended, IdempotencyKey};
use store::event_store::EventStore;
use store::execute::{ExecuteError, execute_at};

use super::{By, refusal};
use crate::error::{Error, Result};
use crate::record_set::NewRecord;

/// What became of a record that was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is kept from now on: for the first time, or again.
    Added(Appended),
    /// It says something else now.
    Changed(Appended),
    /// It says that already; nothing was recorded.
    Unchanged,
}

impl Put {
    /// In a word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Put::Added(_) => "added",
            Put::Changed(_) => "changed",
            Put::Unchanged => "unchanged",
        }
    }

    /// What was recorded, if anything.
    pub const fn appended(&self) -> Option<&Appended> {
        match self {
            Put::Added(appended) | Put::Changed(appended) => Some(appended),
            Put::Unchanged => None,
        }
    }
}

/// Keeps a record as it is said here, whether there was one or not.
///
/// # Errors
/// [`Error::Invalid`] where it names an engagement that there is not, and what stands in the way of recording it.
pub async fn put(
    by: &By<'_>,
    resource: Resource,
    record: NewRecord,
    idempotency: Option<IdempotencyKey>,
) -> Result<Put> {
    check_engagement(by, resource, &record).await?;
    put_checked(by, resource, record, idempotency).await
}

/// Keeps a record that is not kept yet.
///
/// # Errors
/// [`Error::Conflict`] where one is; else as [`put`].
pub async fn add(by: &By<'_>, resource: Resource, record: NewRecord) -> Result<Appended> {
    check_engagement(by, resource, &record).await?;
    let id = Record::id(resource, &record.reference);
    let done = by.execute::<Record>(&id, Command::Add(record.content), None).await;
    done.map_err(|error| refusal(error, refuse))
}

/// Lets a record say something else, unless anything happened to it since somebody saw it at this version of its stream.
///
/// # Errors
/// [`Error::Contended`] where something has; [`Error::Conflict`] where it is withdrawn; else as [`put`].
pub async fn change(by: &By<'_>, resource: Resource, record: NewRecord, version: u32) -> Result<Put> {
    check_engagement(by, resource, &record).await?;
    let id = Record::id(resource, &record.reference);
    match execute_at::<Record>(by.ledger, by.log, by.ctx, &id, version, Command::Change(record.content)).await {
        Ok(appended) => Ok(Put::Changed(appended)),
        Err(ExecuteError::Refused(RecordError::NothingChanged)) => Ok(Put::Unchanged),
        Err(error) => Err(refusal(error, refuse)),
    }
}

/// A record as it stands, with the version of its stream.
///
/// # Errors
/// It cannot be loaded.
pub async fn load_with_version(by: &By<'_>, resource: Resource, reference: &Reference) -> Result<(Record, u32)> {
    let store = EventStore::new(by.ledger.clone(), by.log, by.ctx.clone());
    let loaded = store.load::<Record>(&Record::stream(resource, reference)).await?;
    Ok((loaded.aggregate, loaded.version))
}

async fn check_engagement(by: &By<'_>, resource: Resource, record: &NewRecord) -> Result<()> {
    let belonging = Belonging::of(resource, &record.reference, &record.content);
    if let Belonging::To { engagement: Some(named), .. } = &belonging
        && by.load::<Engagement>(&Engagement::stream(named)).await?.plan().is_none()
    {
        return Err(Error::invalid("/fields/engagement", "there is no such engagement"));
    }
    Ok(())
}

/// The same of a record whose engagement is known to be there.
pub(super) async fn put_checked(
    by: &By<'_>,
    resource: Resource,
    NewRecord { reference, content }: NewRecord,
    idempotency: Option<IdempotencyKey>,
) -> Result<Put> {
    let id = Record::id(resource, &reference);
    match by.execute::<Record>(&id, Command::Import(content), idempotency).await {
        Ok(appended) => put_of(appended),
        Err(ExecuteError::Refused(RecordError::NothingChanged)) => Ok(Put::Unchanged),
        Err(error) => Err(refusal(error, refuse)),
    }
}

/// What would become of a record that was put now.
pub(super) async fn foresee(by: &By<'_>, resource: Resource, record: NewRecord) -> Result<&'static str> {
    let stands: Record = by.load(&Record::stream(resource, &record.reference)).await?;
    match stands.decide(Command::Import(record.content)) {
        Ok(RecordEvent::RecordAdded(_)) => Ok("added"),
        Ok(_) => Ok("changed"),
        Err(_) => Ok("unchanged"),
    }
}

/// Shows a record no more.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is withdrawn already.
pub async fn withdraw(
    by: &By<'_>,
    resource: Resource,
    reference: &Reference,
    note: Option<Note>,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended> {
    let id = Record::id(resource, reference);
    let done = by.execute::<Record>(&id, Command::Withdraw { note }, idempotency).await;
    done.map_err(|error| refusal(error, refuse))
}

/// By the entry, for a request that was sent again is answered as the first time.
fn put_of(appended: Appended) -> Result<Put> {
    let entry = Entry::parse(&appended.first().bytes).map_err(Error::internal)?;
    let is_change = entry.event_type.as_str() == RECORD_CHANGED.name;
    Ok(if is_change { Put::Changed(appended) } else { Put::Added(appended) })
}

fn refuse(error: RecordError) -> Error {
    match error {
        RecordError::NotAdded => Error::NotFound,
        refused => Error::Conflict(refused.to_string()),
    }
}
