//! Texts that stand in the log in the clear and for ever: titles, labels, descriptions. They are no place for personal
//! data, so an owner is a team or a role and not somebody's name.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest title, in characters: what a heading and a table still show.
pub const TITLE_CHARS_MAX: usize = 200;
/// Longest label, in characters: what a column and a filter still show.
pub const LABEL_CHARS_MAX: usize = 100;

/// What something is called: 1 to 200 characters.
pub type Title = Line<TITLE_CHARS_MAX>;
/// A short text that things are grouped by: an owner, a status, a framework. 1 to 100 characters.
pub type Label = Line<LABEL_CHARS_MAX>;

/// A text of one line: 1 to `CHARS_MAX` characters, no control characters, no blank at either end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line<const CHARS_MAX: usize>(String);

/// A text of one or more lines: 1 to `CHARS_MAX` characters. Lines end in LF; tabs may stand in them, no other control
/// characters. Somebody who sends CRLF, as forms do, gets it refused: who takes texts in turns them into LF first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const CHARS_MAX: usize>(String);

/// Why a text cannot stand there. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// Empty or too long.
    #[error("a text here has 1 to {max} characters, not {chars}")]
    Length {
        /// How many it has.
        chars: usize,
        /// How many it may have.
        max: usize,
    },
    /// A character that cannot be seen.
    #[error("a text here has no control characters{}", if *.lines { " but line feeds and tabs" } else { "" })]
    Control {
        /// Whether it may have several lines.
        lines: bool,
    },
    /// A blank at an end.
    #[error("a text here neither begins nor ends with a blank")]
    Blank,
}

impl<const CHARS_MAX: usize> Line<CHARS_MAX> {
    /// Reads it.
    ///
    /// # Errors
    /// [`TextError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        check_length(text, CHARS_MAX)?;
        if text.chars().any(char::is_control) {
            return Err(TextError::Control { lines: false });
        }
        if text.trim() != text {
            return Err(TextError::Blank);
        }
        Ok(Self(text.to_owned()))
    }
}

impl<const CHARS_MAX: usize> Text<CHARS_MAX> {
    /// Reads it.
    ///
    /// # Errors
    /// [`TextError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        check_length(text, CHARS_MAX)?;
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(TextError::Control { lines: true });
        }
        Ok(Self(text.to_owned()))
    }
}

fn check_length(text: &str, max: usize) -> Result<(), TextError> {
    let chars = text.chars().count();
    if (1..=max).contains(&chars) { Ok(()) } else { Err(TextError::Length { chars, max }) }
}

macro_rules! text_traits {
    ($($name:ident),*) => {$(
        impl<const CHARS_MAX: usize> $name<CHARS_MAX> {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<const CHARS_MAX: usize> fmt::Display for $name<CHARS_MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<const CHARS_MAX: usize> TryFrom<String> for $name<CHARS_MAX> {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }

        impl<const CHARS_MAX: usize> From<$name<CHARS_MAX>> for String {
            fn from(text: $name<CHARS_MAX>) -> Self {
                text.0
            }
        }
    )*};
}

text_traits!(Line, Text);
