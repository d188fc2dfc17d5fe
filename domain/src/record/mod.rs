//! A record of the organisation: a control, a risk, an invoice, a policy. One mechanism for every type of resource
//! whose content comes from outside, by a form, an import or the API.
//!
//! Stream `record/<type>/<reference>`. The reference is the organisation's own, so that an import finds what it brought
//! the last time.

mod belonging;
mod content;
mod events;
mod reference;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use ledger::vocabulary::Subject;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::belonging::{Belonging, ENGAGEMENT, VENDOR};
pub use self::content::{
    BODY_CHARS_MAX, Body, CONTENT_BYTES_MAX, Content, ContentError, DATES_MAX, FIELD_CHARS_MAX, FIELD_NAME_CHARS_MAX,
    FIELDS_MAX, FieldName, FieldNameError, FieldText, Parts,
};
pub(crate) use self::events::DESCRIPTIONS;
pub use self::events::{RECORD_CHANGED, RecordEvent, RecordWithdrawn};
pub use self::reference::{REFERENCE_CHARS_MAX, Reference, ReferenceError};
use crate::access_grant::Resource;
use crate::context::Ctx;
use crate::note::Note;

/// Where a record stands. A withdrawn one keeps its last content, and comes back when it is added again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// Nothing has happened in this stream.
    #[default]
    Absent,
    /// Kept and shown.
    Live(Content),
    /// Not shown any more.
    Withdrawn(Content),
}

/// What can be asked of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Keep it: there must not be one.
    Add(Content),
    /// Let it say something else, whole: there must be one.
    Change(Content),
    /// Keep it as it is said here, whether there was one or not. For lists that are brought again and again.
    Import(Content),
    /// Show it no more.
    Withdraw {
        /// Why.
        note: Option<Note>,
    },
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The stream has a record that is shown.
    #[error("there is already a record of that type and reference")]
    AlreadyAdded,
    /// The stream has no record.
    #[error("there is no such record")]
    NotAdded,
    /// Withdrawn before.
    #[error("this record has been withdrawn")]
    AlreadyWithdrawn,
    /// The record says exactly that. Importing a list again meets this for every line that is as it was.
    #[error("the record already says that")]
    NothingChanged,
}

impl Record {
    /// The stream of a record, and its subject.
    pub fn stream(resource: Resource, reference: &Reference) -> Subject {
        let subject = format!("{}/{}", Self::TYPE, Self::id(resource, reference));
        Subject::parse(&subject).expect("a reference is made to fit a subject after every type")
    }

    /// The record's id within all records: `<type>/<reference>`.
    pub fn id(resource: Resource, reference: &Reference) -> String {
        format!("{resource}/{reference}")
    }

    /// Decides a command: the one place where the rules of a record stand.
    ///
    /// # Errors
    /// [`RecordError`], when the record does not allow it.
    pub fn decide(&self, command: Command) -> Result<RecordEvent, RecordError> {
        match command {
            Command::Add(content) => self.add(content),
            Command::Change(content) => self.change(content),
            Command::Import(content) => match self {
                Record::Live(_) => self.change(content),
                Record::Absent | Record::Withdrawn(_) => self.add(content),
            },
            Command::Withdraw { note } => self.withdraw(note),
        }
    }

    fn add(&self, content: Content) -> Result<RecordEvent, RecordError> {
        match self {
            Record::Absent | Record::Withdrawn(_) => Ok(RecordEvent::RecordAdded(content)),
            Record::Live(_) => Err(RecordError::AlreadyAdded),
        }
    }

    fn change(&self, content: Content) -> Result<RecordEvent, RecordError> {
        match self {
            Record::Live(before) if *before == content => Err(RecordError::NothingChanged),
            Record::Live(_) => Ok(RecordEvent::RecordChanged(content)),
            Record::Absent => Err(RecordError::NotAdded),
            Record::Withdrawn(_) => Err(RecordError::AlreadyWithdrawn),
        }
    }

    fn withdraw(&self, note: Option<Note>) -> Result<RecordEvent, RecordError> {
        match self {
            Record::Live(_) => Ok(RecordEvent::RecordWithdrawn(RecordWithdrawn { note })),
            Record::Absent => Err(RecordError::NotAdded),
            Record::Withdrawn(_) => Err(RecordError::AlreadyWithdrawn),
        }
    }

    /// What it says, while it is shown.
    pub fn live(&self) -> Option<&Content> {
        match self {
            Record::Live(content) => Some(content),
            Record::Absent | Record::Withdrawn(_) => None,
        }
    }

    /// What it says or said last, whatever became of it.
    pub fn content(&self) -> Option<&Content> {
        match self {
            Record::Live(content) | Record::Withdrawn(content) => Some(content),
            Record::Absent => None,
        }
    }

    /// The state's name: `absent`, `live`, `withdrawn`.
    pub fn state(&self) -> &'static str {
        match self {
            Record::Absent => "absent",
            Record::Live(_) => "live",
            Record::Withdrawn(_) => "withdrawn",
        }
    }
}

impl Aggregate for Record {
    const TYPE: &'static str = "record";
    type Command = Command;
    type Event = RecordEvent;
    type Error = RecordError;
    type Services = Ctx;

    /// A bridge to [`Record::decide`], which decides.
    async fn handle(&mut self, command: Command, _: &Ctx, sink: &EventSink<Self>) -> Result<(), RecordError> {
        let event = self.decide(command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: RecordEvent) {
        *self = match event {
            RecordEvent::RecordAdded(content) | RecordEvent::RecordChanged(content) => Record::Live(content),
            RecordEvent::RecordWithdrawn(_) => match std::mem::take(self) {
                Record::Live(content) | Record::Withdrawn(content) => Record::Withdrawn(content),
                Record::Absent => Record::Absent,
            },
        }
    }
}
