//! Entries before their place is known: all work that needs no place is done where the event comes from, so that the
//! one task that gives places only puts texts together (spec §2).

use std::collections::HashSet;
use std::fmt::{self, Write};

use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::entry::{
    Actor, Context, DataError, DetailError, ENTRY_BYTES_MAX, LedgerEvent, Outcome, SEQUENCE_MAX, STREAM_VERSION_MAX,
    check_actor, check_context, check_outcome, dataschema,
};
use crate::hash::EntryHash;
use crate::id::EntryId;
use crate::json::{ShapeError, ValueError, write_text, write_value};
use crate::key::KeyId;
use crate::name::{EventType, Origin, Reference, is_uuid, is_word};
use crate::sealed::{DataKey, Of, SealedError, SealedPlace, SealedValue, sealed_length};
use crate::time::Timestamp;

/// Why writing to a string never fails.
const TAKES_ALL: &str = "a string takes all";

/// What happened, before it is recorded.
#[derive(Clone, Debug)]
pub struct DraftParts {
    /// What happened.
    pub event_type: EventType,
    /// Version of the schema of `detail`, from 1.
    pub version: u32,
    /// What it happened to.
    pub subject: Reference,
    /// The stream that the entry goes to, if any.
    pub stream: Option<Reference>,
    /// Who acted.
    pub actor: Actor,
    /// Whether it came about.
    pub outcome: Outcome,
    /// Where it came from.
    pub context: Context,
    /// The event's own payload, an object.
    pub detail: Value,
    /// What is to be sealed.
    pub personal: Vec<Personal>,
}

/// A personal value and what it is to be sealed with (spec §8).
#[derive(Clone)]
pub struct Personal {
    /// What it is: `email`, `name`, `ip`, `user_agent` …; `[a-z][a-z0-9_]*`.
    pub field: String,
    /// Whose it is.
    pub of: Of,
    /// Id of that person's data key, a UUID; with `field` unique in an entry.
    pub kid: String,
    /// That key.
    pub key: DataKey,
    /// 24 random bytes, for this value only.
    pub nonce: [u8; 24],
    /// The value itself.
    pub plaintext: String,
}

/// An event that can be recorded at any place of its log.
pub struct Draft {
    origin: Origin,
    event_type: EventType,
    stream: Option<Reference>,
    /// From the first byte to the end of `outcome` and `reason`.
    data: String,
    /// `dataschema` with its name.
    dataschema: String,
    subject: Reference,
    personal: Vec<Wiped>,
    /// Counted once: whoever bounds what is queued asks for it again and again.
    bytes_max: usize,
}

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its index in the log.
    pub index: u64,
    /// When it is recorded.
    pub time: Timestamp,
    /// Its id.
    pub id: EntryId,
    /// Hash of the entry before it.
    pub prevhash: EntryHash,
    /// Id of the entries key in force.
    pub keyid: KeyId,
    /// Its version in the draft's stream, exactly when that has one.
    pub stream_version: Option<u32>,
}

/// Why something cannot be recorded, or not there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DraftError {
    /// The actor, outcome or context is not as it must be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The outcome or `detail` does not fit the type.
    #[error(transparent)]
    Detail(#[from] DetailError),
    /// `detail` is not an object.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Something is not JSON of this format.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Version 0 of a schema.
    #[error("versions of a schema begin at 1")]
    Version,
    /// A personal value's field or key id is not as it must be.
    #[error("the personal value {field:?}: {source}")]
    Personal {
        /// Which value.
        field: String,
        /// What is wrong with it.
        source: SealedError,
    },
    /// The entry may become larger than an entry may be.
    #[error("the entry would have {bytes} bytes; at most {ENTRY_BYTES_MAX} fit")]
    TooLarge {
        /// How many bytes it would have at most.
        bytes: usize,
    },
    /// The place is in another log than the draft is made for.
    #[error("a draft for the log {of} has no place in the log {at}")]
    OtherLog {
        /// Which log the draft is made for.
        of: Origin,
        /// Which log the place is in.
        at: Origin,
    },
    /// The index is beyond what a log can have.
    #[error("an index is at most {SEQUENCE_MAX}, not {0}")]
    Index(u64),
    /// Index 0 is of `ledger.opened` after no entry, and no other index is.
    #[error("an entry of type {event_type} cannot stand at index {index} after the hash {prevhash}")]
    First {
        /// The draft's type.
        event_type: EventType,
        /// The place's index.
        index: u64,
        /// The place's hash before it.
        prevhash: EntryHash,
    },
    /// A version without a stream, a stream without a version, or a version out of its range.
    #[error("the stream version {0:?} does not fit the draft")]
    StreamVersion(Option<u32>),
}

impl Draft {
    /// Checks all that can be checked without a place, the size included, and prepares the entry.
    ///
    /// The size is that with the longest stream version, so that [`Draft::place`] never finds an entry too large.
    pub fn new(origin: &Origin, parts: DraftParts) -> Result<Draft, DraftError> {
        check_actor(&parts.actor)?;
        check_outcome(&parts.outcome)?;
        check_context(&parts.context)?;
        check_personal(&parts.personal)?;
        if parts.version == 0 {
            return Err(DraftError::Version);
        }
        LedgerEvent::read(origin, &parts.event_type, &parts.outcome, &parts.detail)?;
        let schema = dataschema(origin, &parts.event_type, parts.version);
        let mut draft = Draft {
            origin: origin.clone(),
            data: write_data(&parts)?,
            dataschema: format!(r#""datacontenttype":"application/json","dataschema":"{schema}""#),
            event_type: parts.event_type,
            stream: parts.stream,
            subject: parts.subject,
            personal: parts.personal.into_iter().map(Wiped::from).collect(),
            bytes_max: 0,
        };
        draft.bytes_max = draft.count_bytes_max();
        match draft.bytes_max {
            bytes if ENTRY_BYTES_MAX < bytes => Err(DraftError::TooLarge { bytes }),
            _ => Ok(draft),
        }
    }

    /// The bytes of the entry at that place, personal values sealed.
    ///
    /// # Errors
    /// When the place does not fit the draft: a mistake of who gives places, not of who drafts.
    pub fn place(&self, origin: &Origin, place: &Place) -> Result<Vec<u8>, DraftError> {
        self.check(origin, place)?;
        let sealed = self.personal.iter().map(|personal| personal.seal(origin, place.id)).collect::<Vec<_>>();
        let entry = self.write(place, |out| write_sealed(out, &sealed));
        debug_assert!(entry.len() <= ENTRY_BYTES_MAX, "Draft::new checked the size");
        Ok(entry.into_bytes())
    }

    /// The log that the draft is made for.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What happened.
    pub fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// What it happened to.
    pub fn subject(&self) -> &Reference {
        &self.subject
    }

    /// The stream that the entry goes to, if any.
    pub fn stream(&self) -> Option<&Reference> {
        self.stream.as_ref()
    }

    /// Bytes of the entry at most: at a place with the longest stream version.
    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    fn count_bytes_max(&self) -> usize {
        let place = Place {
            index: 0,
            time: Timestamp::EPOCH,
            id: EntryId::next(None, Timestamp::EPOCH, [0; 10]),
            prevhash: EntryHash::ZERO,
            keyid: KeyId::from_bytes([0; 4]),
            stream_version: self.stream.as_ref().map(|_| STREAM_VERSION_MAX),
        };
        let sealed: usize = self.personal.iter().map(Wiped::sealed_length).sum();
        let around = if self.personal.is_empty() { 0 } else { r#","sealed":[]"#.len() + self.personal.len() - 1 };
        self.write(&place, |_| ()).len() + sealed + around
    }

    fn check(&self, origin: &Origin, place: &Place) -> Result<(), DraftError> {
        if *origin != self.origin {
            return Err(DraftError::OtherLog { of: self.origin.clone(), at: origin.clone() });
        }
        if SEQUENCE_MAX < place.index {
            return Err(DraftError::Index(place.index));
        }
        let (is_first, opens) = (place.index == 0, self.event_type.as_str() == "ledger.opened");
        if is_first != opens || is_first && place.prevhash != EntryHash::ZERO {
            let (event_type, index, prevhash) = (self.event_type.clone(), place.index, place.prevhash);
            return Err(DraftError::First { event_type, index, prevhash });
        }
        match (&self.stream, place.stream_version) {
            (None, None) | (Some(_), Some(1..=STREAM_VERSION_MAX)) => Ok(()),
            (_, version) => Err(DraftError::StreamVersion(version)),
        }
    }

    /// The attributes in canonical order. None of the texts written here needs an escape, by its form.
    fn write(&self, place: &Place, write_sealed: impl FnOnce(&mut String)) -> String {
        let Place { index, time, id, prevhash, keyid, stream_version } = place;
        let Draft { origin, event_type, data, dataschema, subject, .. } = self;
        let mut out = String::with_capacity(data.len() + 600);
        out.push_str(data);
        write_sealed(&mut out);
        write!(out, r#"}},{dataschema},"id":"{id}","keyid":"{keyid}","prevhash":"{prevhash}","sequence":"{index:020}","source":"//{origin}","specversion":"1.0""#).expect(TAKES_ALL);
        if let (Some(stream), Some(version)) = (&self.stream, stream_version) {
            write!(out, r#","stream":"{stream}","streamversion":{version}"#).expect(TAKES_ALL);
        }
        write!(out, r#","subject":"{subject}","time":"{time}","type":"{event_type}"}}"#).expect(TAKES_ALL);
        out
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Draft { origin, event_type, stream, subject, .. } = self;
        write!(f, "Draft({event_type} on {subject} in {stream:?} of {origin}, ..)")
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Personal({} of {}, ..)", self.field, self.of.as_str())
    }
}

/// A [`Personal`] whose plaintext is wiped when it is dropped.
struct Wiped {
    field: String,
    of: Of,
    kid: String,
    key: DataKey,
    nonce: [u8; 24],
    plaintext: Zeroizing<String>,
}

impl From<Personal> for Wiped {
    fn from(personal: Personal) -> Wiped {
        let Personal { field, of, kid, key, nonce, plaintext } = personal;
        Wiped { field, of, kid, key, nonce, plaintext: Zeroizing::new(plaintext) }
    }
}

impl Wiped {
    fn seal(&self, origin: &Origin, entry: EntryId) -> SealedValue {
        let place = SealedPlace { origin, entry, field: &self.field, kid: &self.kid, of: self.of };
        SealedValue::seal(&place, &self.key, self.nonce, &self.plaintext)
    }

    fn sealed_length(&self) -> usize {
        sealed_length(&self.field, self.of, self.plaintext.len())
    }
}

fn check_personal(personal: &[Personal]) -> Result<(), DraftError> {
    // A set, because there may be very many before their size is known to be too much.
    let mut seen = HashSet::new();
    for value in personal {
        let field = value.field.clone();
        if !is_word(&field) {
            return Err(DraftError::Personal { field, source: SealedError::Field });
        }
        if !is_uuid(&value.kid) {
            return Err(DraftError::Personal { field, source: SealedError::Kid });
        }
        if !seen.insert((value.field.as_str(), value.kid.as_str())) {
            return Err(DataError::SealedTwice { field, kid: value.kid.clone() }.into());
        }
    }
    Ok(())
}

/// From the first byte of the entry to the end of `outcome` and `reason`; `sealed` may follow.
fn write_data(parts: &DraftParts) -> Result<String, DraftError> {
    crate::json::Object::open("detail", &parts.detail)?;
    let mut out = String::from(r#"{"data":{"actor":{"id":"#);
    write_text(&mut out, &parts.actor.id)?;
    if let Some(role) = &parts.actor.role {
        out.push_str(r#","role":"#);
        write_text(&mut out, role)?;
    }
    write!(out, r#","type":"{}"}},"context":{{"#, parts.actor.kind.as_str()).expect(TAKES_ALL);
    let known = parts.context.members().into_iter().filter_map(|(name, text)| Some((name, text?)));
    for (place, (name, text)) in known.enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(out, r#"{comma}"{name}":"#).expect(TAKES_ALL);
        write_text(&mut out, text)?;
    }
    out.push_str(r#"},"detail":"#);
    // The entry is level 1, its data level 2.
    write_value(&mut out, &parts.detail, 3)?;
    write!(out, r#","outcome":"{}""#, parts.outcome.as_str()).expect(TAKES_ALL);
    if let Some(reason) = parts.outcome.reason() {
        write!(out, r#","reason":"{reason}""#).expect(TAKES_ALL);
    }
    Ok(out)
}

fn write_sealed(out: &mut String, sealed: &[SealedValue]) {
    for (place, value) in sealed.iter().enumerate() {
        out.push_str(if place == 0 { r#","sealed":["# } else { "," });
        value.write(out);
    }
    if !sealed.is_empty() {
        out.push(']');
    }
}
