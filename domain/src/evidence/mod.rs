//! A piece of evidence: what an organisation shows to prove that something holds, with a file or, for the time being,
//! without.
//!
//! Stream `evidence/<evidence>`. Files are kept outside the log by their hash; the log says which belong to what.

mod events;
mod file;
mod metadata;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use ledger::vocabulary::Subject;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use self::events::DESCRIPTIONS;
pub use self::events::{EvidenceEvent, EvidenceRevised, EvidenceWithdrawn};
pub use self::file::{EvidenceFile, FILE_NAME_CHARS_MAX, FileName, FileNameError, MediaType, MediaTypeError};
pub use self::metadata::{CONTROLS_MAX, Controls, ControlsError, DESCRIPTION_CHARS_MAX, EvidenceDescription, Metadata};
use crate::context::Ctx;
use crate::name::EvidenceId;
use crate::note::Note;

/// Most files of one piece of evidence, one after another: a file a day for nearly three years. The stream is loaded
/// whole for every download.
pub const REVISIONS_MAX: usize = 1_000;

/// Where evidence stands. Withdrawn is final: what holds again is other evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Evidence {
    /// Nothing has happened in this stream.
    #[default]
    Absent,
    /// Shown to those who may see it.
    Live(Held),
    /// Not shown any more; what was recorded of it stays.
    Withdrawn(Held),
}

/// What there is of a piece of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// What is said of it.
    pub metadata: Metadata,
    /// Its files, the first revision first. None: "No evidence attached".
    revisions: Vec<EvidenceFile>,
}

/// What can be asked of evidence.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Begin it.
    Add(Metadata),
    /// Say something else of it, whole.
    Change(Metadata),
    /// Attach a file, whose bytes are kept already.
    Revise(EvidenceFile),
    /// Show it no more.
    Withdraw {
        /// Why.
        note: Option<Note>,
    },
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// The stream already has evidence.
    #[error("this evidence has already been added")]
    AlreadyAdded,
    /// The stream has none.
    #[error("there is no such evidence")]
    NotAdded,
    /// Withdrawn before.
    #[error("this evidence has been withdrawn")]
    AlreadyWithdrawn,
    /// Exactly that is said of it, or its newest file is exactly that one.
    #[error("the evidence is already like that")]
    NothingChanged,
    /// It has a thousand files.
    #[error("one piece of evidence has at most {REVISIONS_MAX} revisions of its file: add another")]
    TooManyRevisions,
}

impl Held {
    /// The file of a revision, counted from 1.
    pub fn file_at(&self, revision: u32) -> Option<&EvidenceFile> {
        let place = usize::try_from(revision).ok()?.checked_sub(1)?;
        self.revisions.get(place)
    }

    /// The newest file with its revision; `None` where no evidence is attached.
    pub fn newest(&self) -> Option<(NonZeroU32, &EvidenceFile)> {
        self.revisions().last()
    }

    /// All files with their revisions, the first first.
    pub fn revisions(&self) -> impl DoubleEndedIterator<Item = (NonZeroU32, &EvidenceFile)> {
        self.revisions.iter().enumerate().map(|(place, file)| (revision_at(place), file))
    }
}

impl Evidence {
    /// The stream of a piece of evidence, and its subject.
    pub fn stream(evidence: &EvidenceId) -> Subject {
        Subject::parse(&format!("{}/{evidence}", Self::TYPE)).expect("a UUID is a reference's id")
    }

    /// The events of evidence that begins with its file, or for the time being without one: they belong together, so
    /// that nobody is left with the half of it.
    pub fn begun(metadata: Metadata, file: Option<EvidenceFile>) -> Vec<EvidenceEvent> {
        let revised = |file| EvidenceEvent::EvidenceRevised(EvidenceRevised { file, revision: NonZeroU32::MIN });
        std::iter::once(EvidenceEvent::EvidenceAdded(metadata)).chain(file.map(revised)).collect()
    }

    /// Decides a command: the one place where the rules of evidence stand.
    ///
    /// # Errors
    /// [`EvidenceError`], when the evidence does not allow it.
    pub fn decide(&self, command: Command) -> Result<EvidenceEvent, EvidenceError> {
        match command {
            Command::Add(metadata) => self.add(metadata).map(EvidenceEvent::EvidenceAdded),
            Command::Change(metadata) => self.standing()?.change(metadata).map(EvidenceEvent::EvidenceChanged),
            Command::Revise(file) => self.standing()?.revise(file).map(EvidenceEvent::EvidenceRevised),
            Command::Withdraw { note } => {
                self.standing().map(|_| EvidenceEvent::EvidenceWithdrawn(EvidenceWithdrawn { note }))
            }
        }
    }

    /// Once begun it cannot be begun again, whatever became of it.
    fn add(&self, metadata: Metadata) -> Result<Metadata, EvidenceError> {
        match self {
            Evidence::Absent => Ok(metadata),
            Evidence::Live(_) | Evidence::Withdrawn(_) => Err(EvidenceError::AlreadyAdded),
        }
    }

    fn standing(&self) -> Result<&Held, EvidenceError> {
        match self {
            Evidence::Live(held) => Ok(held),
            Evidence::Absent => Err(EvidenceError::NotAdded),
            Evidence::Withdrawn(_) => Err(EvidenceError::AlreadyWithdrawn),
        }
    }

    /// What there is of it, while it is shown.
    pub fn live(&self) -> Option<&Held> {
        match self {
            Evidence::Live(held) => Some(held),
            Evidence::Absent | Evidence::Withdrawn(_) => None,
        }
    }

    /// What there is or was of it, whatever became of it.
    pub fn held(&self) -> Option<&Held> {
        match self {
            Evidence::Live(held) | Evidence::Withdrawn(held) => Some(held),
            Evidence::Absent => None,
        }
    }

    /// The file of a revision, counted from 1, that may be handed out: none of it once it is withdrawn.
    pub fn file_at(&self, revision: u32) -> Option<&EvidenceFile> {
        self.live()?.file_at(revision)
    }

    /// The state's name: `absent`, `live`, `withdrawn`.
    pub fn state(&self) -> &'static str {
        match self {
            Evidence::Absent => "absent",
            Evidence::Live(_) => "live",
            Evidence::Withdrawn(_) => "withdrawn",
        }
    }

    /// What of it an event may still change; what is absent has nothing.
    fn held_mut(&mut self) -> Option<&mut Held> {
        match self {
            Evidence::Live(held) | Evidence::Withdrawn(held) => Some(held),
            Evidence::Absent => None,
        }
    }
}

impl Held {
    fn change(&self, metadata: Metadata) -> Result<Metadata, EvidenceError> {
        if self.metadata == metadata { Err(EvidenceError::NothingChanged) } else { Ok(metadata) }
    }

    fn revise(&self, file: EvidenceFile) -> Result<EvidenceRevised, EvidenceError> {
        if self.newest().is_some_and(|(_, newest)| *newest == file) {
            return Err(EvidenceError::NothingChanged);
        }
        if REVISIONS_MAX <= self.revisions.len() {
            return Err(EvidenceError::TooManyRevisions);
        }
        Ok(EvidenceRevised { file, revision: revision_at(self.revisions.len()) })
    }
}

fn revision_at(place: usize) -> NonZeroU32 {
    let revision = u32::try_from(place).ok().and_then(|place| NonZeroU32::MIN.checked_add(place));
    revision.expect("a stream has at most 2^31 - 1 entries (spec §2)")
}

impl Aggregate for Evidence {
    const TYPE: &'static str = "evidence";
    type Command = Command;
    type Event = EvidenceEvent;
    type Error = EvidenceError;
    type Services = Ctx;

    /// A bridge to [`Evidence::decide`], which decides.
    async fn handle(&mut self, command: Command, _: &Ctx, sink: &EventSink<Self>) -> Result<(), EvidenceError> {
        let event = self.decide(command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: EvidenceEvent) {
        match event {
            EvidenceEvent::EvidenceAdded(metadata) => *self = Evidence::Live(Held { metadata, revisions: Vec::new() }),
            EvidenceEvent::EvidenceChanged(metadata) => {
                if let Some(held) = self.held_mut() {
                    held.metadata = metadata;
                }
            }
            EvidenceEvent::EvidenceRevised(revised) => {
                if let Some(held) = self.held_mut() {
                    held.revisions.push(revised.file);
                }
            }
            EvidenceEvent::EvidenceWithdrawn(_) => {
                *self = match std::mem::take(self) {
                    Evidence::Live(held) | Evidence::Withdrawn(held) => Evidence::Withdrawn(held),
                    Evidence::Absent => Evidence::Absent,
                };
            }
        }
    }
}
