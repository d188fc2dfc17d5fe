//! Remarks in people's own words.

use serde::{Deserialize, Serialize};

/// Longest note kept with an event: a paragraph, not a report.
const NOTE_CHARS_MAX: usize = 1000;

/// A remark in somebody's own words. It stands in the log in the clear and for ever, so it is no place for personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Note(String);

impl Note {
    /// Reads a remark of 1 to 1000 characters, none of them U+0000, which no entry can hold (spec §2).
    ///
    /// # Errors
    /// [`NoteError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let chars = text.chars().count();
        if chars == 0 || NOTE_CHARS_MAX < chars {
            return Err(NoteError::Length { chars });
        }
        if text.contains('\0') {
            return Err(NoteError::Nul);
        }
        Ok(Self(text.to_owned()))
    }

    /// The remark.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Note {
    type Error = NoteError;

    fn try_from(text: String) -> Result<Self, NoteError> {
        Self::parse(&text)
    }
}

impl From<Note> for String {
    fn from(note: Note) -> Self {
        note.0
    }
}

/// Why a text is no note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Empty or over 1000 characters.
    #[error("a note has 1 to {NOTE_CHARS_MAX} characters, not {chars}")]
    Length {
        /// How many it has.
        chars: usize,
    },
    /// U+0000.
    #[error("a note has no U+0000")]
    Nul,
}
