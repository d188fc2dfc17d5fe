//! The hash of an entry, by which the chain holds (spec §3).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// BLAKE3 of an entry's bytes; its text is 64 digits of lower-case hex, what `b3sum` prints.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryHash([u8; 32]);

/// Why a text is not an [`EntryHash`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("an entry hash is 64 digits of lower-case hex")]
pub struct EntryHashError;

impl EntryHash {
    /// What stands in place of the hash before entry 0.
    pub const ZERO: EntryHash = EntryHash([0; 32]);

    /// Hashes the bytes of an entry.
    #[must_use]
    pub fn of(entry: &[u8]) -> EntryHash {
        EntryHash(blake3::hash(entry).into())
    }

    /// Takes the 32 bytes of a hash made earlier.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> EntryHash {
        EntryHash(bytes)
    }

    /// Reads 64 digits of lower-case hex.
    pub fn parse(text: &str) -> Result<EntryHash, EntryHashError> {
        parse_hex(text).map(EntryHash).ok_or(EntryHashError)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 digits, for messages that are put together byte by byte.
    pub fn hex(&self) -> [u8; 64] {
        let mut digits = [0; 64];
        hex::encode_to_slice(self.0, &mut digits).expect("32 bytes are 64 digits");
        digits
    }
}

impl fmt::Display for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.hex()).expect("digits are text"))
    }
}

impl fmt::Debug for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryHash({self})")
    }
}

impl FromStr for EntryHash {
    type Err = EntryHashError;

    fn from_str(text: &str) -> Result<EntryHash, EntryHashError> {
        EntryHash::parse(text)
    }
}

/// Reads exactly `N` bytes of lower-case hex.
pub(crate) fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
