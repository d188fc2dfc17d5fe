//! Hash tiles from leaves.

use super::{BodyError, Kind, TileId, WIDTH_MAX, decode_hashes, kinds};
use crate::tree::{Hash, complete_root, fold_peaks};

/// Makes all hash tiles of a growing log, one leaf at a time. It keeps the unfinished tile of each level: at most
/// 64 KiB, whatever the size of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TileBuilder {
    size: u64,
    /// The unfinished tile of each level, lowest first: 0 to 255 hashes each.
    levels: Vec<Vec<Hash>>,
}

impl TileBuilder {
    /// For a log without entries.
    pub fn new() -> TileBuilder {
        TileBuilder::default()
    }

    /// For a log that has `size` entries already: `fetch` gives its partial hash tiles, at most one a level.
    pub fn resume<E: From<BodyError>>(
        size: u64,
        mut fetch: impl FnMut(TileId) -> Result<Vec<u8>, E>,
    ) -> Result<TileBuilder, E> {
        let mut levels = Vec::new();
        for kind in kinds(size).filter(|kind| matches!(kind, Kind::Hashes { .. })) {
            let tile = last_tile(kind, size);
            // A full last tile is finished: the level's next one is empty.
            let fetched = if tile.is_full() { None } else { Some(fetch(tile)?) };
            let hashes = fetched.map(|body| decode_hashes(&body, tile.width())).transpose()?;
            levels.push(hashes.unwrap_or_default());
        }
        Ok(TileBuilder { size, levels })
    }

    /// Adds the hash of the next leaf, and passes to `emit` each tile that thereby became full, lowest level first.
    /// After an error of `emit` the builder has lost a hash and is to be dropped.
    pub fn push<E>(&mut self, leaf: Hash, mut emit: impl FnMut(TileId, &[Hash]) -> Result<(), E>) -> Result<(), E> {
        self.size += 1;
        let mut carried = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(WIDTH_MAX.into()));
            }
            let tile = &mut self.levels[level];
            tile.push(carried);
            if tile.len() < WIDTH_MAX.into() {
                break;
            }
            carried = complete_root(tile);
            let full = std::mem::take(tile);
            emit(last_tile(hashes_of(level), self.size), &full)?;
        }
        Ok(())
    }

    /// Passes to `emit` the partial tiles of the log as it is now, lowest level first.
    pub fn partial_tiles<E>(&self, mut emit: impl FnMut(TileId, &[Hash]) -> Result<(), E>) -> Result<(), E> {
        let unfinished = self.levels.iter().enumerate().filter(|(_, tile)| !tile.is_empty());
        unfinished.into_iter().try_for_each(|(level, tile)| emit(last_tile(hashes_of(level), self.size), tile))
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree.
    pub fn root(&self) -> Hash {
        // All that lies right of a level's complete subtrees is one incomplete subtree, computed from the levels below.
        let root = self.levels.iter().fold(None, |right, tile| {
            let mut peaks = peaks_of(tile);
            peaks.extend(right);
            fold_peaks(&peaks)
        });
        root.unwrap_or_else(Hash::empty_root)
    }
}

/// The roots of the complete subtrees over an unfinished tile, largest first.
fn peaks_of(mut hashes: &[Hash]) -> Vec<Hash> {
    let mut peaks = Vec::new();
    while let Some(log2) = hashes.len().checked_ilog2() {
        let (complete, rest) = hashes.split_at(1 << log2);
        peaks.push(complete_root(complete));
        hashes = rest;
    }
    peaks
}

fn hashes_of(level: usize) -> Kind {
    Kind::Hashes { level: u8::try_from(level).expect("a u64 reaches level 7") }
}

/// The last tile of that kind, full or partial, in a log of `size` entries.
fn last_tile(kind: Kind, size: u64) -> TileId {
    let last = (kind.places(size) - 1) / u64::from(WIDTH_MAX);
    TileId::of_log(kind, last, size).expect("a kind that has places has a last tile")
}
