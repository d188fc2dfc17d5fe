//! The closed sum of all vocabularies: whatever this project's own code records in a log is one of these.
//!
//! Events of other systems, taken in as they come, are not: they have types and shapes of their own, and only the
//! format's rules hold for them.

use ledger::vocabulary::{Kind, Of, Outcome, PersonalPart, ReadError, Recorded, Stored, Subject};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access_grant::{self, AccessGrantEvent};
use crate::activity::{self, ActivityEvent};
use crate::upcast::{self, UPCASTS};

/// An event of any vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Of a grant of access.
    AccessGrant(AccessGrantEvent),
    /// Of what is done under one.
    Activity(ActivityEvent),
}

impl Event {
    /// Whether a type is one of ours; another's events share the log with them.
    pub fn has_type(name: &str) -> bool {
        descriptions().any(|description| description.kind.name == name)
    }
}

impl Recorded for Event {
    fn kind(&self) -> Kind {
        match self {
            Event::AccessGrant(event) => event.kind(),
            Event::Activity(event) => event.kind(),
        }
    }

    fn subject(&self, stream: &Subject) -> Subject {
        match self {
            Event::AccessGrant(event) => event.subject(stream),
            Event::Activity(event) => event.subject(stream),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Event::AccessGrant(event) => event.outcome(),
            Event::Activity(event) => event.outcome(),
        }
    }

    fn detail(&self) -> Value {
        match self {
            Event::AccessGrant(event) => event.detail(),
            Event::Activity(event) => event.detail(),
        }
    }

    fn personal(&self) -> Vec<PersonalPart> {
        match self {
            Event::AccessGrant(event) => event.personal(),
            Event::Activity(event) => event.personal(),
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        match AccessGrantEvent::read(stored) {
            Ok(event) => Ok(Event::AccessGrant(event)),
            Err(ReadError::Unknown { .. }) => ActivityEvent::read(stored).map(Event::Activity),
            Err(error) => Err(error),
        }
    }
}

impl From<AccessGrantEvent> for Event {
    fn from(event: AccessGrantEvent) -> Self {
        Event::AccessGrant(event)
    }
}

impl From<ActivityEvent> for Event {
    fn from(event: ActivityEvent) -> Self {
        Event::Activity(event)
    }
}

/// Takes an event back as the log holds it, in whatever version it was written.
///
/// # Errors
/// [`ReadError`], when it is not exactly what `E` writes, or once wrote.
pub fn read<E: Recorded>(mut stored: Stored<'_>) -> Result<E, ReadError> {
    (stored.version, stored.detail) = upcast::to_newest(UPCASTS, stored.name, stored.version, stored.detail);
    E::read(&stored)
}

/// What is to be known of one kind of event: in `docs/event-map.md`, and at `/schemas/<type>/<version>`.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Its type and version.
    pub kind: Kind,
    /// The form of the stream it stands in.
    pub stream: &'static str,
    /// The form of its subject.
    pub subject: &'static str,
    /// What is sealed beside its detail: the field, and about whom it is.
    pub sealed: &'static [(&'static str, Of)],
    /// The JSON Schema of its detail; its `description` is what the event means.
    pub schema: &'static str,
}

/// All kinds of events there are.
pub fn descriptions() -> impl Iterator<Item = &'static Description> {
    access_grant::DESCRIPTIONS.iter().chain(activity::DESCRIPTIONS)
}

/// The JSON Schema of the `detail` of one version of a type, if it is one of ours.
pub fn schema(name: &str, version: u32) -> Option<&'static str> {
    let described = descriptions().find(|described| described.kind.name == name && described.kind.version == version);
    described.map(|description| description.schema)
}

/// The payload of an event.
pub(crate) fn written<T: Serialize>(detail: &T) -> Value {
    serde_json::to_value(detail).expect("a detail has text keys, integers and texts only")
}

/// The payload back again.
pub(crate) fn read_detail<T: DeserializeOwned>(kind: Kind, stored: &Stored<'_>) -> Result<T, ReadError> {
    serde_json::from_value(stored.detail.clone()).map_err(|source| ReadError::Shape { kind, source })
}

/// For events that are recorded only when they came about.
pub(crate) fn require_success(kind: Kind, stored: &Stored<'_>) -> Result<(), ReadError> {
    match stored.outcome {
        Outcome::Success => Ok(()),
        Outcome::Failure { reason } => Err(ReadError::Outcome { kind, outcome: reason.clone() }),
    }
}
