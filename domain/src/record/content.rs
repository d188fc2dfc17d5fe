//! What a record says, whole: titles and columns that every type has, and fields of its own.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::date::Date;
use crate::event::written;
use crate::text::{Label, Text, Title};

/// Longest body, in characters: a policy of ten pages. What is longer is a file, and evidence.
pub const BODY_CHARS_MAX: usize = 20_000;
/// Longest value of a field, in characters: a few paragraphs.
pub const FIELD_CHARS_MAX: usize = 2_000;
/// Most fields of one record: the widest registers of organisations have about forty columns.
pub const FIELDS_MAX: usize = 50;
/// Most dates of one record: a DORA incident, the type with the most, has a dozen deadlines.
pub const DATES_MAX: usize = 20;
/// Longest name of a field or date, in characters: what stands above a column.
pub const FIELD_NAME_CHARS_MAX: usize = 50;
/// Most bytes of a record's content as canonical JSON. An entry has at most 65,535 bytes (spec §2); the 16 KiB left are
/// more than the longest subject, actor, context and sealed values around it take.
pub const CONTENT_BYTES_MAX: usize = 48 << 10;

/// The text of a record.
pub type Body = Text<BODY_CHARS_MAX>;
/// The value of a field.
pub type FieldText = Text<FIELD_CHARS_MAX>;

/// The content of a record, known to fit an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Content(Parts);

/// What a content is made of. Lists it in order of the names that it is recorded by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// The text: a policy, what happened in an incident.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<Body>,
    /// Days that matter to it, by name: `effective_on`, `due_on`. At most 20.
    pub dates: BTreeMap<FieldName, Date>,
    /// What else its type has, by name: `risk_tier`, `treatment`. At most 50.
    pub fields: BTreeMap<FieldName, FieldText>,
    /// Who answers for it: a team or a role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Label>,
    /// Where it stands, in the organisation's own words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<Label>,
    /// What it is called.
    pub title: Title,
}

/// Why parts are no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ContentError {
    /// More than 20.
    #[error("a record has at most {DATES_MAX} dates, not {count}")]
    Dates {
        /// How many.
        count: usize,
    },
    /// More than 50.
    #[error("a record has at most {FIELDS_MAX} fields, not {count}")]
    Fields {
        /// How many.
        count: usize,
    },
    /// Each part is short enough, and all together are too long.
    #[error("a record has at most {CONTENT_BYTES_MAX} bytes in all, not {bytes}")]
    TooLarge {
        /// How many bytes, as canonical JSON.
        bytes: usize,
    },
}

impl Content {
    /// Takes parts that fit an entry together.
    ///
    /// # Errors
    /// [`ContentError`], the first bound that is passed.
    pub fn new(parts: Parts) -> Result<Self, ContentError> {
        if DATES_MAX < parts.dates.len() {
            return Err(ContentError::Dates { count: parts.dates.len() });
        }
        if FIELDS_MAX < parts.fields.len() {
            return Err(ContentError::Fields { count: parts.fields.len() });
        }
        let bytes = written(&parts).to_string().len();
        if CONTENT_BYTES_MAX < bytes {
            return Err(ContentError::TooLarge { bytes });
        }
        Ok(Self(parts))
    }

    /// What it says.
    pub fn parts(&self) -> &Parts {
        &self.0
    }

    /// The same, to be changed and made a content again.
    pub fn into_parts(self) -> Parts {
        self.0
    }
}

impl TryFrom<Parts> for Content {
    type Error = ContentError;

    fn try_from(parts: Parts) -> Result<Self, ContentError> {
        Self::new(parts)
    }
}

/// The name of a field or date: `[a-z][a-z0-9_]*`, at most 50 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldName(String);

/// A text that is no name of a field.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{found:?} is no name of a field: a small letter, then small letters, digits and _, at most {FIELD_NAME_CHARS_MAX}"
)]
pub struct FieldNameError {
    /// The text found.
    pub found: String,
}

impl FieldName {
    /// Reads it.
    ///
    /// # Errors
    /// [`FieldNameError`], when the text is not exactly of the form.
    pub fn parse(text: &str) -> Result<Self, FieldNameError> {
        let begins = text.starts_with(|first: char| first.is_ascii_lowercase());
        let goes_on = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if begins && goes_on && text.len() <= FIELD_NAME_CHARS_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldNameError { found: text.to_owned() })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for FieldName {
    type Error = FieldNameError;

    fn try_from(text: String) -> Result<Self, FieldNameError> {
        Self::parse(&text)
    }
}

impl From<FieldName> for String {
    fn from(name: FieldName) -> Self {
        name.0
    }
}
