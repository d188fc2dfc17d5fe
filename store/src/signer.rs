//! Who signs checkpoints, and what it will not sign (docs/decisions/0003).
//!
//! The signer remembers the last signed size and root of a log in a file outside the database. It signs only what it has
//! checked to extend that, and its new record is durable before a signature leaves it: whatever happens to the database
//! or to this process, no two checkpoints of one log contradict each other.

mod record;
#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::hash::EntryHash;
use ledger::key::{KeyId, Role, SigningKey};
use ledger::name::Origin;
use ledger::note::NoteError;
use ledger::tree::{self, Hash, ProofError, TreeHead};

pub use self::record::{RecordError, SignerRecord};
use crate::durable;
use crate::handovers::HandoverDirectory;
use crate::keys::{KeyDirectory, KeyError};
use crate::seals::SealDirectory;
use crate::tiles::TileError;

/// What is to be signed.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// The new tree head.
    pub head: TreeHead,
    /// Hash of its last entry.
    pub entry: EntryHash,
    /// Consistency proof from the last signed tree head; empty where there is none.
    pub proof: &'a [Hash],
    /// The checkpoints key in force for the last signed size (or for entry 0), then those that came into force up to
    /// the new size, oldest first. Each of them signs.
    pub keys: &'a [KeyId],
    /// What is known besides the signer's record about earlier checkpoints.
    pub past: Past,
}

/// Whether anything says that checkpoints of a log were published: database, heartbeats, published files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Nothing does: the log is new.
    NeverSealed,
    /// Something does, so a signer without a record has lost it.
    Sealed,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// A smaller tree than the last signed: the database is not what it was.
    #[error("size {signed} was signed, and the log has {asked} now: its database is older than its checkpoints")]
    Smaller {
        /// Size last signed.
        signed: u64,
        /// Size asked for.
        asked: u64,
    },
    /// Another root for the size last signed.
    #[error("another root was signed for size {size}: the log's entries are not what they were")]
    OtherRoot {
        /// That size.
        size: u64,
    },
    /// The new tree does not begin with what was signed.
    #[error("the log at size {asked} does not extend the {signed} entries that were signed: {reason}")]
    NotAnExtension {
        /// Size last signed.
        signed: u64,
        /// Size asked for.
        asked: u64,
        /// Where the proof fails.
        reason: ProofError,
    },
    /// There is no record, and the log is not new.
    #[error("checkpoints of this log were published, but {} is missing", .0.display())]
    NoRecord(PathBuf),
    /// The first key of a wish is not the key that was in force for the size last signed.
    #[error("key {recorded} was in force for the size last signed, not {asked}")]
    OtherKey {
        /// By the record.
        recorded: KeyId,
        /// By the wish.
        asked: KeyId,
    },
    /// A checkpoints key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No key was named.
    #[error("no checkpoints key: {0}")]
    Note(#[from] NoteError),
    /// The record is not one of this log.
    #[error("{} is not the record of {origin}: {reason}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The log.
        origin: Origin,
        /// What is wrong.
        reason: RecordError,
    },
    /// The record names another log.
    #[error("{} is the record of {found}, not of {origin}", .path.display())]
    OtherLog {
        /// The file.
        path: PathBuf,
        /// The log.
        origin: Origin,
        /// The log in the record.
        found: Origin,
    },
    /// A checkpoint with which keys handed over could not be kept.
    #[error(transparent)]
    Handover(#[from] TileError),
    /// The record could not be read or written.
    #[error("signer record {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The one signer of a log, for as long as it holds the lock on the log's record. Everything it does blocks.
#[derive(Debug)]
pub struct Signer {
    path: PathBuf,
    origin: Origin,
    keys: KeyDirectory,
    handovers: HandoverDirectory,
    record: Option<SignerRecord>,
    /// Held until this is dropped or the process ends: all who share the directory share one signer.
    _lock: File,
}

impl Signer {
    /// Becomes the signer of a log, or `None` where another process or task is.
    pub fn open(seals: &SealDirectory, keys: &KeyDirectory, origin: &Origin) -> Result<Option<Signer>, SignerError> {
        let path = seals.signer_record(origin);
        let failed = |source| SignerError::Io { path: path.clone(), source };
        durable::create_directory(durable::directory_of(&path)).map_err(failed)?;
        let lock_path = path.with_extension("lock");
        let lock = OpenOptions::new().create(true).append(true).open(lock_path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Read under the lock: nobody can sign in between.
        let record = read_record(seals, origin)?;
        let (handovers, origin, keys) = (seals.signed_handovers(origin), origin.clone(), keys.clone());
        let signer = Signer { path, origin, keys, handovers, record, _lock: lock };
        // Who wrote the record may have died before it kept what it had signed.
        signer.keep_handover()?;
        Ok(Some(signer))
    }

    /// What was last signed or adopted.
    pub fn record(&self) -> Option<&SignerRecord> {
        self.record.as_ref()
    }

    /// Refuses a log that may have been sealed when nothing says what was signed.
    pub fn check_past(&self, past: Past) -> Result<(), SignerError> {
        match (&self.record, past) {
            (None, Past::Sealed) => Err(SignerError::NoRecord(self.path.clone())),
            _ => Ok(()),
        }
    }

    /// Signs a tree head that extends the record, and returns the checkpoint once the new record is durable.
    ///
    /// The tree head of the record gives the checkpoint of the record again.
    pub fn sign(&mut self, wish: &Wish<'_>) -> Result<String, SignerError> {
        self.check_past(wish.past)?;
        self.check_extends(wish)?;
        if let Some(record) = &self.record
            && record.head == wish.head
            && !record.checkpoint.is_empty()
        {
            return Ok(record.checkpoint.clone());
        }
        let key = *wish.keys.last().ok_or(NoteError::NoSignatures)?;
        let mut record = SignerRecord {
            origin: self.origin.clone(),
            head: wish.head,
            entry: wish.entry,
            key,
            checkpoint: String::new(),
        };
        let keys = self.find_keys(wish.keys)?;
        let keys: Vec<&SigningKey> = keys.iter().map(AsRef::as_ref).collect();
        let note = record.unsigned().sign(&keys)?;
        record.checkpoint.clone_from(&note);
        self.remember(record)?;
        self.keep_handover()?;
        Ok(note)
    }

    /// Takes a tree head as if it had been signed, on an operator's word. Returns what was recorded before.
    pub(crate) fn adopt(
        &mut self,
        head: TreeHead,
        entry: EntryHash,
        key: KeyId,
    ) -> Result<Option<SignerRecord>, SignerError> {
        let before = self.record.clone();
        self.remember(SignerRecord { origin: self.origin.clone(), head, entry, key, checkpoint: String::new() })?;
        Ok(before)
    }

    /// Keeps the checkpoint of the record where it is one with which keys handed over: the next record replaces it.
    fn keep_handover(&self) -> Result<(), SignerError> {
        match &self.record {
            // A history that an operator gave up by an adoption may have handed over at the same size.
            Some(record) if record.is_handover() => Ok(self.handovers.replace(record.head.size, &record.checkpoint)?),
            _ => Ok(()),
        }
    }

    fn check_extends(&self, wish: &Wish<'_>) -> Result<(), SignerError> {
        let Some(record) = &self.record else { return Ok(()) };
        let (signed, asked) = (record.head.size, wish.head.size);
        if asked < signed {
            return Err(SignerError::Smaller { signed, asked });
        }
        if asked == signed && wish.head.root != record.head.root {
            return Err(SignerError::OtherRoot { size: signed });
        }
        tree::verify_consistency(&record.head, &wish.head, wish.proof)
            .map_err(|reason| SignerError::NotAnExtension { signed, asked, reason })?;
        match wish.keys.first() {
            Some(first) if *first != record.key => Err(SignerError::OtherKey { recorded: record.key, asked: *first }),
            _ => Ok(()),
        }
    }

    fn find_keys(&self, ids: &[KeyId]) -> Result<Vec<Arc<SigningKey>>, SignerError> {
        let found = ids.iter().map(|id| self.keys.find(&self.origin, Role::Checkpoints, *id));
        Ok(found.collect::<Result<_, KeyError>>()?)
    }

    fn remember(&mut self, record: SignerRecord) -> Result<(), SignerError> {
        let written = durable::replace(&self.path, &record.to_bytes());
        written.map_err(|source| SignerError::Io { path: self.path.clone(), source })?;
        self.record = Some(record);
        Ok(())
    }
}

/// What was last signed for a log, without becoming its signer.
pub fn read_record(seals: &SealDirectory, origin: &Origin) -> Result<Option<SignerRecord>, SignerError> {
    let path = seals.signer_record(origin);
    let content = durable::read(&path).map_err(|source| SignerError::Io { path: path.clone(), source })?;
    let record = content.map(|bytes| of_log(&path, origin, &bytes));
    record.transpose()
}

fn of_log(path: &Path, origin: &Origin, bytes: &[u8]) -> Result<SignerRecord, SignerError> {
    let (path, origin) = (path.to_owned(), origin.clone());
    match SignerRecord::parse(bytes) {
        Ok(record) if record.origin == origin => Ok(record),
        Ok(record) => Err(SignerError::OtherLog { path, origin, found: record.origin }),
        Err(reason) => Err(SignerError::Malformed { path, origin, reason }),
    }
}
