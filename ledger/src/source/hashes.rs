//! Node hashes of a log, from its hash tiles or from its entries.

use std::io;

use super::{LogSource, stored, stored_entries};
use crate::tile::{Kind, TileHashError, TileHashes, TileId, WIDTH_MAX};
use crate::tree::{Hash, HashReader, Node, complete_root, leaf_hash, node_hash};

/// Level of the root of a full tile of leaves.
const TILE_LEVEL: u8 = 8;

type Fetch<'a> = Box<dyn FnMut(TileId) -> io::Result<Vec<u8>> + 'a>;

/// Reads the hashes of a log of some size, for roots and proofs. Nothing is verified: what is made of wrong hashes does
/// not verify.
pub struct LogHashes<'a, S>(Inner<'a, S>);

enum Inner<'a, S> {
    Tiles(TileHashes<Fetch<'a>>),
    Entries { upper: UpperNodes, within: Within<'a, S> },
}

impl<'a, S: LogSource> LogHashes<'a, S> {
    /// The hashes of the first `size` entries. Of a source without hash tiles all entries are read once; in memory is
    /// then a quarter of a byte for each.
    ///
    /// # Errors
    /// The source's own, and `InvalidData` where entries are missing.
    pub fn new(source: &'a S, size: u64) -> io::Result<LogHashes<'a, S>> {
        if source.has_hash_tiles() {
            let fetch = move |tile: TileId| stored(source, tile.kind(), tile.index(), size).map(|(_, body)| body);
            return Ok(LogHashes(Inner::Tiles(TileHashes::new(size, Box::new(fetch)))));
        }
        let mut upper = UpperNodes::default();
        for tile in 0..size / u64::from(WIDTH_MAX) {
            upper.push(complete_root(&leaves_of(source, tile, size)?));
        }
        Ok(LogHashes(Inner::Entries { upper, within: Within::new(source, size) }))
    }

    /// A hash tile of that log.
    ///
    /// # Errors
    /// As for a single hash.
    pub fn tile(&mut self, tile: TileId) -> io::Result<Vec<Hash>> {
        let Kind::Hashes { level } = tile.kind() else { return Err(io::ErrorKind::InvalidInput.into()) };
        tile.places().map(|index| self.hash(Node { level: level * TILE_LEVEL, index })).collect()
    }
}

impl<S: LogSource> HashReader for LogHashes<'_, S> {
    type Error = io::Error;

    fn hash(&mut self, node: Node) -> io::Result<Hash> {
        match &mut self.0 {
            Inner::Tiles(tiles) => tiles.hash(node).map_err(|error| match error {
                TileHashError::Fetch { source, .. } => source,
                error => io::Error::new(io::ErrorKind::InvalidData, error),
            }),
            Inner::Entries { upper, within } => within.hash(upper, node),
        }
    }
}

/// The nodes above full tiles of leaves, of a log that grows.
#[derive(Debug, Clone, Default)]
pub(crate) struct UpperNodes {
    /// By level, from [`TILE_LEVEL`] up.
    levels: Vec<Vec<Hash>>,
}

impl UpperNodes {
    /// Adds a full tile of leaves by its root.
    pub(crate) fn push(&mut self, root: Hash) {
        let mut carried = root;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(carried);
            match nodes[..] {
                [.., left, right] if nodes.len().is_multiple_of(2) => carried = node_hash(&left, &right),
                _ => return,
            }
        }
    }

    fn get(&self, level: u8, index: u64) -> Option<Hash> {
        self.levels.get(usize::from(level))?.get(usize::try_from(index).ok()?).copied()
    }
}

/// The nodes within tiles of leaves, made of entries.
pub(crate) struct Within<'a, S> {
    source: &'a S,
    size: u64,
    /// The tile read last, and its leaves.
    leaves: Option<(u64, Vec<Hash>)>,
}

impl<'a, S: LogSource> Within<'a, S> {
    pub(crate) fn new(source: &'a S, size: u64) -> Within<'a, S> {
        Within { source, size, leaves: None }
    }

    /// Any node of the log, those above the tiles out of `upper`.
    pub(crate) fn hash(&mut self, upper: &UpperNodes, node: Node) -> io::Result<Hash> {
        let beyond = || io::Error::from(io::ErrorKind::InvalidData);
        if let Some(level) = node.level.checked_sub(TILE_LEVEL) {
            return upper.get(level, node.index).ok_or_else(beyond);
        }
        let first = node.index << node.level;
        let tile = first / u64::from(WIDTH_MAX);
        if self.leaves.as_ref().is_none_or(|(kept, _)| *kept != tile) {
            self.leaves = Some((tile, leaves_of(self.source, tile, self.size)?));
        }
        let first = usize::try_from(first % u64::from(WIDTH_MAX)).expect("below 256");
        let leaves = self.leaves.as_ref().and_then(|(_, leaves)| leaves.get(first..first + (1 << node.level)));
        leaves.map(complete_root).ok_or_else(beyond)
    }
}

fn leaves_of<S: LogSource>(source: &S, tile: u64, size: u64) -> io::Result<Vec<Hash>> {
    let entries = stored_entries(source, tile, size)?;
    Ok(entries.iter().map(|entry| leaf_hash(entry)).collect())
}
