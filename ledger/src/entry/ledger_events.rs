//! The payloads that the format itself gives a meaning to: opening, heartbeats, keys, attestations, erasures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use thiserror::Error;

use super::{Outcome, STREAM_VERSION_MAX};
use crate::checkpoint::Checkpoint;
use crate::json::{Object, ShapeError};
use crate::key::{KeyId, KeyIdError, Role, RoleError, Signature, Vkey, VkeyError};
use crate::name::{EventType, Origin, Reference, ReferenceError, is_uuid};
use crate::time::{Timestamp, TimestampError};
use crate::tree::Hash;

/// The format that [`Opened`] names: this one.
pub const FORMAT: &str = "countersign/1";

/// The `detail` of an entry whose type the format gives a meaning to, in its outcome `success`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "few entries have one, and an entry holds it in a box")]
pub enum LedgerEvent {
    /// `ledger.opened`
    Opened(Opened),
    /// `ledger.heartbeat`
    Heartbeat(Heartbeat),
    /// `ledger.key.rotated`
    KeyRotated(KeyRotated),
    /// `ledger.key.revoked`
    KeyRevoked(KeyRevoked),
    /// `ledger.recovered`, when its payload is in the form that we write: the format does not fix it.
    Recovered(Option<Recovered>),
    /// `stream.attested`
    StreamAttested(StreamAttested),
    /// `sealed.key.destroyed`
    SealedKeyDestroyed(SealedKeyDestroyed),
}

/// The log begins, with these keys (spec §2). Their names are those of their roles, and no two are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Signs entries.
    pub entries_vkey: Vkey,
    /// Signs checkpoints.
    pub checkpoints_vkey: Vkey,
    /// Signs receipts.
    pub receipts_vkey: Vkey,
}

/// The log is alive (spec §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The newest checkpoint with all its cosignatures, not yet read; none before the first.
    pub checkpoint: Option<String>,
    /// How many `ledger.key.*` entries are before it.
    pub keys: u64,
}

/// From the next entry on another key is in force in a role (spec §7). The two signatures are not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRotated {
    /// Signature by the new key.
    pub endorsement: Signature,
    /// Signature by the old key.
    pub handover: Signature,
    /// The new key; its name is that of its role.
    pub new_vkey: Vkey,
    /// Id of the key that was in force.
    pub old_keyid: KeyId,
    /// In which role.
    pub role: Role,
}

/// A key is not to be trusted any more (spec §7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRevoked {
    /// From when on it may have been in other hands.
    pub compromised_since: Timestamp,
    /// Which key.
    pub keyid: KeyId,
    /// Why, in any words.
    pub reason: String,
    /// Which role it has or had.
    pub role: Role,
}

/// The operator went on from an older state of the log than the one signed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// How many entries it went on from.
    pub adopted_size: u64,
    /// Their root.
    pub adopted_root: Hash,
    /// What had been signed last; none where that was not known any more. The note is read, not checked.
    pub signed: Option<Checkpoint>,
}

/// So far a stream has come (spec §10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamAttested {
    /// Which stream.
    pub stream: Reference,
    /// Its highest version before this entry; 0 for a stream without entries.
    pub version: u32,
}

/// A person's data key is gone, and with it what it sealed (spec §8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKeyDestroyed {
    /// Id of the key.
    pub kid: String,
}

/// Why an entry does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DetailError {
    /// A failure of a type that has none.
    #[error("an entry of type {0} has the outcome success")]
    Failure(EventType),
    /// A member is missing, unknown or of another kind.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A log of another format.
    #[error("the log's format is {0:?}, not {FORMAT}")]
    Format(String),
    /// A log that opens as another.
    #[error("the log opens as {0:?}, which is not its source")]
    Origin(String),
    /// A key that is none.
    #[error("{member}: {source}")]
    Vkey {
        /// Which member.
        member: &'static str,
        /// What is wrong with it.
        source: VkeyError,
    },
    /// A key with another name than its role's.
    #[error("{member} is called {found:?}, which is not the name of its role")]
    VkeyName {
        /// Which member.
        member: &'static str,
        /// Its name.
        found: String,
    },
    /// A public key or key id that occurs twice.
    #[error("no public key and no key id occurs twice in a log")]
    KeyTwice,
    /// A signature that is not base64 of 64 bytes.
    #[error("{0} is not base64 of 64 bytes")]
    Signature(&'static str),
    /// A key id that is none.
    #[error(transparent)]
    KeyId(#[from] KeyIdError),
    /// A role that is none.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// A time that is none.
    #[error(transparent)]
    Time(#[from] TimestampError),
    /// A stream that is none.
    #[error(transparent)]
    Stream(#[from] ReferenceError),
    /// A version that no stream can have.
    #[error("a stream's version is at most {STREAM_VERSION_MAX}, not {0}")]
    Version(u64),
    /// A data key's id that is not a UUID.
    #[error("a data key's id is a UUID in lower case with hyphens")]
    Kid,
}

impl LedgerEvent {
    /// Reads the `detail` of an entry of that type, if the format gives it a meaning.
    pub(crate) fn read(
        origin: &Origin,
        event_type: &EventType,
        outcome: &Outcome,
        detail: &Value,
    ) -> Result<Option<LedgerEvent>, DetailError> {
        if *outcome != Outcome::Success {
            return if event_type.is_always_success() {
                Err(DetailError::Failure(event_type.clone()))
            } else {
                Ok(None)
            };
        }
        Ok(Some(match event_type.as_str() {
            "ledger.opened" => LedgerEvent::Opened(Opened::read(origin, detail)?),
            "ledger.heartbeat" => LedgerEvent::Heartbeat(Heartbeat::read(detail)?),
            "ledger.key.rotated" => LedgerEvent::KeyRotated(KeyRotated::read(origin, detail)?),
            "ledger.key.revoked" => LedgerEvent::KeyRevoked(KeyRevoked::read(detail)?),
            "ledger.recovered" => LedgerEvent::Recovered(Recovered::read(detail)),
            "stream.attested" => LedgerEvent::StreamAttested(StreamAttested::read(detail)?),
            "sealed.key.destroyed" => LedgerEvent::SealedKeyDestroyed(SealedKeyDestroyed::read(detail)?),
            _ => return Ok(None),
        }))
    }
}

impl Opened {
    /// The `detail` that says this.
    #[must_use]
    pub fn detail(&self, origin: &Origin) -> Value {
        serde_json::json!({
            "checkpoints_vkey": self.checkpoints_vkey.to_string(),
            "entries_vkey": self.entries_vkey.to_string(),
            "format": FORMAT,
            "origin": origin.as_str(),
            "receipts_vkey": self.receipts_vkey.to_string(),
        })
    }

    /// The key of a role.
    pub fn vkey(&self, role: Role) -> &Vkey {
        match role {
            Role::Entries => &self.entries_vkey,
            Role::Checkpoints => &self.checkpoints_vkey,
            Role::Receipts => &self.receipts_vkey,
        }
    }

    fn read(origin: &Origin, detail: &Value) -> Result<Opened, DetailError> {
        let members = ["checkpoints_vkey", "entries_vkey", "format", "origin", "receipts_vkey"];
        let detail = Object::closed("detail", detail, &members, &[])?;
        match (detail.text("format")?, detail.text("origin")?) {
            (FORMAT, found) if found == origin.as_str() => {}
            (FORMAT, found) => return Err(DetailError::Origin(found.to_owned())),
            (format, _) => return Err(DetailError::Format(format.to_owned())),
        }
        let opened = Opened {
            entries_vkey: read_vkey(&detail, "entries_vkey", origin, Role::Entries)?,
            checkpoints_vkey: read_vkey(&detail, "checkpoints_vkey", origin, Role::Checkpoints)?,
            receipts_vkey: read_vkey(&detail, "receipts_vkey", origin, Role::Receipts)?,
        };
        let keys = Role::ALL.map(|role| opened.vkey(role));
        let is_same = |a: &Vkey, b: &Vkey| a.key_id() == b.key_id() || a.public_key() == b.public_key();
        if is_same(keys[0], keys[1]) || is_same(keys[0], keys[2]) || is_same(keys[1], keys[2]) {
            return Err(DetailError::KeyTwice);
        }
        Ok(opened)
    }
}

impl Heartbeat {
    /// The `detail` that says this.
    #[must_use]
    pub fn detail(&self) -> Value {
        serde_json::json!({ "checkpoint": self.checkpoint.as_deref().unwrap_or(""), "keys": self.keys })
    }

    fn read(detail: &Value) -> Result<Heartbeat, DetailError> {
        let detail = Object::closed("detail", detail, &["checkpoint", "keys"], &[])?;
        let checkpoint = Some(detail.text("checkpoint")?.to_owned()).filter(|text| !text.is_empty());
        Ok(Heartbeat { checkpoint, keys: detail.number("keys")? })
    }
}

impl KeyRotated {
    /// The `detail` that says this.
    #[must_use]
    pub fn detail(&self) -> Value {
        serde_json::json!({
            "endorsement": BASE64.encode(self.endorsement),
            "handover": BASE64.encode(self.handover),
            "new_vkey": self.new_vkey.to_string(),
            "old_keyid": self.old_keyid.to_string(),
            "role": self.role.as_str(),
        })
    }

    fn read(origin: &Origin, detail: &Value) -> Result<KeyRotated, DetailError> {
        let members = ["endorsement", "handover", "new_vkey", "old_keyid", "role"];
        let detail = Object::closed("detail", detail, &members, &[])?;
        let role = Role::parse(detail.text("role")?)?;
        Ok(KeyRotated {
            endorsement: read_signature(&detail, "endorsement")?,
            handover: read_signature(&detail, "handover")?,
            new_vkey: read_vkey(&detail, "new_vkey", origin, role)?,
            old_keyid: KeyId::parse(detail.text("old_keyid")?)?,
            role,
        })
    }
}

impl KeyRevoked {
    /// The `detail` that says this.
    #[must_use]
    pub fn detail(&self) -> Value {
        serde_json::json!({
            "compromised_since": self.compromised_since.to_string(),
            "keyid": self.keyid.to_string(),
            "reason": self.reason,
            "role": self.role.as_str(),
        })
    }

    fn read(detail: &Value) -> Result<KeyRevoked, DetailError> {
        let detail = Object::closed("detail", detail, &["compromised_since", "keyid", "reason", "role"], &[])?;
        Ok(KeyRevoked {
            compromised_since: Timestamp::parse(detail.text("compromised_since")?)?,
            keyid: KeyId::parse(detail.text("keyid")?)?,
            reason: detail.text("reason")?.to_owned(),
            role: Role::parse(detail.text("role")?)?,
        })
    }
}

impl Recovered {
    /// What it says, as far as it is in our form. Another one is no fault of the entry: the format leaves it to the writer.
    fn read(detail: &Value) -> Option<Recovered> {
        let members = ["adopted_root", "adopted_size", "reason", "signed_checkpoint"];
        let detail = Object::closed("detail", detail, &members, &[]).ok()?;
        detail.text("reason").ok()?;
        let signed = match detail.text("signed_checkpoint").ok()? {
            "" => None,
            note => Some(Checkpoint::parse(note).ok()?.0),
        };
        Some(Recovered {
            adopted_size: detail.number("adopted_size").ok()?,
            adopted_root: detail.text("adopted_root").ok()?.parse().ok()?,
            signed,
        })
    }
}

impl StreamAttested {
    /// The `detail` that says this.
    #[must_use]
    pub fn detail(&self) -> Value {
        serde_json::json!({ "stream": self.stream.as_str(), "version": self.version })
    }

    fn read(detail: &Value) -> Result<StreamAttested, DetailError> {
        let detail = Object::closed("detail", detail, &["stream", "version"], &[])?;
        let version = detail.number("version")?;
        let in_range = u32::try_from(version).ok().filter(|version| *version <= STREAM_VERSION_MAX);
        Ok(StreamAttested {
            stream: Reference::parse(detail.text("stream")?)?,
            version: in_range.ok_or(DetailError::Version(version))?,
        })
    }
}

impl SealedKeyDestroyed {
    fn read(detail: &Value) -> Result<SealedKeyDestroyed, DetailError> {
        // Further members say why; they are the event's own.
        let kid = Object::open("detail", detail)?.text("kid")?;
        if is_uuid(kid) { Ok(SealedKeyDestroyed { kid: kid.to_owned() }) } else { Err(DetailError::Kid) }
    }
}

fn read_vkey(detail: &Object<'_>, member: &'static str, origin: &Origin, role: Role) -> Result<Vkey, DetailError> {
    let vkey = Vkey::parse(detail.text(member)?).map_err(|source| DetailError::Vkey { member, source })?;
    if vkey.name() == role.vkey_name(origin) {
        return Ok(vkey);
    }
    Err(DetailError::VkeyName { member, found: vkey.name().to_owned() })
}

fn read_signature(detail: &Object<'_>, member: &'static str) -> Result<Signature, DetailError> {
    let bytes = BASE64.decode(detail.text(member)?).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(DetailError::Signature(member))
}
