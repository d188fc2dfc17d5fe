//! The terms that auditors accept before they see anything.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::name::Sha256;

/// Longest text: ten pages, which is more than anybody reads.
const TERMS_CHARS_MAX: usize = 30_000;
/// Most bytes that a text takes in an entry, which holds 65,535 (spec §2): the rest of the entry needs some of them.
/// Texts in Latin letters stay below it whatever their length; in scripts of three bytes a letter it is 20,000 letters.
const TERMS_BYTES_MAX: usize = 60_000;

/// Terms of engagement in one version. An auditor accepts one by its version and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedTerms {
    /// Of the bytes of `text` in UTF-8. Whoever asks for publication computes it.
    pub sha256: Sha256,
    /// What is accepted.
    pub text: TermsText,
    /// From 1, one more with each publication.
    pub version: NonZeroU32,
}

/// The text of terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TermsText(String);

/// Why a text cannot be terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TermsTextError {
    /// Nothing but blanks.
    #[error("terms say something")]
    Empty,
    /// Over 30,000 characters.
    #[error("terms have at most {TERMS_CHARS_MAX} characters, not {chars}")]
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// Too large for an entry, although not too long.
    #[error("terms take at most {TERMS_BYTES_MAX} bytes in an entry, not {bytes}")]
    TooLarge {
        /// How many it takes.
        bytes: usize,
    },
    /// Characters that cannot be seen, besides the end of a line.
    #[error("terms have no control characters but line feeds")]
    Control,
}

impl TermsText {
    /// Reads a text of at most 30,000 characters that takes at most 60,000 bytes in an entry and is not all blanks. Of
    /// control characters it has only line feeds: what a browser sends has its line ends changed by the caller, before
    /// the hash is computed.
    ///
    /// # Errors
    /// [`TermsTextError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, TermsTextError> {
        if text.trim().is_empty() {
            return Err(TermsTextError::Empty);
        }
        let chars = text.chars().count();
        if TERMS_CHARS_MAX < chars {
            return Err(TermsTextError::TooLong { chars });
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(TermsTextError::Control);
        }
        // What canonical JSON writes with a backslash; the other characters stand for themselves.
        let bytes = text.len() + text.bytes().filter(|byte| b"\n\"\\".contains(byte)).count();
        if TERMS_BYTES_MAX < bytes {
            return Err(TermsTextError::TooLarge { bytes });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TermsText {
    type Error = TermsTextError;

    fn try_from(text: String) -> Result<Self, TermsTextError> {
        Self::parse(&text)
    }
}

impl From<TermsText> for String {
    fn from(text: TermsText) -> Self {
        text.0
    }
}
