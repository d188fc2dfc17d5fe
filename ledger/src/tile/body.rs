//! What is inside tiles.

use super::WIDTH_MAX;
use crate::tree::Hash;

/// Why bytes are not the body of a tile, or cannot become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// An entry is at most 65,535 bytes (spec §2).
    #[error("entry {place} of the tile has {bytes} bytes")]
    EntryTooLong {
        /// Place of the entry within the tile.
        place: usize,
        /// Its length.
        bytes: usize,
    },
    /// A tile has 1 to 256 places.
    #[error("a tile of {0} places")]
    Places(usize),
    /// The bytes end within the length or the bytes of an entry.
    #[error("the tile ends within its entry {place}, at byte {offset}")]
    Truncated {
        /// Place of the entry within the tile.
        place: usize,
        /// Where in the tile the entry begins, its length included.
        offset: usize,
    },
    /// Bytes follow the last entry.
    #[error("the tile's entries end at byte {offset}, the tile does not")]
    Trailing {
        /// Where the last entry ends.
        offset: usize,
    },
    /// Hashes and signatures have a fixed length.
    #[error("the tile has {found} bytes, not {expected}")]
    Length {
        /// Length by the tile's width.
        expected: usize,
        /// Length of what was given.
        found: usize,
    },
}

/// Body of an entries tile: each entry after its length in 16 bits, big endian.
pub fn encode_entries<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BodyError> {
    check_places(entries.len())?;
    let mut body = Vec::with_capacity(entries.iter().map(|entry| 2 + entry.as_ref().len()).sum());
    for (place, entry) in entries.iter().map(AsRef::as_ref).enumerate() {
        let error = BodyError::EntryTooLong { place, bytes: entry.len() };
        body.extend(u16::try_from(entry.len()).map_err(|_| error)?.to_be_bytes());
        body.extend(entry);
    }
    Ok(body)
}

/// The `width` entries in the body of an entries tile, borrowed. They are not looked at.
pub fn decode_entries(body: &[u8], width: u16) -> Result<Vec<&[u8]>, BodyError> {
    check_places(width.into())?;
    let mut rest = body;
    let mut entries = Vec::with_capacity(width.into());
    for place in 0..usize::from(width) {
        let truncated = BodyError::Truncated { place, offset: body.len() - rest.len() };
        let (length, after) = rest.split_first_chunk().ok_or(truncated)?;
        let (entry, after) = after.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(truncated)?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() { Ok(entries) } else { Err(BodyError::Trailing { offset: body.len() - rest.len() }) }
}

/// Body of a signature tile: signatures of 64 bytes, side by side.
pub fn encode_signatures(signatures: &[[u8; 64]]) -> Result<Vec<u8>, BodyError> {
    check_places(signatures.len())?;
    Ok(signatures.concat())
}

/// The `width` signatures in the body of a signature tile.
pub fn decode_signatures(body: &[u8], width: u16) -> Result<&[[u8; 64]], BodyError> {
    fixed_length(body, width)
}

/// Body of a hash tile: hashes of 32 bytes, side by side.
pub fn encode_hashes(hashes: &[Hash]) -> Result<Vec<u8>, BodyError> {
    check_places(hashes.len())?;
    Ok(hashes.iter().flat_map(|hash| hash.0).collect())
}

/// The `width` hashes in the body of a hash tile.
pub fn decode_hashes(body: &[u8], width: u16) -> Result<Vec<Hash>, BodyError> {
    Ok(fixed_length(body, width)?.iter().copied().map(Hash).collect())
}

fn fixed_length<const N: usize>(body: &[u8], width: u16) -> Result<&[[u8; N]], BodyError> {
    check_places(width.into())?;
    match body.as_chunks() {
        (places, []) if places.len() == usize::from(width) => Ok(places),
        _ => Err(BodyError::Length { expected: N * usize::from(width), found: body.len() }),
    }
}

fn check_places(places: usize) -> Result<(), BodyError> {
    if (1..=usize::from(WIDTH_MAX)).contains(&places) { Ok(()) } else { Err(BodyError::Places(places)) }
}
