//! Deciding requests: versions, indices, ids, times and links. Pure: same tip, same requests, same entries.

use std::collections::HashMap;
use std::sync::Arc;

use ledger::draft::{Draft, DraftError, Place};
use ledger::entry::{Heartbeat, StreamAttested};
use ledger::hash::EntryHash;
use ledger::history::Rotation;
use ledger::id::EntryId;
use ledger::key::{KeyId, Role, SigningKey};
use ledger::name::{Origin, Reference};
use ledger::time::Timestamp;

use crate::append::{AppendError, ExpectedVersion, NewEvent, Write};
use crate::log_events;

/// Where a log stands, as its row in `ledger.heads` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Hash of the last entry; zeros before the first.
    pub hash: EntryHash,
    /// The keys in force for the next entry.
    pub keys: KeysInForce,
    /// Id of the last entry.
    pub last_id: Option<EntryId>,
    /// Time of the last entry.
    pub last_time: Timestamp,
    /// How many `ledger.key.*` entries there are.
    pub key_entries: u64,
    /// Size of the checkpoint in the last heartbeat.
    pub heartbeat_size: u64,
    /// Time of the last heartbeat, microseconds; 0 before the first.
    pub heartbeat_time: i64,
}

/// The key ids in force in a log's three roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeysInForce {
    /// Signs entries.
    pub entries: KeyId,
    /// Signs checkpoints of a greater size.
    pub checkpoints: KeyId,
    /// Signs receipts about later entries.
    pub receipts: KeyId,
}

impl KeysInForce {
    /// The key of a role.
    pub fn of(&mut self, role: Role) -> &mut KeyId {
        match role {
            Role::Entries => &mut self.entries,
            Role::Checkpoints => &mut self.checkpoints,
            Role::Receipts => &mut self.receipts,
        }
    }
}

/// Everything that a decision depends on: the head and the versions of the streams that were asked for.
#[derive(Clone)]
pub struct Tip {
    /// The head after the last decided entry.
    pub head: Head,
    /// Loaded before deciding: a stream that is missing here is at version 0.
    pub streams: StreamVersions,
}

/// Versions of recently used streams, in two generations so that it stays bounded without forgetting what an
/// uncommitted batch decided: a generation ends only when a batch has committed.
#[derive(Clone, Default)]
pub struct StreamVersions {
    young: HashMap<Reference, u32>,
    old: HashMap<Reference, u32>,
}

/// About 10 MiB of names and versions a generation.
const STREAMS_PER_GENERATION_MAX: usize = 65_536;

impl StreamVersions {
    /// The version known for a stream, if it is known.
    pub fn known(&self, stream: &Reference) -> Option<u32> {
        self.young.get(stream).or_else(|| self.old.get(stream)).copied()
    }

    /// Remembers a version.
    pub fn set(&mut self, stream: Reference, version: u32) {
        self.young.insert(stream, version);
    }

    /// Called when a batch has committed: drops the older generation when the younger is full.
    pub fn age(&mut self) {
        if self.young.len() > STREAMS_PER_GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

/// An entry with its place, before its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Place in the log.
    pub index: u64,
    /// Its id.
    pub id: EntryId,
    /// Its time.
    pub time: Timestamp,
    /// Stream and version.
    pub stream: Option<(Reference, u32)>,
    /// The key that signs it.
    pub keyid: KeyId,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// BLAKE3 of them.
    pub hash: EntryHash,
}

/// The outside world as a decision sees it.
pub struct Moment<'a> {
    /// The wall clock, truncated to microseconds.
    pub now: Timestamp,
    /// Random bits for ids.
    pub entropy: &'a mut dyn FnMut() -> [u8; 10],
}

/// Places a request's events after the tip and moves the tip, or refuses and leaves the tip as it was.
pub fn decide(
    tip: &mut Tip,
    origin: &Origin,
    write: &Write,
    moment: &mut Moment<'_>,
) -> Result<Vec<Placed>, AppendError> {
    check_expected(tip, write)?;
    let mut head = tip.head.clone();
    let mut versions: HashMap<Reference, u32> = HashMap::new();
    let mut placed = Vec::with_capacity(write.events.len());
    for (position, event) in write.events.iter().enumerate() {
        let version_of =
            |stream: &Reference| versions.get(stream).copied().or_else(|| tip.streams.known(stream)).unwrap_or(0);
        let draft = draft_at(&mut head, origin, position, event, version_of)?;
        let stream = draft.stream().map(|stream| (stream.clone(), version_of(stream) + 1));
        let entry = place(&mut head, origin, position, &draft, stream, moment)?;
        note_effects(&mut head, event, &draft, &entry);
        if let Some((stream, version)) = &entry.stream {
            versions.insert(stream.clone(), *version);
        }
        placed.push(entry);
    }
    tip.head = head;
    for (stream, version) in versions {
        tip.streams.set(stream, version);
    }
    Ok(placed)
}

fn check_expected(tip: &Tip, write: &Write) -> Result<(), AppendError> {
    let ExpectedVersion::Exact(expected) = write.expected else { return Ok(()) };
    let Some(NewEvent::Ready(first)) = write.events.first() else { return Ok(()) };
    let Some(stream) = first.stream() else { return Ok(()) };
    let actual = tip.streams.known(stream).unwrap_or(0);
    if actual == expected {
        return Ok(());
    }
    Err(AppendError::Conflict { stream: stream.as_str().to_owned(), expected, actual })
}

/// The draft of an event at the head: ready ones as they are, those that state their place made now.
fn draft_at(
    head: &mut Head,
    origin: &Origin,
    position: usize,
    event: &NewEvent,
    version_of: impl Fn(&Reference) -> u32,
) -> Result<Arc<Draft>, AppendError> {
    let does_not_fit = |reason: String| AppendError::DoesNotFit { position, reason };
    match event {
        NewEvent::Ready(draft) => Ok(Arc::clone(draft)),
        NewEvent::Heartbeat { checkpoint, size } => {
            if *size < head.heartbeat_size || head.size < *size {
                return Err(does_not_fit(format!(
                    "a checkpoint of size {size} after one of {} at index {}",
                    head.heartbeat_size, head.size
                )));
            }
            let heartbeat = Heartbeat { checkpoint: checkpoint.clone(), keys: head.key_entries };
            let draft = log_events::heartbeat(origin, &heartbeat);
            draft.map(Arc::new).map_err(|error| does_not_fit(error.to_string()))
        }
        NewEvent::StreamAttested { stream } => {
            let attested = StreamAttested { stream: stream.clone(), version: version_of(stream) };
            let draft = log_events::stream_attested(origin, &attested);
            draft.map(Arc::new).map_err(|error| does_not_fit(error.to_string()))
        }
        NewEvent::KeyRotated { role, old, new } => {
            let in_force = *head.keys.of(*role);
            if old.key_id() != in_force {
                return Err(does_not_fit(format!("{} is not the key in force, {in_force} is", old.key_id())));
            }
            let rotation = Rotation { origin, role: *role, old, new, index: head.size, prevhash: &head.hash };
            let draft = log_events::key_rotated(&rotation);
            draft.map(Arc::new).map_err(|error| does_not_fit(error.to_string()))
        }
    }
}

fn place(
    head: &mut Head,
    origin: &Origin,
    position: usize,
    draft: &Draft,
    stream: Option<(Reference, u32)>,
    moment: &mut Moment<'_>,
) -> Result<Placed, AppendError> {
    let time = moment.now.max(head.last_time);
    let id = EntryId::next(head.last_id, time, (moment.entropy)());
    let at = Place {
        index: head.size,
        time,
        id,
        prevhash: head.hash,
        keyid: head.keys.entries,
        stream_version: stream.as_ref().map(|(_, version)| *version),
    };
    let does_not_fit = |error: DraftError| AppendError::DoesNotFit { position, reason: error.to_string() };
    let bytes: Arc<[u8]> = draft.place(origin, &at).map_err(does_not_fit)?.into();
    let hash = EntryHash::of(&bytes);
    let entry = Placed { index: head.size, id, time, stream, keyid: head.keys.entries, bytes, hash };
    head.size += 1;
    head.hash = hash;
    head.last_id = Some(id);
    head.last_time = time;
    Ok(entry)
}

/// What an entry changes for those after it besides its place: keys and heartbeats.
fn note_effects(head: &mut Head, event: &NewEvent, draft: &Draft, entry: &Placed) {
    if draft.event_type().is_key_change() {
        head.key_entries += 1;
    }
    match event {
        NewEvent::KeyRotated { role, new, .. } => *head.keys.of(*role) = new.key_id(),
        NewEvent::Heartbeat { size, .. } => {
            head.heartbeat_size = *size;
            head.heartbeat_time = entry.time.as_micros();
        }
        NewEvent::Ready(_) | NewEvent::StreamAttested { .. } => {}
    }
}

/// The keys that a request brings into force, for whoever signs its entries.
pub fn new_entries_keys(write: &Write) -> impl Iterator<Item = &Arc<SigningKey>> {
    write.events.iter().filter_map(|event| match event {
        NewEvent::KeyRotated { role: Role::Entries, new, .. } => Some(new),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
