//! The only way in: what may be appended, what comes back, and how it can be refused.

use std::sync::Arc;

use ledger::draft::Draft;
use ledger::entry::ENTRY_BYTES_MAX;
use ledger::hash::EntryHash;
use ledger::id::EntryId;
use ledger::key::{Role, SigningKey};
use ledger::name::Reference;
use ledger::time::Timestamp;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::entries;
use crate::open::Ledger;
use crate::sequencer::{Answer, Load, Request};

/// Most events of one request: they commit together or not at all.
pub const EVENTS_PER_REQUEST_MAX: usize = 1_000;
/// Most bytes of one request's entries: 1,000 events of 8 KiB, a third more where all of it is sealed and stands there
/// in base64, and what the log adds to each. Many small sealed values can make more of as long a body: those are several
/// requests.
pub const BYTES_PER_REQUEST_MAX: usize = 16 << 20;

/// The id of a log, which is the id of the organisation that owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogId(pub Uuid);

impl std::fmt::Display for LogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An event to append.
#[derive(Clone)]
pub enum NewEvent {
    /// All of it is known.
    Ready(Arc<Draft>),
    /// A heartbeat (spec §2): it states how many key entries stand before it, which only the sequencer knows.
    Heartbeat {
        /// The newest checkpoint with all cosignatures; none before the first.
        checkpoint: Option<String>,
        /// Its size, 0 before the first. A heartbeat may not name an older one than a heartbeat before it.
        size: u64,
    },
    /// A statement of a stream's highest version before it (spec §10), which only the sequencer knows for certain.
    StreamAttested {
        /// The stream.
        stream: Reference,
    },
    /// A rotation (spec §7): both keys sign the place that it gets.
    KeyRotated {
        /// Which of the log's three keys changes.
        role: Role,
        /// The key in force.
        old: Arc<SigningKey>,
        /// The key that takes over.
        new: Arc<SigningKey>,
    },
}

impl NewEvent {
    /// Bytes of its entry at most.
    fn bytes_max(&self) -> usize {
        match self {
            Self::Ready(draft) => draft.bytes_max(),
            // These are drafted where they are placed, and no entry is larger.
            Self::Heartbeat { .. } | Self::StreamAttested { .. } | Self::KeyRotated { .. } => ENTRY_BYTES_MAX,
        }
    }
}

impl From<Draft> for NewEvent {
    fn from(draft: Draft) -> Self {
        Self::Ready(Arc::new(draft))
    }
}

/// The version at which a request expects the stream of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Whatever it is: activity, ingested events.
    Any,
    /// Exactly this one; 0 for a stream that must not exist yet.
    Exact(u32),
}

/// A caller's name for a request, so that sending it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Who asks, within the log's organisation: keys of two principals never meet.
    pub principal: String,
    /// 1 to 255 characters.
    pub key: String,
    /// SHA-256 of method, path and body: the same key with another is refused.
    pub request_sha256: [u8; 32],
}

/// What a caller wants appended, all or nothing.
#[derive(Clone)]
pub struct Write {
    /// 1 to [`EVENTS_PER_REQUEST_MAX`], all in this log.
    pub events: Vec<NewEvent>,
    /// Checked against the stream of the first event.
    pub expected: ExpectedVersion,
    /// Kept as long as the log.
    pub idempotency: Option<IdempotencyKey>,
}

/// One entry of the log as it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Place in the log, from 0.
    pub index: u64,
    /// UUID version 7.
    pub id: EntryId,
    /// When it was recorded.
    pub time: Timestamp,
    /// Stream and the version it got there.
    pub stream: Option<(Reference, u32)>,
    /// BLAKE3 of the bytes.
    pub hash: EntryHash,
    /// By the entries key in force (spec §4).
    pub signature: [u8; 64],
    /// The entry itself.
    pub bytes: Arc<[u8]>,
}

/// A committed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// In index order, without gaps; at least one.
    pub entries: Vec<Committed>,
    /// True where an earlier request with this idempotency key had done it.
    pub replayed: bool,
}

impl Appended {
    /// What an earlier request had appended, as it was read again.
    ///
    /// # Errors
    /// [`AppendError::OutcomeUnknown`] where nothing was found there: no request appends nothing.
    pub(crate) fn earlier(entries: Vec<Committed>) -> Result<Self, AppendError> {
        if entries.is_empty() { Err(AppendError::OutcomeUnknown) } else { Ok(Self { entries, replayed: true }) }
    }

    /// The entry of its first event.
    ///
    /// # Panics
    /// Never for what [`Ledger::append`] has answered: a request has an event.
    pub fn first(&self) -> &Committed {
        self.entries.first().expect("a request has at least one event")
    }

    /// The entry of its last event: what a page waits for that is to show the act.
    ///
    /// # Panics
    /// As [`Appended::first`].
    pub fn last(&self) -> &Committed {
        self.entries.last().expect("a request has at least one event")
    }
}

/// Why nothing was appended, or why that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// No event, or more than [`EVENTS_PER_REQUEST_MAX`].
    #[error("a request has 1 to {EVENTS_PER_REQUEST_MAX} events, not {0}")]
    EventCount(usize),
    /// More bytes than [`BYTES_PER_REQUEST_MAX`].
    #[error(
        "the entries of a request have at most {BYTES_PER_REQUEST_MAX} bytes together, sealed values included; these \
         may have {0}: send them as several requests"
    )]
    TooLarge(usize),
    /// The queue of this log is full; try again a little later.
    #[error("the log's queue is full")]
    Overloaded,
    /// Somebody else was faster on this stream.
    #[error("stream {stream} is at version {actual}, not {expected}")]
    Conflict {
        /// The stream.
        stream: String,
        /// What the request expected.
        expected: u32,
        /// What it is.
        actual: u32,
    },
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// A heartbeat or rotation that the log's state does not allow.
    #[error("event {position} does not fit the log: {reason}")]
    DoesNotFit {
        /// Which event of the request, from 0.
        position: usize,
        /// Why.
        reason: String,
    },
    /// The database refused the request itself.
    #[error("the database refused the request: {0}")]
    Refused(String),
    /// There is no such log.
    #[error("no log {0}")]
    NoSuchLog(LogId),
    /// This process does not hold the entries key in force, so it must not append.
    #[error("the entries key in force, {0}, is not among this process's keys")]
    KeyNotHeld(String),
    /// The log is behind, or another history than, what was signed before (a restored backup).
    #[error("the log does not extend what the signer signed: {0}")]
    NotAnExtension(String),
    /// Nothing was appended; the database cannot be reached or is too slow now.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection died after the statement was sent and the database cannot yet be asked what became of it.
    #[error(
        "it is not known whether the request was appended: ask with its idempotency key, or send it again with the same key"
    )]
    OutcomeUnknown,
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopping,
}

impl Ledger {
    /// Appends a request to a log and returns once it is durable: an answer is a committed transaction.
    ///
    /// Dropping the returned future does not undo or interrupt anything: the sequencer finishes what it has taken.
    /// A request with an idempotency key that was answered before gets the first answer, marked as replayed.
    pub async fn append(
        &self,
        log: LogId,
        events: Vec<NewEvent>,
        expected: ExpectedVersion,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Appended, AppendError> {
        let count = events.len();
        if !(1..=EVENTS_PER_REQUEST_MAX).contains(&count) {
            return Err(AppendError::EventCount(count));
        }
        let load = Load { entries: count, bytes: events.iter().map(NewEvent::bytes_max).sum() };
        if BYTES_PER_REQUEST_MAX < load.bytes {
            return Err(AppendError::TooLarge(load.bytes));
        }
        let queue = self.queue(log)?;
        let (answer, answered) = oneshot::channel();
        let write = Write { events, expected, idempotency };
        queue.send(Request { write, load, answer })?;
        // The sequencer answers everything it takes. Where it could not, it may have committed before.
        match answered.await.unwrap_or(Err(AppendError::OutcomeUnknown))? {
            Answer::Appended(entries) => Ok(Appended { entries, replayed: false }),
            Answer::Replayed { first_index, count } => {
                // It is committed; that it cannot be read now must not be told as if it were not.
                let entries = entries::range(self.reader(), log, first_index, count).await;
                Appended::earlier(entries.map_err(|_| AppendError::OutcomeUnknown)?)
            }
        }
    }
}
