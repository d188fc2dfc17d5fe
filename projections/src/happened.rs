//! An entry of an aggregate's stream as read models take it: what happened, when, by whom, and where it stands.

use ledger::entry::{Actor, Entry};
use ledger::time::Timestamp;
use ledger::vocabulary::{OpenedPart, Personal, Recorded, Stored};
use store::Committed;

use crate::projection::ApplyError;

/// What happened to one aggregate.
#[derive(Clone, Debug)]
pub(crate) struct Happened<E> {
    /// What. Nothing personal is in it: no data key is asked for, and a rebuild needs none.
    pub(crate) event: E,
    /// The entry's place in the log.
    pub(crate) index: u64,
    /// When it was recorded.
    pub(crate) time: Timestamp,
    /// Who acted.
    pub(crate) actor: Actor,
    /// The aggregate's id: what follows the stream's first slash.
    pub(crate) id: String,
    /// Which entry of the stream it is, from 1.
    pub(crate) version: u32,
}

impl<E: Recorded> Happened<E> {
    /// Reads an entry of a stream.
    ///
    /// # Errors
    /// [`ApplyError::Entry`], [`ApplyError::Event`].
    pub(crate) fn read(recorded: &Committed) -> Result<Self, ApplyError> {
        let index = recorded.index;
        let entry = Entry::parse(&recorded.bytes).map_err(|source| ApplyError::Entry { index, source })?;
        let closed = |of, field: &str| OpenedPart { field: field.to_owned(), of, value: Personal::Erased };
        let personal: Vec<_> = entry.sealed.iter().map(|sealed| closed(sealed.of(), sealed.field())).collect();
        let stored = Stored {
            name: entry.event_type.as_str(),
            version: entry.version,
            subject: &entry.subject,
            outcome: &entry.outcome,
            detail: entry.detail,
            personal: &personal,
        };
        let event = domain::event::read(stored).map_err(|source| ApplyError::Event { index, source })?;
        let (stream, version) = recorded.stream.as_ref().ok_or(ApplyError::NoStream { index })?;
        let id = stream.id().to_owned();
        Ok(Self { event, index, time: entry.time, actor: entry.actor, id, version: *version })
    }
}
