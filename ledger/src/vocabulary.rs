//! The vocabulary of an event: all that the crate `domain` knows of this one.
//!
//! A domain says *what happened*, to *what*, and which parts of it are *personal*; where it stands in the log, who
//! signs it and how personal parts are sealed is decided elsewhere. [`Recorded`] is written and read side by side: what
//! [`Recorded::detail`] and [`Recorded::personal`] give, [`Recorded::read`] takes.

use std::fmt;

use serde_json::Value;
use thiserror::Error;

pub use crate::entry::{Actor, ActorType, Outcome};
pub use crate::name::{Reference as Subject, ReferenceError as SubjectError};
pub use crate::sealed::Of;
pub use crate::time::{Timestamp, TimestampError};

/// The name of an event type and the version of its shape: both are literals, frozen by the first write, and together
/// they are the path of the schema (spec §2, `type` and `dataschema`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// The entry's `type`, for example `auditor.access.granted`.
    pub name: &'static str,
    /// The version of the shape of `detail`, from 1.
    pub version: u32,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.version)
    }
}

/// A value about a person. It is sealed under that person's data key and loads as `Erased` once the key is gone, so
/// that whoever holds one has to say what happens then.
///
/// It is not serialisable, and its `Debug` form does not show it: it cannot slip into `detail` or into a log line.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Personal<T> {
    /// The value can be read.
    Known(T),
    /// The data key is destroyed, or the reader does not hold it.
    #[default]
    Erased,
}

impl<T> Personal<T> {
    /// The value, if it can still be read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Personal::Known(value) => Some(value),
            Personal::Erased => None,
        }
    }

    /// The same secrecy over another type.
    ///
    /// # Errors
    /// Those of `parse`; an erased value never fails.
    pub fn try_map<U, E>(self, parse: impl FnOnce(T) -> Result<U, E>) -> Result<Personal<U>, E> {
        match self {
            Personal::Known(value) => parse(value).map(Personal::Known),
            Personal::Erased => Ok(Personal::Erased),
        }
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Personal::Known(_) => "Known(..)",
            Personal::Erased => "Erased",
        })
    }
}

/// A personal value on its way to being sealed (spec §8).
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalPart {
    /// What it is: `email`, `name`, `ip`, `user_agent` …; with `person` unique in one entry.
    pub field: &'static str,
    /// Whether it is about who acted or about who was acted on.
    pub of: Of,
    /// The opaque id of the person, under whose data key it is sealed.
    pub person: String,
    /// The value itself.
    pub plaintext: String,
}

impl fmt::Debug for PersonalPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonalPart")
            .field("field", &self.field)
            .field("of", &self.of)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// A sealed value that came back from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedPart {
    /// As [`PersonalPart::field`].
    pub field: String,
    /// As [`PersonalPart::of`].
    pub of: Of,
    /// The plaintext, if its data key is still there.
    pub value: Personal<String>,
}

/// An event as the log gives it back: brought to the newest version of its shape, its sealed values opened.
#[derive(Clone, Debug)]
pub struct Stored<'a> {
    /// The entry's `type`.
    pub name: &'a str,
    /// The version that `detail` now has.
    pub version: u32,
    /// The entry's `subject`.
    pub subject: &'a Subject,
    /// The entry's `outcome` and `reason`.
    pub outcome: &'a Outcome,
    /// The entry's `detail`.
    pub detail: Value,
    /// The entry's `sealed`, in its order.
    pub personal: &'a [OpenedPart],
}

impl Stored<'_> {
    /// The sealed value of that name about that person, or nothing if none was recorded.
    pub fn personal(&self, field: &str, of: Of) -> Option<Personal<String>> {
        let part = self.personal.iter().find(|part| part.field == field && part.of == of)?;
        Some(part.value.clone())
    }

    /// Whether it is of that type and version.
    pub fn is(&self, kind: Kind) -> bool {
        self.name == kind.name && self.version == kind.version
    }

    /// The error for a type or version that a vocabulary does not have.
    pub fn unknown(&self) -> ReadError {
        ReadError::Unknown { name: self.name.to_owned(), version: self.version }
    }
}

/// Something that happened, in a form that an entry can record (spec §2).
pub trait Recorded: Sized {
    /// Its frozen name and the version of its shape.
    fn kind(&self) -> Kind;

    /// What it happened to; unless said otherwise the thing whose stream it is.
    fn subject(&self, stream: &Subject) -> Subject {
        stream.clone()
    }

    /// Whether it came about; unless said otherwise it did.
    fn outcome(&self) -> Outcome {
        Outcome::Success
    }

    /// Its payload, an object of integers, texts, booleans, arrays and objects, without anything personal.
    fn detail(&self) -> Value;

    /// What is to be sealed. An erased value is not among it: there is nothing left to seal.
    fn personal(&self) -> Vec<PersonalPart> {
        Vec::new()
    }

    /// Takes back what the log holds.
    ///
    /// # Errors
    /// [`ReadError`], when `stored` is not exactly what this vocabulary writes.
    fn read(stored: &Stored<'_>) -> Result<Self, ReadError>;
}

/// Why a stored event is not one of a vocabulary.
#[derive(Debug, Error)]
pub enum ReadError {
    /// No such type, or no such version of it.
    #[error("{name}/{version} is not an event of this vocabulary")]
    Unknown {
        /// The entry's `type`.
        name: String,
        /// The version asked for.
        version: u32,
    },
    /// The payload has another shape.
    #[error("the detail of {kind} has another shape")]
    Shape {
        /// Whose payload.
        kind: Kind,
        /// Where it differs.
        #[source]
        source: serde_json::Error,
    },
    /// A sealed value that the event always has is missing.
    #[error("{kind} lacks its sealed value {field}")]
    NotSealed {
        /// Of which event.
        kind: Kind,
        /// Which value.
        field: &'static str,
    },
    /// A sealed value opens to a text that is not of its form. The text is not shown.
    #[error("the sealed value {field} of {kind} is not of its form")]
    Personal {
        /// Of which event.
        kind: Kind,
        /// Which value.
        field: &'static str,
    },
    /// The subject is of another form than the event's.
    #[error("{subject} is no subject of {kind}")]
    Subject {
        /// Of which event.
        kind: Kind,
        /// The subject found.
        subject: String,
    },
    /// The outcome does not fit the event.
    #[error("{kind} cannot have the outcome {outcome}")]
    Outcome {
        /// Of which event.
        kind: Kind,
        /// The outcome found, a failure by its reason.
        outcome: String,
    },
}
