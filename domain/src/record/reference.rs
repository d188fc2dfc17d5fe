//! By what a record is called, within its type.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest reference, in characters: with the longest type of resource before it, it still fits a subject (spec §2).
pub const REFERENCE_CHARS_MAX: usize = 180;

/// What the organisation itself calls a record: `CC6.1`, `R-042`, `2026/0042`. The same thing has the same reference
/// each time that it is imported, and two records of one type never share one.
///
/// 1 to 180 of `A-Z a-z 0-9 . _ : - /`. Between slashes stands something, and neither `.` nor `..`: a reference is a part
/// of addresses, and those would lead elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

/// Why a text is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// Empty or too long.
    #[error("a reference has 1 to {REFERENCE_CHARS_MAX} characters, not {chars}")]
    Length {
        /// How many it has.
        chars: usize,
    },
    /// A character that no subject can have.
    #[error("a reference is letters, digits and . _ : - /")]
    Character,
    /// Nothing, `.` or `..` between two slashes, or before the first or after the last.
    #[error("the parts of a reference between its slashes are neither empty nor . nor ..")]
    Part,
}

impl Reference {
    /// Reads it.
    ///
    /// # Errors
    /// [`ReferenceError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let chars = text.chars().count();
        if !(1..=REFERENCE_CHARS_MAX).contains(&chars) {
            return Err(ReferenceError::Length { chars });
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-/".contains(&byte)) {
            return Err(ReferenceError::Character);
        }
        if text.split('/').any(|part| ["", ".", ".."].contains(&part)) {
            return Err(ReferenceError::Part);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        Self::parse(&text)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}
