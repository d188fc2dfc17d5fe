//! Entry ids: UUID version 7, each greater than the one before it (spec §2, `id`).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::name::is_uuid;
use crate::time::Timestamp;

/// The bits that say "version 7, variant of RFC 9562" and the mask of their places.
const FIXED: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0000;
const FIXED_MASK: u128 = 0x0000_0000_0000_f000_c000_0000_0000_0000;

/// The id of an entry; ordered bytewise, as the spec compares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId([u8; 16]);

/// Why something is not an [`EntryId`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryIdError {
    /// Not 32 lower-case hexadecimal digits with hyphens.
    #[error("an id is a UUID in lower case with hyphens")]
    Form,
    /// A UUID of another version or variant.
    #[error("an id is a UUID of version 7")]
    Version,
}

impl EntryId {
    /// Reads a UUID version 7 in lower case with hyphens.
    pub fn parse(text: &str) -> Result<EntryId, EntryIdError> {
        if !is_uuid(text) {
            return Err(EntryIdError::Form);
        }
        let digits = text.bytes().filter(|byte| *byte != b'-');
        let number = digits.fold(0, |sum: u128, byte| {
            sum << 4 | u128::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'a' + 10 })
        });
        EntryId::from_bytes(number.to_be_bytes())
    }

    /// Takes the 16 bytes of a UUID version 7.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<EntryId, EntryIdError> {
        if u128::from_be_bytes(bytes) & FIXED_MASK == FIXED { Ok(EntryId(bytes)) } else { Err(EntryIdError::Version) }
    }

    /// The id of an entry recorded at `time`: its millisecond, then randomness; or the least id greater than
    /// `previous` where that is not greater.
    ///
    /// # Panics
    /// After the greatest id of all, whose millisecond lies in the year 10889.
    #[must_use]
    pub fn next(previous: Option<EntryId>, time: Timestamp, entropy: [u8; 10]) -> EntryId {
        let millis = (time.as_micros() / 1000).unsigned_abs();
        let mut random = [0; 16];
        random[6..].copy_from_slice(&entropy);
        let drawn = u128::from(millis) << 80 | u128::from_be_bytes(random) & !FIXED_MASK | FIXED;
        let least = previous.map_or(0, |previous| successor(u128::from_be_bytes(previous.0)));
        EntryId(drawn.max(least).to_be_bytes())
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u128::from_be_bytes(self.0);
        let (low, middle) = (number & 0xffff_ffff_ffff, number >> 48);
        let (fourth, third, second) = (middle & 0xffff, middle >> 16 & 0xffff, middle >> 32 & 0xffff);
        write!(f, "{:08x}-{second:04x}-{third:04x}-{fourth:04x}-{low:012x}", number >> 96)
    }
}

impl FromStr for EntryId {
    type Err = EntryIdError;

    fn from_str(text: &str) -> Result<EntryId, EntryIdError> {
        EntryId::parse(text)
    }
}

/// The id after `id`: filling the fixed places with ones carries an overflow of the random bits across them.
fn successor(id: u128) -> u128 {
    let next = (id | FIXED_MASK).checked_add(1).expect("the year 10889 has not come");
    next & !FIXED_MASK | FIXED
}
