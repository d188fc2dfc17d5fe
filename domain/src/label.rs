//! Short texts on one line that people choose: what an organisation or an engagement is called.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text on one line of 1 to `CHARS_MAX` characters: no control characters, no blank at either end. It stands in the
/// log in the clear and for ever, so it names things and not people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label<const CHARS_MAX: usize>(String);

/// Why a text is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LabelError {
    /// Empty or too long.
    #[error("it has 1 to {max} characters, not {chars}")]
    Length {
        /// How many it has.
        chars: usize,
        /// How many it may have.
        max: usize,
    },
    /// Line breaks, tabs and other characters that cannot be seen.
    #[error("it has no control characters")]
    Control,
    /// Blanks at an end.
    #[error("it neither begins nor ends with a blank")]
    Blank,
}

impl<const CHARS_MAX: usize> Label<CHARS_MAX> {
    /// Reads a text as it is; nothing is trimmed.
    ///
    /// # Errors
    /// [`LabelError`], the first rule that does not hold. It does not say what was to be named: the caller knows.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let chars = text.chars().count();
        if chars == 0 || CHARS_MAX < chars {
            return Err(LabelError::Length { chars, max: CHARS_MAX });
        }
        if text.chars().any(char::is_control) {
            return Err(LabelError::Control);
        }
        if text.trim() != text {
            return Err(LabelError::Blank);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const CHARS_MAX: usize> fmt::Display for Label<CHARS_MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const CHARS_MAX: usize> TryFrom<String> for Label<CHARS_MAX> {
    type Error = LabelError;

    fn try_from(text: String) -> Result<Self, LabelError> {
        Self::parse(&text)
    }
}

impl<const CHARS_MAX: usize> From<Label<CHARS_MAX>> for String {
    fn from(label: Label<CHARS_MAX>) -> Self {
        label.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_visible_line_of_its_length() {
        assert_eq!(Label::<5>::parse("ISO é").unwrap().as_str(), "ISO é");
        assert_eq!(Label::<5>::parse("ééééé").unwrap().as_str().chars().count(), 5);
        assert_eq!(Label::<5>::parse("éééééé"), Err(LabelError::Length { chars: 6, max: 5 }));
        assert_eq!(Label::<5>::parse(""), Err(LabelError::Length { chars: 0, max: 5 }));
        assert_eq!(Label::<5>::parse("a\nb"), Err(LabelError::Control));
        assert_eq!(Label::<5>::parse(" ab"), Err(LabelError::Blank));
        assert_eq!(Label::<5>::parse("ab\u{a0}"), Err(LabelError::Blank));
    }
}
