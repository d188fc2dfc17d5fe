//! What an organisation says of itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::Title;

/// Longest name of a time zone. The longest that IANA has is half of it.
const TIME_ZONE_CHARS_MAX: usize = 64;
/// Longest contact: a few lines at the foot of a page.
const CONTACT_CHARS_MAX: usize = 500;

/// What an organisation is called.
pub type OrganisationName = Title;

/// The settings of an organisation, recorded as a whole whenever one of them changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whom auditors turn to. It is shown to them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contact: Option<Contact>,
    /// What it is called.
    pub name: OrganisationName,
    /// In which zone its days begin and end.
    pub time_zone: TimeZone,
}

/// The name of a time zone as IANA writes them, by its form: `Europe/Berlin`, `UTC`, `Etc/GMT+5`. Whether there is such
/// a zone is for whoever has the time zones to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(String);

/// Why a text is no name of a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TimeZoneError {
    /// Over 64 characters.
    #[error("the name of a time zone has at most {TIME_ZONE_CHARS_MAX} characters, not {chars}")]
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// Another form.
    #[error("the name of a time zone is parts of letters, digits and _ + - joined by slashes, as in Europe/Berlin")]
    Form,
}

impl TimeZone {
    /// Reads `[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*`, at most 64 characters.
    ///
    /// # Errors
    /// [`TimeZoneError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, TimeZoneError> {
        let chars = text.chars().count();
        if TIME_ZONE_CHARS_MAX < chars {
            return Err(TimeZoneError::TooLong { chars });
        }
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_of_zone);
        if text.split('/').all(is_part) { Ok(Self(text.to_owned())) } else { Err(TimeZoneError::Form) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_of_zone(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+-".contains(&byte)
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TimeZone {
    type Error = TimeZoneError;

    fn try_from(text: String) -> Result<Self, TimeZoneError> {
        Self::parse(&text)
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.0
    }
}

/// Whom auditors turn to, in the organisation's own words. It stands in the log in the clear and for ever, so it names a
/// department or a shared address, and no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Contact(String);

/// Why a text is no contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ContactError {
    /// Nothing but blanks, or over 500 characters.
    #[error("a contact has 1 to {CONTACT_CHARS_MAX} characters that are not all blanks; this has {chars}")]
    Length {
        /// How many it has.
        chars: usize,
    },
    /// Characters that cannot be seen, besides the end of a line.
    #[error("a contact has no control characters but line feeds")]
    Control,
}

impl Contact {
    /// Reads 1 to 500 characters, not all of them blanks, of control characters only line feeds.
    ///
    /// # Errors
    /// [`ContactError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let chars = text.chars().count();
        if text.trim().is_empty() || CONTACT_CHARS_MAX < chars {
            return Err(ContactError::Length { chars });
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(ContactError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Contact {
    type Error = ContactError;

    fn try_from(text: String) -> Result<Self, ContactError> {
        Self::parse(&text)
    }
}

impl From<Contact> for String {
    fn from(contact: Contact) -> Self {
        contact.0
    }
}
