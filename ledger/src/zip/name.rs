//! Which names members may have (spec §10).

use std::fmt;

use super::NAME_BYTES_MAX;
use crate::tile::TileId;

/// Where a whole log's files stand in an export.
const LOG: &str = "log/";
/// Names that Windows gives to devices, whatever extension follows.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// The same, when one digit follows.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// A member's name: parts `[A-Za-z0-9][A-Za-z0-9._-]*` joined by `/`, none ending in `.`, none a Windows device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why bytes are not a [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A header has 16 bits for the length of a name.
    #[error("a name of {0} bytes")]
    TooLong(usize),
    /// A part is empty or has a character that names may not have there.
    #[error("`{0}` has a part with a forbidden character")]
    Character(String),
    /// A part ends in `.`, which Windows drops.
    #[error("`{0}` has a part that ends in a full stop")]
    FullStop(String),
    /// A part is a Windows device, with or without an extension.
    #[error("`{0}` has a part that is a device name")]
    Device(String),
}

impl Name {
    /// Reads a name.
    pub fn parse(bytes: &[u8]) -> Result<Name, NameError> {
        if NAME_BYTES_MAX < bytes.len() {
            return Err(NameError::TooLong(bytes.len()));
        }
        // What is not UTF-8 gets a replacement character, which no part may have.
        let name = String::from_utf8_lossy(bytes).into_owned();
        if !name.split('/').all(|part| has_allowed_characters(part.as_bytes())) {
            return Err(NameError::Character(name.escape_default().to_string()));
        }
        if name.split('/').any(|part| part.ends_with('.')) {
            return Err(NameError::FullStop(name));
        }
        if name.split('/').any(is_device) {
            return Err(NameError::Device(name));
        }
        Ok(Name(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tile of a whole log that has this name, `log/tile/…`.
    pub fn tile(&self) -> Option<TileId> {
        self.0.strip_prefix(LOG)?.parse().ok()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn has_allowed_characters(part: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    part.first().is_some_and(u8::is_ascii_alphanumeric) && part.iter().all(inner)
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part);
    let numbered = stem.strip_suffix(|c: char| c.is_ascii_digit());
    let is_one_of = |devices: &[&str], stem: &str| devices.iter().any(|device| device.eq_ignore_ascii_case(stem));
    is_one_of(&DEVICES, stem) || numbered.is_some_and(|stem| is_one_of(&NUMBERED_DEVICES, stem))
}
