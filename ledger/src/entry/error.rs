//! Everything an entry can be rejected for.

use thiserror::Error;

use super::{DataError, DetailError, ENTRY_BYTES_MAX, SEQUENCE_MAX, STREAM_VERSION_MAX};
use crate::hash::EntryHashError;
use crate::id::EntryIdError;
use crate::json::{JsonError, ShapeError};
use crate::key::KeyIdError;
use crate::name::{EventTypeError, OriginError, ReferenceError};
use crate::time::TimestampError;

/// Why bytes are not an entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryError {
    /// More bytes than an entry may have.
    #[error("an entry has at most {ENTRY_BYTES_MAX} bytes, not {bytes}")]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
    /// Not JSON of this format in canonical form.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// An attribute is missing, unknown or of another kind.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// `specversion` or `datacontenttype` is not what it always is.
    #[error("the attribute {attribute} is {found:?}")]
    Constant {
        /// Which attribute.
        attribute: &'static str,
        /// What stands there.
        found: String,
    },
    /// `source` does not begin with `//`.
    #[error("the source {0:?} is not // and an origin")]
    Source(String),
    /// What follows `//` in `source` is no origin.
    #[error("the source: {0}")]
    Origin(#[from] OriginError),
    /// `type` is no type.
    #[error(transparent)]
    Type(#[from] EventTypeError),
    /// `dataschema` is not the one of authority, type and a version.
    #[error("the dataschema {0:?} does not fit the source and type")]
    Dataschema(String),
    /// `subject` or `stream` is no reference.
    #[error("the {attribute}: {source}")]
    Reference {
        /// Which attribute.
        attribute: &'static str,
        /// What is wrong with it.
        source: ReferenceError,
    },
    /// `time` is no time.
    #[error(transparent)]
    Time(#[from] TimestampError),
    /// `id` is no id.
    #[error(transparent)]
    Id(#[from] EntryIdError),
    /// `sequence` is not 20 digits, or too great.
    #[error("the sequence {0:?} is not 20 digits of a number up to {SEQUENCE_MAX}")]
    Sequence(String),
    /// `prevhash` is no hash.
    #[error("the prevhash: {0}")]
    Prevhash(#[source] EntryHashError),
    /// `keyid` is no key id.
    #[error(transparent)]
    KeyId(#[from] KeyIdError),
    /// One of `stream` and `streamversion` without the other.
    #[error("stream and streamversion come together")]
    HalfStream,
    /// `streamversion` is out of its range.
    #[error("a streamversion is 1 to {STREAM_VERSION_MAX}, not {0}")]
    StreamVersion(u64),
    /// `data` is not as it must be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The outcome or `detail` does not fit the type.
    #[error(transparent)]
    Detail(#[from] DetailError),
    /// Entry 0 does not open the log.
    #[error("entry 0 is not of type ledger.opened")]
    NotOpened,
    /// Another entry than entry 0 opens the log.
    #[error("entry {sequence} is of type ledger.opened")]
    OpenedAgain {
        /// Its index.
        sequence: u64,
    },
    /// Entry 0 names an entry before it.
    #[error("the prevhash of entry 0 is not zero")]
    FirstPrevhash,
}
