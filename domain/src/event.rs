//! The closed sum of all vocabularies: whatever this project's own code records in a log is one of these.
//!
//! Events of other systems, taken in as they come, are not: they have types and shapes of their own, and only the
//! format's rules hold for them.

use std::collections::BTreeSet;

use ledger::vocabulary::{Kind, Of, Outcome, PersonalPart, ReadError, Recorded, Stored, Subject};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access_grant::{self, AccessGrantEvent};
use crate::activity::{self, ActivityEvent};
use crate::credential::{self, CredentialEvent};
use crate::engagement::{self, EngagementEvent};
use crate::evidence::{self, EvidenceEvent};
use crate::member::{self, MemberEvent};
use crate::organisation::{self, OrganisationEvent};
use crate::record::{self, RecordEvent};
use crate::upcast::{self, UPCASTS};

/// Declares the closed sum: a vocabulary is a variant, its type of event, and its list of kinds.
macro_rules! vocabularies {
    ($( $(#[$meta:meta])* $variant:ident($event:ty) of $kinds:path, )+) => {
        /// An event of any vocabulary.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event { $( $(#[$meta])* $variant($event), )+ }

        impl Recorded for Event {
            fn kind(&self) -> Kind {
                match self { $( Event::$variant(event) => event.kind(), )+ }
            }

            fn subject(&self, stream: &Subject) -> Subject {
                match self { $( Event::$variant(event) => event.subject(stream), )+ }
            }

            fn outcome(&self) -> Outcome {
                match self { $( Event::$variant(event) => event.outcome(), )+ }
            }

            fn detail(&self) -> Value {
                match self { $( Event::$variant(event) => event.detail(), )+ }
            }

            fn personal(&self) -> Vec<PersonalPart> {
                match self { $( Event::$variant(event) => event.personal(), )+ }
            }

            fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
                $( if has_type($kinds, stored.name) {
                    return <$event>::read(stored).map(Event::$variant);
                } )+
                Err(stored.unknown())
            }
        }

        $( impl From<$event> for Event {
            fn from(event: $event) -> Self {
                Event::$variant(event)
            }
        } )+

        /// All kinds of events there are.
        pub fn descriptions() -> impl Iterator<Item = &'static Description> {
            [$( $kinds ),+].into_iter().flatten()
        }
    };
}

vocabularies! {
    /// Of a grant of access.
    AccessGrant(AccessGrantEvent) of access_grant::DESCRIPTIONS,
    /// Of what is done under one.
    Activity(ActivityEvent) of activity::DESCRIPTIONS,
    /// Of an organisation.
    Organisation(OrganisationEvent) of organisation::DESCRIPTIONS,
    /// Of a member of one.
    Member(MemberEvent) of member::DESCRIPTIONS,
    /// Of what a member signs in by.
    Credential(CredentialEvent) of credential::DESCRIPTIONS,
    /// Of an engagement.
    Engagement(EngagementEvent) of engagement::DESCRIPTIONS,
    /// Of a piece of evidence.
    Evidence(EvidenceEvent) of evidence::DESCRIPTIONS,
    /// Of a record of any type.
    Record(RecordEvent) of record::DESCRIPTIONS,
}

impl Event {
    /// Whether a type is one of ours; another's events share the log with them.
    pub fn has_type(name: &str) -> bool {
        descriptions().any(|description| description.kind.name == name)
    }
}

fn has_type(kinds: &[Description], name: &str) -> bool {
    kinds.iter().any(|description| description.kind.name == name)
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

impl Description {
    /// Of an event that stands in the stream of its own subject and has nothing sealed beside it.
    pub(crate) const fn of_stream(kind: Kind, stream: &'static str, schema: &'static str) -> Self {
        Self { kind, stream, subject: stream, sealed: &[], schema }
    }
}

/// The JSON Schema of the `detail` of one version of a type, if it is one of ours: what is written today, and what once
/// was.
pub fn schema(name: &str, version: u32) -> Option<&'static str> {
    schemas().find(|known| (known.0, known.1) == (name, version)).map(|(_, _, schema)| schema)
}

/// All schemas there are, by type and version.
pub fn schemas() -> impl Iterator<Item = (&'static str, u32, &'static str)> {
    let newest = descriptions().map(|known| (known.kind.name, known.kind.version, known.schema));
    newest.chain(UPCASTS.iter().map(|step| (step.name, step.from, step.schema)))
}

/// Which of a vocabulary's kinds a stored event is of.
pub(crate) fn kind_of(vocabulary: &[Description], stored: &Stored<'_>) -> Result<Kind, ReadError> {
    let mut kinds = vocabulary.iter().map(|description| description.kind);
    kinds.find(|kind| stored.is(*kind)).ok_or_else(|| stored.unknown())
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

/// Reads a set as it is recorded: not empty, strictly ascending.
pub(crate) fn read_set<'de, D, T>(deserializer: D) -> Result<BTreeSet<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de> + Ord,
{
    let words: Vec<T> = serde::Deserialize::deserialize(deserializer)?;
    let ascending = std::iter::zip(&words, words.iter().skip(1)).all(|(a, b)| a < b);
    if words.is_empty() || !ascending {
        return Err(serde::de::Error::custom("a recorded set is not empty and strictly ascending"));
    }
    Ok(words.into_iter().collect())
}

/// An instant as the format writes times (spec §2, `time`).
pub(crate) mod instant {
    use ledger::vocabulary::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
