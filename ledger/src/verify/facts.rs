//! What the bytes of one entry say by themselves: all the work that needs no other entry, done on all cores.

use super::Options;
use super::tallies::{Event, Names};
use crate::entry::{Entry, LedgerEvent};
use crate::export::Query;
use crate::hash::EntryHash;
use crate::id::EntryId;
use crate::key::KeyId;
use crate::name::Origin;
use crate::time::Timestamp;
use crate::tree::{Hash, leaf_hash};

/// An entry's hashes, and what it says if it is well-formed.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) hash: EntryHash,
    pub(super) leaf: Hash,
    /// What it says, or why it is not an entry of this log.
    pub(super) read: Result<Said, String>,
}

/// What a well-formed entry says, as far as other entries or the keys must agree with it.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) sequence: u64,
    pub(super) id: EntryId,
    pub(super) time: Timestamp,
    pub(super) prevhash: EntryHash,
    pub(super) keyid: KeyId,
    pub(super) stream_version: Option<u32>,
    /// Whether the query of a selection asks for it.
    pub(super) is_match: bool,
    /// What is counted over the whole log, in this order.
    pub(super) events: Vec<Event>,
    pub(super) sealed: Sealed,
    /// The whole entry, where the format gives its payload a meaning.
    pub(super) entry: Option<Box<Entry>>,
}

/// What became of an entry's sealed values.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sealed {
    pub(super) values: u64,
    pub(super) opened: u64,
    /// Values that the data key given for them does not open.
    pub(super) false_values: u64,
}

/// Reads entries of one log.
pub(super) struct Reader<'a> {
    pub(super) origin: &'a Origin,
    pub(super) query: &'a Query,
    pub(super) names: Names,
    pub(super) options: &'a Options<'a>,
}

impl Reader<'_> {
    /// Hashes and reads the bytes of an entry.
    pub(super) fn read(&self, bytes: &[u8]) -> Facts {
        Facts { hash: EntryHash::of(bytes), leaf: leaf_hash(bytes), read: self.said(bytes) }
    }

    fn said(&self, bytes: &[u8]) -> Result<Said, String> {
        let entry = Entry::parse(bytes).map_err(|error| in_words(&error))?;
        if entry.origin != *self.origin {
            return Err(format!("it is an entry of the log {}", entry.origin));
        }
        let mut sealed = Sealed::default();
        let mut events = Vec::new();
        match entry.ledger_event.as_deref() {
            Some(LedgerEvent::StreamAttested(attested)) => {
                events.push(Event::Attested(self.names.stream(attested.stream.as_str()), attested.version));
            }
            Some(LedgerEvent::SealedKeyDestroyed(destroyed)) => {
                events.push(Event::Destroyed(self.names.data_key(&destroyed.kid)));
            }
            _ => {}
        }
        if let Some(place) = &entry.stream {
            events.push(Event::Version(self.names.stream(place.stream.as_str()), place.version));
        }
        self.open_sealed(&entry, &mut sealed, &mut events);
        Ok(Said {
            sequence: entry.sequence,
            id: entry.id,
            time: entry.time,
            prevhash: entry.prevhash,
            keyid: entry.keyid,
            stream_version: entry.stream.as_ref().map(|place| place.version),
            is_match: self.query.matches(&entry),
            events,
            sealed,
            entry: entry.ledger_event.is_some().then(|| Box::new(entry)),
        })
    }

    fn open_sealed(&self, entry: &Entry, sealed: &mut Sealed, events: &mut Vec<Event>) {
        for value in &entry.sealed {
            sealed.values += 1;
            let key = self.options.data_keys.iter().find(|(kid, _)| kid == value.kid());
            match key.map(|(_, key)| value.open(&entry.origin, entry.id, key)) {
                None => events.push(Event::Sealed(self.names.data_key(value.kid()))),
                Some(Ok(_)) => sealed.opened += 1,
                Some(Err(_)) => sealed.false_values += 1,
            }
        }
    }
}

/// An error and its causes in one sentence. A message that repeats its cause is said once.
pub(super) fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = error.source();
    }
    words
}
