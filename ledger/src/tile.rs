//! Tiles: the files in which a log publishes its tree and its entries (spec §5, C2SP tlog-tiles).
//!
//! A [`TileId`] names a tile; [`tiles`] and [`tiles_between`] say which exist; [`TileBuilder`] makes hash tiles from
//! leaves; [`TileHashes`] reads hashes out of them; the `*_entries` and `*_signatures` functions are the other bodies.

mod body;
mod build;
mod hashes;
mod plan;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

pub use self::body::{
    BodyError, decode_entries, decode_hashes, decode_signatures, encode_entries, encode_hashes, encode_signatures,
};
pub use self::build::TileBuilder;
pub use self::hashes::{TileHashError, TileHashes};
pub use self::plan::{kinds, tile_count, tiles, tiles_between};
use crate::entry::ENTRY_BYTES_MAX;
use crate::key::Signature;
use crate::tree::{Hash, Node};

/// Width of a full tile.
pub const WIDTH_MAX: u16 = 256;
/// Highest level that a path may name.
pub const LEVEL_MAX: u8 = 63;
/// Highest index that a path may name: beyond it not even level 0 has leaves below 2^64.
pub const INDEX_MAX: u64 = (1 << 56) - 1;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Hashes of the complete subtrees over `256^level` leaves.
    Hashes {
        /// 0 to 63.
        level: u8,
    },
    /// Entries.
    Entries,
    /// Their signatures.
    Signatures,
}

/// The name of a tile: `tile/<L>/<N>[.p/<W>]`, `tile/entries/…` or `tile/signature/…`, relative to the log's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileId {
    kind: Kind,
    index: u64,
    width: u16,
}

/// Why a text or numbers name no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileIdError {
    /// Something else than `tile/` and a kind comes first.
    #[error("no tile path")]
    Prefix,
    /// The level is not a number from 0 to 63 without leading zeros.
    #[error("a tile's level is 0 to {LEVEL_MAX}")]
    Level,
    /// The index is not in groups of three digits in their shortest form, or beyond [`INDEX_MAX`].
    #[error("a tile's index is in groups of three digits, and at most {INDEX_MAX}")]
    Index,
    /// The width is not 1 to 255 (in a path) or 256.
    #[error("a tile's width is 1 to {WIDTH_MAX}, and a full tile's is not written")]
    Width,
}

impl Kind {
    /// How many leaves one place of such a tile covers, as a power of two; `None` where that is beyond 2^63.
    pub fn leaves_log2(self) -> Option<u32> {
        match self {
            Kind::Hashes { level } => Some(8 * u32::from(level)).filter(|log2| *log2 < u64::BITS),
            Kind::Entries | Kind::Signatures => Some(0),
        }
    }

    /// How many places of this kind a log of `size` entries fills.
    pub fn places(self, size: u64) -> u64 {
        self.leaves_log2().map_or(0, |log2| size >> log2)
    }
}

impl TileId {
    /// The tile of that kind, place and width.
    pub fn new(kind: Kind, index: u64, width: u16) -> Result<TileId, TileIdError> {
        match kind {
            Kind::Hashes { level } if LEVEL_MAX < level => Err(TileIdError::Level),
            _ if INDEX_MAX < index => Err(TileIdError::Index),
            _ if width == 0 || WIDTH_MAX < width => Err(TileIdError::Width),
            _ => Ok(TileId { kind, index, width }),
        }
    }

    /// The `index`-th tile of its kind in a log of `size` entries, full or partial; `None` when there is none.
    pub fn of_log(kind: Kind, index: u64, size: u64) -> Option<TileId> {
        let first = index.checked_mul(WIDTH_MAX.into())?;
        let width = kind.places(size).checked_sub(first)?.min(WIDTH_MAX.into());
        TileId::new(kind, index, u16::try_from(width).ok()?).ok()
    }

    /// The hash tile that holds what a node of the tree is computed from, in a log of `size` entries.
    pub fn holding(node: Node, size: u64) -> Option<TileId> {
        // A node between two tile levels is computed from the lower one, where its places stand side by side.
        let first_place = node.index.checked_mul(1 << (node.level % 8))?;
        let kind = Kind::Hashes { level: node.level / 8 };
        TileId::of_log(kind, first_place / u64::from(WIDTH_MAX), size)
    }

    /// What it holds.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its place among the tiles of its kind, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes, entries or signatures it holds, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// How many bytes its body has at most; one of hashes or signatures has just as many.
    pub fn bytes_max(&self) -> u64 {
        let each = match self.kind {
            Kind::Hashes { .. } => Hash::BYTES,
            Kind::Entries => size_of::<u16>() + ENTRY_BYTES_MAX,
            Kind::Signatures => size_of::<Signature>(),
        };
        u64::from(self.width) * each as u64
    }

    /// Whether it is immutable.
    pub fn is_full(&self) -> bool {
        self.width == WIDTH_MAX
    }

    /// The places it holds: hashes of its level, or entries of the log.
    pub fn places(&self) -> Range<u64> {
        let first = self.index * u64::from(WIDTH_MAX);
        // The very last tile of level 0 ends at 2^64 − 1: no log has an entry of that index.
        first..first.saturating_add(self.width.into())
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Hashes { level } => write!(f, "tile/{level}/")?,
            Kind::Entries => f.write_str("tile/entries/")?,
            Kind::Signatures => f.write_str("tile/signature/")?,
        }
        // Groups of three digits from the most significant, each but the last marked with `x`.
        let groups = self.index.checked_ilog10().unwrap_or(0) / 3;
        for group in (1..=groups).rev() {
            write!(f, "x{:03}/", self.index / 1000_u64.pow(group) % 1000)?;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TileId {
    type Err = TileIdError;

    /// Accepts exactly what `Display` writes.
    fn from_str(text: &str) -> Result<TileId, TileIdError> {
        let rest = text.strip_prefix("tile/").ok_or(TileIdError::Prefix)?;
        let (kind, rest) = rest.split_once('/').ok_or(TileIdError::Prefix)?;
        let kind = match kind {
            "entries" => Kind::Entries,
            "signature" => Kind::Signatures,
            level => Kind::Hashes { level: parse_number(level, LEVEL_MAX.into()).ok_or(TileIdError::Level)? },
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, parse_number(width, u64::from(WIDTH_MAX) - 1).ok_or(TileIdError::Width)?),
            None => (rest, WIDTH_MAX),
        };
        TileId::new(kind, parse_index(index)?, width)
    }
}

/// A decimal number without sign or leading zeros, at most `max`.
fn parse_number<T: TryFrom<u64>>(text: &str, max: u64) -> Option<T> {
    let plain = text == "0" || !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|number| plain && *number <= max)?;
    T::try_from(number).ok()
}

fn parse_index(text: &str) -> Result<u64, TileIdError> {
    let mut index: u64 = 0;
    let mut groups = text.split('/').peekable();
    while let Some(group) = groups.next() {
        let digits = if groups.peek().is_none() { Some(group) } else { group.strip_prefix('x') };
        let digits = digits.filter(|d| d.len() == 3 && d.bytes().all(|b| b.is_ascii_digit()));
        let digits: u64 = digits.and_then(|d| d.parse().ok()).ok_or(TileIdError::Index)?;
        // A leading group of zeros would be a second spelling.
        if index == 0 && digits == 0 && groups.peek().is_some() {
            return Err(TileIdError::Index);
        }
        index = index * 1000 + digits;
        if INDEX_MAX < index {
            return Err(TileIdError::Index);
        }
    }
    Ok(index)
}
