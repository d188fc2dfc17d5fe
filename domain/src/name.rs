//! Names and ids that stand in events: closed lists of words, opaque ids, hashes.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest reference of a vendor: what keeps a grant that is limited to many of them within one entry.
const VENDOR_CHARS_MAX: usize = 64;
/// How much of a session's id stands where entries are only to be tied together: 32 bits, of which few sessions of one
/// log share any.
const SESSION_PREFIX_DIGITS: usize = 8;

/// A word that is not in a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is no {what}; there are: {known}")]
pub struct UnknownWord {
    /// What was looked for, for example `capability`.
    pub what: &'static str,
    /// The word found.
    pub found: String,
    /// The words there are, separated by commas.
    pub known: String,
}

/// A closed list of words: an enum whose variants are in the order of their words, so that a sorted set of them is
/// sorted in JSON too.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident($what:literal) { $( $(#[$variant_meta:meta])* $variant:ident = $word:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name { $( $(#[$variant_meta])* $variant, )+ }

        impl $name {
            /// All of them, in the order of their words.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The frozen word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }

            /// Reads the word.
            ///
            /// # Errors
            /// [`UnknownWord`](crate::name::UnknownWord), which lists the words there are.
            pub fn parse(text: &str) -> Result<Self, crate::name::UnknownWord> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| crate::name::UnknownWord {
                    what: $what,
                    found: text.to_owned(),
                    known: Self::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = crate::name::UnknownWord;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for &'static str {
            fn from(word: $name) -> Self {
                word.as_str()
            }
        }
    };
}
pub(crate) use words;

/// A text that is not an id or hash of its form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is no {what}")]
pub struct FormError {
    /// What it should have been.
    pub what: &'static str,
    /// The text found.
    pub found: String,
}

/// A newtype over a text of a checked form.
macro_rules! text_of_form {
    ($(#[$meta:meta])* pub struct $name:ident($what:literal, $holds:path);) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads it.
            ///
            /// # Errors
            /// [`FormError`], when the text is not exactly of the form.
            pub fn parse(text: &str) -> Result<Self, FormError> {
                if $holds(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(FormError { what: $what, found: text.to_owned() })
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = FormError;

            fn try_from(text: String) -> Result<Self, FormError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

text_of_form! {
    /// A grant of access: a UUID, lower case with hyphens. Its streams are `access_grant/<id>` and `activity/<id>`.
    pub struct GrantId("id of a grant (a UUID in lower case)", is_uuid);
}

text_of_form! {
    /// A person: an opaque UUID, lower case with hyphens, that says nothing about whom it stands for.
    pub struct PersonId("id of a person (a UUID in lower case)", is_uuid);
}

text_of_form! {
    /// An organisation, by the id of its log: a UUID, lower case with hyphens. Its stream is `organisation/<id>`.
    pub struct OrganisationId("id of an organisation (a UUID in lower case)", is_uuid);
}

text_of_form! {
    /// A piece of evidence: a UUID, lower case with hyphens. Its stream is `evidence/<id>`.
    pub struct EvidenceId("id of evidence (a UUID in lower case)", is_uuid);
}

text_of_form! {
    /// An engagement: a UUID, lower case with hyphens. Its stream is `engagement/<id>`.
    pub struct EngagementId("id of an engagement (a UUID in lower case)", is_uuid);
}

text_of_form! {
    /// A supplier that a grant is limited to: the [`Reference`](crate::record::Reference) of its record, of which a grant
    /// takes 1 to 64 letters, digits and `. _ : -`.
    pub struct VendorId("id of a vendor (1 to 64 letters, digits and . _ : -)", is_vendor);
}

text_of_form! {
    /// A passkey: a UUID of ours, lower case with hyphens. It is not the authenticator's own credential id, which may
    /// tell which device a person holds.
    pub struct PasskeyId("id of a passkey (a UUID in lower case)", is_uuid);
}

text_of_form! {
    /// A session: 128 random bits in lower-case hex. It is not the session's token, so it may stand in the log.
    pub struct SessionId("id of a session (32 digits of lower-case hex)", is_session);
}

impl SessionId {
    /// What ties the entries of the session together where its whole id does not stand.
    pub fn prefix(&self) -> SessionPrefix {
        SessionPrefix(self.0[..SESSION_PREFIX_DIGITS].to_owned())
    }
}

text_of_form! {
    /// The first 8 digits of a [`SessionId`]: enough to tie entries together.
    pub struct SessionPrefix("prefix of a session's id (8 digits of lower-case hex)", is_session_prefix);
}

text_of_form! {
    /// What stands for an e-mail address where the address must not: the first 16 digits of lower-case hex of the
    /// HMAC-SHA-256 of the lower-cased address, keyed with the data key of the person whose it is. The same person gives
    /// the same value, and nobody can compute it any more once the key is destroyed.
    pub struct EmailHash("hash of an e-mail address (16 digits of lower-case hex)", is_email_hash);
}

text_of_form! {
    /// A SHA-256 in lower-case hex.
    pub struct Sha256("SHA-256 (64 digits of lower-case hex)", is_sha256);
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => is_lower_hex(byte),
        })
}

fn is_vendor(text: &str) -> bool {
    let is_of_form = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (1..=VENDOR_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_of_form)
}

fn is_session(text: &str) -> bool {
    is_hex_of(32, text)
}

fn is_session_prefix(text: &str) -> bool {
    is_hex_of(SESSION_PREFIX_DIGITS, text)
}

fn is_email_hash(text: &str) -> bool {
    is_hex_of(16, text)
}

fn is_sha256(text: &str) -> bool {
    is_hex_of(64, text)
}

fn is_hex_of(digits: usize, text: &str) -> bool {
    text.len() == digits && text.bytes().all(is_lower_hex)
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
