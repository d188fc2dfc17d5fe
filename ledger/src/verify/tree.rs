//! The tree of a whole log, made again from its entries and compared with the hash tiles that came with it (spec §5).

use std::io;

use super::walk::Past;
use crate::entry::Entry;
use crate::source::{LogSource, UpperNodes, Within, stored, stored_entries};
use crate::tile::{Kind, TileBuilder, TileHashError, TileHashes, TileId, WIDTH_MAX, encode_hashes};
use crate::time::Timestamp;
use crate::tree::{Frontier, Hash, HashReader, Node, fold_peaks, root_at};

/// Grows with the walk: one full tile of leaves after the other, then the leaves of the last, partial one.
pub(super) struct Tree<'a, S> {
    source: &'a S,
    size: u64,
    /// Hash tiles above level 0, whose lowest level has the roots of full leaf tiles for leaves.
    upper: TileBuilder,
    /// The same, for the root.
    full: Frontier,
    rest: Frontier,
    /// Nodes above the tiles of leaves, where the source keeps no hash tiles: a quarter of a byte an entry.
    kept: UpperNodes,
    /// Root by size, as computed last.
    last_root: Option<(u64, Hash)>,
}

impl<'a, S: LogSource> Tree<'a, S> {
    /// The tree of a log of `size` entries, none of which it has seen.
    pub(super) fn new(source: &'a S, size: u64) -> Tree<'a, S> {
        Tree {
            source,
            size,
            upper: TileBuilder::new(),
            full: Frontier::new(),
            rest: Frontier::new(),
            kept: UpperNodes::default(),
            last_root: None,
        }
    }

    /// Adds a full tile of leaves by its root, and names the upper tiles that differ from the source's.
    pub(super) fn push_tile(&mut self, root: Hash) -> io::Result<Vec<TileId>> {
        self.full.push(root);
        let mut differing = Vec::new();
        if self.source.has_hash_tiles() {
            let source = self.source;
            self.upper.push(root, |tile, hashes| compare(source, tile, hashes, &mut differing))?;
        } else {
            self.kept.push(root);
        }
        Ok(differing)
    }

    /// Adds the leaves of the last tile, and names the partial upper tiles that differ from the source's.
    pub(super) fn finish(&mut self, leaves: &[Hash]) -> io::Result<Vec<TileId>> {
        for leaf in leaves {
            self.rest.push(*leaf);
        }
        let mut differing = Vec::new();
        if self.source.has_hash_tiles() {
            self.upper.partial_tiles(|tile, hashes| compare(self.source, tile, hashes, &mut differing))?;
        }
        Ok(differing)
    }

    /// The root over all leaves added.
    pub(super) fn root(&self) -> Hash {
        let peaks: Vec<Hash> = self.full.peaks().iter().chain(self.rest.peaks()).copied().collect();
        fold_peaks(&peaks).unwrap_or_else(Hash::empty_root)
    }

    fn time_of(&self, index: u64) -> io::Result<Option<(u64, Timestamp)>> {
        if self.size <= index {
            return Ok(None);
        }
        let place = usize::try_from(index % u64::from(WIDTH_MAX)).expect("below 256");
        let entry = stored_entries(self.source, index / u64::from(WIDTH_MAX), self.size)?.swap_remove(place);
        Ok(Entry::parse(&entry).ok().map(|entry| (index, entry.time)))
    }

    fn compute_root(&self, size: u64) -> io::Result<Hash> {
        if !self.source.has_hash_tiles() {
            let within = Within::new(self.source, self.size);
            return root_at(size, &mut Kept { upper: &self.kept, within });
        }
        // The source has the tiles of its own size, which are as wide as those of an earlier size or wider.
        let fetch = |tile: TileId| stored(self.source, tile.kind(), tile.index(), self.size).map(|(_, body)| body);
        root_at(size, &mut TileHashes::new(size, fetch)).map_err(|error| match error {
            TileHashError::Fetch { source, .. } => source,
            error => damage(error),
        })
    }
}

impl<S: LogSource> Past for Tree<'_, S> {
    fn root_at(&mut self, size: u64) -> io::Result<Option<Hash>> {
        if let Some((_, root)) = self.last_root.filter(|(last, _)| *last == size) {
            return Ok(Some(root));
        }
        match self.compute_root(size) {
            Ok(root) => {
                self.last_root = Some((size, root));
                Ok(Some(root))
            }
            // A tile that is missing or damaged is named where all are compared; here nothing can be said.
            Err(error) if is_damage(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn last_below(&mut self, size: u64) -> io::Result<Option<(u64, Timestamp)>> {
        size.checked_sub(1).map_or(Ok(None), |last| self.time_of(last))
    }

    fn first_from(&mut self, size: u64) -> io::Result<Option<(u64, Timestamp)>> {
        self.time_of(size)
    }
}

/// Nodes of a log without hash tiles: those above the tiles were kept, those within one are made of its entries.
struct Kept<'a, S> {
    upper: &'a UpperNodes,
    within: Within<'a, S>,
}

impl<S: LogSource> HashReader for Kept<'_, S> {
    type Error = io::Error;

    fn hash(&mut self, node: Node) -> io::Result<Hash> {
        self.within.hash(self.upper, node)
    }
}

/// Whether an error is about the content, not about reading it.
pub(super) fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

/// Compares an upper tile that was made again, one level lower than it stands in the log, with the source's.
fn compare<S: LogSource>(source: &S, made: TileId, hashes: &[Hash], differing: &mut Vec<TileId>) -> io::Result<()> {
    let Kind::Hashes { level } = made.kind() else { unreachable!("a builder makes hash tiles") };
    let kind = Kind::Hashes { level: level + 1 };
    let tile = TileId::new(kind, made.index(), made.width()).map_err(damage)?;
    let expected = encode_hashes(hashes).map_err(damage)?;
    if source.tile(tile)?.is_none_or(|found| found != expected) {
        differing.push(tile);
    }
    Ok(())
}

fn damage(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
