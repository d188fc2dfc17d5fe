//! The names that stand in entries, keys and exports (spec §1, §2). Each can only be had by parsing it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Types that begin with `ledger.`: these and no others (spec §2).
const LEDGER_TYPES: [&str; 8] = [
    "ledger.opened",
    "ledger.heartbeat",
    "ledger.key.rotated",
    "ledger.key.revoked",
    "ledger.recovered",
    "ledger.exported",
    "ledger.verified",
    "ledger.archived",
];

/// The name of a log for ever: `<authority>/<slug>`, at most 200 characters (spec §1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// Why a text is not an [`Origin`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OriginError {
    /// Longer than an origin may be.
    #[error("an origin has at most {max} characters, not {0}", max = Origin::CHARACTERS_MAX)]
    TooLong(usize),
    /// No `/` after the authority.
    #[error("an origin is an authority, a slash and a name")]
    NoPath,
    /// The part before the first `/` is no authority.
    #[error("an origin's authority is lower-case letters, digits, dots and hyphens, and perhaps a port")]
    Authority,
    /// A part after the first `/` has a character that it may not have, or begins with one that it may not begin with.
    #[error("a part of an origin is lower-case letters, digits, dots, underscores and hyphens")]
    Part,
    /// The last part would make the names of two keys the same.
    #[error("an origin does not end in /entries or /receipts")]
    Reserved,
}

impl Origin {
    /// Length at most, in characters, which here are bytes.
    pub const CHARACTERS_MAX: usize = 200;

    /// Reads `[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*)+`.
    pub fn parse(text: &str) -> Result<Origin, OriginError> {
        if Self::CHARACTERS_MAX < text.len() {
            return Err(OriginError::TooLong(text.chars().count()));
        }
        let (authority, path) = text.split_once('/').ok_or(OriginError::NoPath)?;
        if !is_authority(authority) {
            return Err(OriginError::Authority);
        }
        if !path.split('/').all(|part| is_lower_name(part, b"._-")) {
            return Err(OriginError::Part);
        }
        let origin = Origin(text.to_owned());
        match origin.slug() {
            "entries" | "receipts" => Err(OriginError::Reserved),
            _ => Ok(origin),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first `/`: the host, with its port if it has one.
    pub fn authority(&self) -> &str {
        self.0.split_once('/').map_or("", |(authority, _)| authority)
    }

    /// The last part: the organisation's short name.
    pub fn slug(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(_, slug)| slug)
    }
}

/// What happened: two or more lower-case words joined by dots; of those that begin with `ledger.` only the known ones
/// (spec §2, `type`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(String);

/// Why a text is not an [`EventType`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EventTypeError {
    /// Not `<resource>.<verb>`.
    #[error("a type is two or more words of a-z, 0-9 and _ joined by dots")]
    Form,
    /// Begins with `ledger.`, but is none of the types that do.
    #[error("there is no type {0} of the ledger's own")]
    UnknownOfLedger(String),
}

impl EventType {
    /// Reads two or more `[a-z][a-z0-9_]*` joined by `.`.
    pub fn parse(text: &str) -> Result<EventType, EventTypeError> {
        if !text.contains('.') || !text.split('.').all(is_word) {
            return Err(EventTypeError::Form);
        }
        if text.starts_with("ledger.") && !LEDGER_TYPES.contains(&text) {
            return Err(EventTypeError::UnknownOfLedger(text.to_owned()));
        }
        Ok(EventType(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether entries of this type change or withdraw a key: `ledger.key.*` (spec §7).
    pub fn is_key_change(&self) -> bool {
        self.0.starts_with("ledger.key.")
    }

    /// Whether entries of this type never have the outcome `failure` (spec §2).
    pub fn is_always_success(&self) -> bool {
        matches!(
            self.as_str(),
            "ledger.opened"
                | "ledger.heartbeat"
                | "ledger.key.rotated"
                | "ledger.key.revoked"
                | "ledger.recovered"
                | "stream.attested"
        )
    }
}

/// What something happened to, and the name of a stream: `<kind>/<id>` (spec §2, `subject`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(String);

/// Why a text is not a [`Reference`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// No `/`, or no lower-case word before it.
    #[error("a reference begins with a word of a-z, 0-9 and _, and a slash")]
    Kind,
    /// Nothing after the first `/`, or more than fits.
    #[error("what follows a reference's kind has 1 to {max} characters, not {0}", max = Reference::ID_CHARACTERS_MAX)]
    IdLength(usize),
    /// A character that may not stand after the first `/`.
    #[error("what follows a reference's kind is letters, digits and . _ : / -")]
    IdCharacter,
}

impl Reference {
    /// Length at most of what follows the first `/`, in characters.
    pub const ID_CHARACTERS_MAX: usize = 200;

    /// Reads `[a-z][a-z0-9_]*/[A-Za-z0-9._:/-]{1,200}`.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        let (kind, id) = text.split_once('/').ok_or(ReferenceError::Kind)?;
        if !is_word(kind) {
            return Err(ReferenceError::Kind);
        }
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte)) {
            return Err(ReferenceError::IdCharacter);
        }
        if !(1..=Self::ID_CHARACTERS_MAX).contains(&id.len()) {
            return Err(ReferenceError::IdLength(id.len()));
        }
        Ok(Reference(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first `/`.
    pub fn kind(&self) -> &str {
        self.0.split_once('/').map_or("", |(kind, _)| kind)
    }

    /// What follows the first `/`.
    pub fn id(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, id)| id)
    }
}

macro_rules! text_traits {
    ($($name:ident $error:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<$name, $error> {
                $name::parse(text)
            }
        }
    )*};
}

text_traits!(Origin OriginError, EventType EventTypeError, Reference ReferenceError);

/// Whether a text is `[a-z][a-z0-9_]*`: a reason, a sealed field, a part of a type.
pub(crate) fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether a text is a UUID of any version in lower case with hyphens.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

fn is_authority(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_port = |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    is_lower_name(host, b".-") && port.is_none_or(is_port)
}

/// Whether a text begins with a lower-case letter or digit and goes on with those or `others`.
fn is_lower_name(text: &str, others: &[u8]) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.bytes().next().is_some_and(is_plain) && text.bytes().all(|byte| is_plain(byte) || others.contains(&byte))
}
