//! Entries: what is stored, hashed, signed and exported (spec §2).

mod data;
mod error;
mod ledger_events;

use serde_json::Value;

pub use self::data::{Actor, ActorType, Context, DataError, Outcome};
pub(crate) use self::data::{check_actor, check_context, check_outcome};
pub use self::error::EntryError;
pub use self::ledger_events::{
    DetailError, FORMAT, Heartbeat, KeyRevoked, KeyRotated, LedgerEvent, Opened, Recovered, SealedKeyDestroyed,
    StreamAttested,
};
use crate::hash::EntryHash;
use crate::id::EntryId;
use crate::json::{self, NUMBER_MAX, Node, Object};
use crate::key::KeyId;
use crate::name::{EventType, Origin, Reference};
use crate::sealed::SealedValue;
use crate::time::Timestamp;

/// Bytes of an entry at most: what a 16-bit length in an entry tile can say (spec §5).
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// The greatest index; the tree's size stays within 2^53 − 1.
pub const SEQUENCE_MAX: u64 = NUMBER_MAX.unsigned_abs() - 1;

/// The greatest version of a stream.
pub const STREAM_VERSION_MAX: u32 = i32::MAX.unsigned_abs();

const ATTRIBUTES: [&str; 12] = [
    "data",
    "datacontenttype",
    "dataschema",
    "id",
    "keyid",
    "prevhash",
    "sequence",
    "source",
    "specversion",
    "subject",
    "time",
    "type",
];
const STREAM_ATTRIBUTES: [&str; 2] = ["stream", "streamversion"];

/// An entry that has been read: each attribute of spec §2 is there, in its form, and no other.
///
/// What depends on other entries is not checked here: chain, order of ids and times, stream versions, key in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The log that it is an entry of.
    pub origin: Origin,
    /// Its index in the log.
    pub sequence: u64,
    /// Its id.
    pub id: EntryId,
    /// When it was recorded.
    pub time: Timestamp,
    /// Hash of the entry before it.
    pub prevhash: EntryHash,
    /// Id of the entries key that signs it.
    pub keyid: KeyId,
    /// What happened.
    pub event_type: EventType,
    /// Version of the schema of `detail`, from 1.
    pub version: u32,
    /// What it happened to.
    pub subject: Reference,
    /// Its place in a stream, if it is in one.
    pub stream: Option<StreamPlace>,
    /// Who acted.
    pub actor: Actor,
    /// Whether it came about.
    pub outcome: Outcome,
    /// Where it came from.
    pub context: Context,
    /// The event's own payload, an object.
    pub detail: Value,
    /// Personal values, sealed.
    pub sealed: Vec<SealedValue>,
    /// The payload as the format itself understands it, for the types that the format gives a meaning to.
    pub ledger_event: Option<Box<LedgerEvent>>,
}

/// A place in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamPlace {
    /// The stream.
    pub stream: Reference,
    /// Which entry of the stream it is, from 1.
    pub version: u32,
}

impl Entry {
    /// Reads the bytes of an entry.
    pub fn parse(bytes: &[u8]) -> Result<Entry, EntryError> {
        if ENTRY_BYTES_MAX < bytes.len() {
            return Err(EntryError::TooLarge { bytes: bytes.len() });
        }
        let mut value = json::read_canonical(bytes)?;
        let detail = take_detail(&mut value);
        let attributes = Object::closed("an entry", &value, &ATTRIBUTES, &STREAM_ATTRIBUTES)?;
        let constant = |attribute, expected| match attributes.text(attribute)? {
            found if found == expected => Ok(()),
            found => Err(EntryError::Constant { attribute, found: found.to_owned() }),
        };
        constant("specversion", "1.0")?;
        constant("datacontenttype", "application/json")?;
        let origin = parse_source(attributes.text("source")?)?;
        let event_type = EventType::parse(attributes.text("type")?)?;
        let data = data::read(attributes.value("data")?)?;
        Object::open("detail", &detail).map_err(DataError::Shape)?;
        let entry = Entry {
            sequence: parse_sequence(attributes.text("sequence")?)?,
            id: EntryId::parse(attributes.text("id")?)?,
            time: Timestamp::parse(attributes.text("time")?)?,
            prevhash: EntryHash::parse(attributes.text("prevhash")?).map_err(EntryError::Prevhash)?,
            keyid: KeyId::parse(attributes.text("keyid")?)?,
            version: parse_dataschema(attributes.text("dataschema")?, &origin, &event_type)?,
            subject: parse_reference("subject", attributes.text("subject")?)?,
            stream: parse_stream(&attributes)?,
            ledger_event: LedgerEvent::read(&origin, &event_type, &data.outcome, &detail)?.map(Box::new),
            actor: data.actor,
            outcome: data.outcome,
            context: data.context,
            detail,
            sealed: data.sealed,
            origin,
            event_type,
        };
        entry.check_first()?;
        Ok(entry)
    }

    /// Index 0, and only index 0, opens the log, and nothing is before it.
    fn check_first(&self) -> Result<(), EntryError> {
        let opens = self.event_type.as_str() == "ledger.opened";
        match (self.sequence, opens) {
            (0, false) => Err(EntryError::NotOpened),
            (0, true) if self.prevhash != EntryHash::ZERO => Err(EntryError::FirstPrevhash),
            (1.., true) => Err(EntryError::OpenedAgain { sequence: self.sequence }),
            _ => Ok(()),
        }
    }
}

/// Where the schema of a type's `detail` is.
pub(crate) fn dataschema(origin: &Origin, event_type: &EventType, version: u32) -> String {
    format!("https://{}/schemas/{event_type}/{version}", origin.authority())
}

/// The payload, which is kept; where there is none, the shape of `data` says so.
fn take_detail(entry: &mut Node<'_>) -> Value {
    let detail = entry.member_mut("data").and_then(|data| data.member_mut("detail"));
    detail.map(|detail| std::mem::replace(detail, Node::Null).into()).unwrap_or_default()
}

fn parse_source(text: &str) -> Result<Origin, EntryError> {
    let origin = text.strip_prefix("//").ok_or_else(|| EntryError::Source(text.to_owned()))?;
    Ok(Origin::parse(origin)?)
}

fn parse_sequence(text: &str) -> Result<u64, EntryError> {
    let is_form = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    let sequence = is_form.then(|| text.parse().ok()).flatten();
    sequence.filter(|sequence| *sequence <= SEQUENCE_MAX).ok_or_else(|| EntryError::Sequence(text.to_owned()))
}

fn parse_dataschema(text: &str, origin: &Origin, event_type: &EventType) -> Result<u32, EntryError> {
    let version = text
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_prefix(origin.authority()))
        .and_then(|rest| rest.strip_prefix("/schemas/"))
        .and_then(|rest| rest.strip_prefix(event_type.as_str()))
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|version| !version.starts_with('0') && version.bytes().all(|byte| byte.is_ascii_digit()));
    version.and_then(|version| version.parse().ok()).ok_or_else(|| EntryError::Dataschema(text.to_owned()))
}

fn parse_reference(attribute: &'static str, text: &str) -> Result<Reference, EntryError> {
    Reference::parse(text).map_err(|source| EntryError::Reference { attribute, source })
}

fn parse_stream(attributes: &Object<'_, Node<'_>>) -> Result<Option<StreamPlace>, EntryError> {
    match (attributes.has("stream"), attributes.has("streamversion")) {
        (false, false) => return Ok(None),
        (true, true) => {}
        _ => return Err(EntryError::HalfStream),
    }
    let version = attributes.number("streamversion")?;
    let in_range = u32::try_from(version).ok().filter(|version| (1..=STREAM_VERSION_MAX).contains(version));
    Ok(Some(StreamPlace {
        stream: parse_reference("stream", attributes.text("stream")?)?,
        version: in_range.ok_or(EntryError::StreamVersion(version))?,
    }))
}
