//! A file of evidence, as it was handed in.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::name::Sha256;

/// Longest name of a file, in characters: what file systems allow at least.
pub const FILE_NAME_CHARS_MAX: usize = 255;
/// Longest part of a media type, in characters (RFC 6838 §4.2).
const MEDIA_TYPE_PART_CHARS_MAX: usize = 127;

/// What is recorded of a file. Its bytes are kept by their hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFile {
    /// Its length in bytes, at most 2^53 − 1 (spec §2).
    pub bytes: u64,
    /// What kind of content it was said to have. Nobody has checked.
    pub media_type: MediaType,
    /// The name that it was given by whoever handed it in.
    pub name: FileName,
    /// The hash of its bytes.
    pub sha256: Sha256,
}

/// A file's name as given: 1 to 255 characters, neither `/` nor `\` nor control characters, and neither `.` nor `..`. It
/// is shown and offered for a download; no file of ours is ever named by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

/// Why a text is no name of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FileNameError {
    /// Empty or too long.
    #[error("a file's name has 1 to {FILE_NAME_CHARS_MAX} characters, not {chars}")]
    Length {
        /// How many it has.
        chars: usize,
    },
    /// It names a place, not a file.
    #[error("a file's name has neither / nor \\, and is neither . nor ..")]
    Path,
    /// Characters that cannot be seen.
    #[error("a file's name has no control characters")]
    Control,
}

impl FileName {
    /// Reads it.
    ///
    /// # Errors
    /// [`FileNameError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, FileNameError> {
        let chars = text.chars().count();
        if !(1..=FILE_NAME_CHARS_MAX).contains(&chars) {
            return Err(FileNameError::Length { chars });
        }
        if text.contains(['/', '\\']) || [".", ".."].contains(&text) {
            return Err(FileNameError::Path);
        }
        if text.chars().any(char::is_control) {
            return Err(FileNameError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for FileName {
    type Error = FileNameError;

    fn try_from(text: String) -> Result<Self, FileNameError> {
        Self::parse(&text)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

/// A media type without parameters, in lower case: `application/pdf` (RFC 6838 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaType(String);

/// A text that is no media type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is no media type in lower case without parameters")]
pub struct MediaTypeError {
    /// The text found.
    pub found: String,
}

impl MediaType {
    /// Reads it.
    ///
    /// # Errors
    /// [`MediaTypeError`], when the text is not exactly of the form.
    pub fn parse(text: &str) -> Result<Self, MediaTypeError> {
        match text.split_once('/') {
            Some((kind, subtype)) if is_part(kind) && is_part(subtype) => Ok(Self(text.to_owned())),
            _ => Err(MediaTypeError { found: text.to_owned() }),
        }
    }

    /// What a file has whose kind nobody said: `application/octet-stream`.
    pub fn unknown() -> Self {
        Self("application/octet-stream".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_part(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= MEDIA_TYPE_PART_CHARS_MAX
        && text.bytes().next().is_some_and(is_plain)
        && text.bytes().all(|byte| is_plain(byte) || b"!#$&-^_.+".contains(&byte))
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for MediaType {
    type Error = MediaTypeError;

    fn try_from(text: String) -> Result<Self, MediaTypeError> {
        Self::parse(&text)
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.0
    }
}
