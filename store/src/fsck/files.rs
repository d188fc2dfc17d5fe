//! Whether the files of evidence that a log names are there, with the bytes that it names.

use domain::evidence::EvidenceEvent;
use ledger::entry::Entry;
use ledger::vocabulary;

use crate::blobs::{Blobs, Condition, Stored};

/// The type of the entries that name a file.
const REVISED: &str = "evidence.revised";
/// Files that are named; the count says how many there are. A directory that is not mounted lacks all of them.
const NAMED_MAX: usize = 20;

/// What was found of the files on the way along a log.
#[derive(Default)]
pub(super) struct Files {
    looked_at: u64,
    named: Vec<String>,
    further: u64,
}

impl Files {
    /// Reads the file that an entry names, if it names one. No more than a part of it is in memory.
    pub(super) async fn step(&mut self, blobs: &Blobs, index: u64, bytes: &[u8]) {
        let Ok(entry) = Entry::parse(bytes) else { return };
        if entry.event_type.as_str() != REVISED {
            return;
        }
        self.looked_at += 1;
        let problem = match file_of(&entry) {
            Ok(file) => problem(&blobs.check(file).await).map(|problem| format!("its file {problem}")),
            Err(error) => Some(format!("which file it names cannot be read: {error}")),
        };
        let Some(problem) = problem else { return };
        if self.named.len() == NAMED_MAX {
            self.further += 1;
        } else {
            self.named.push(format!("{}, entry {index}: {problem}.", entry.subject));
        }
    }

    /// How many were looked at, and what is wrong with them, in sentences.
    pub(super) fn found(self) -> (u64, Vec<String>) {
        let further =
            (0 < self.further).then(|| format!("{} further files of evidence are not as recorded.", self.further));
        (self.looked_at, self.named.into_iter().chain(further).collect())
    }
}

fn file_of(entry: &Entry) -> Result<Stored, vocabulary::ReadError> {
    let stored = vocabulary::Stored {
        name: entry.event_type.as_str(),
        version: entry.version,
        subject: &entry.subject,
        outcome: &entry.outcome,
        detail: entry.detail.clone(),
        personal: &[],
    };
    let unknown = stored.unknown();
    match domain::event::read(stored)? {
        EvidenceEvent::EvidenceRevised(revised) => {
            Ok(Stored { sha256: revised.file.sha256, bytes: revised.file.bytes })
        }
        EvidenceEvent::EvidenceAdded(_) | EvidenceEvent::EvidenceChanged(_) | EvidenceEvent::EvidenceWithdrawn(_) => {
            Err(unknown)
        }
    }
}

fn problem((file, condition): &(Stored, Condition)) -> Option<String> {
    let Stored { sha256, bytes } = file;
    match condition {
        Condition::Whole => None,
        Condition::Missing => Some(format!("{sha256} of {bytes} bytes is missing")),
        Condition::Altered { actual } => {
            Some(format!("{sha256} of {bytes} bytes is now {} of {} bytes", actual.sha256, actual.bytes))
        }
        Condition::Unreadable(why) => Some(format!("{sha256} of {bytes} bytes cannot be read: {why}")),
    }
}
