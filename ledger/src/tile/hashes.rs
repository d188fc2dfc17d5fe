//! Node hashes out of fetched tiles.

use std::collections::VecDeque;

use super::{BodyError, TileId, WIDTH_MAX, decode_hashes};
use crate::tree::{Hash, HashReader, Node, complete_root};

/// Tiles kept in memory: 512 KiB. A proof touches at most two tiles a level.
const TILES_KEPT: usize = 64;

/// Reads hashes of a log of `size` entries from its tiles, which `fetch` gets. Nothing is verified: wrong tiles give
/// wrong hashes, and a proof or root made of them does not verify.
///
/// `fetch` may answer with a tile wider than asked for, since a log may drop a partial tile that has become full.
#[derive(Debug)]
pub struct TileHashes<F> {
    size: u64,
    fetch: F,
    /// Last used first.
    kept: VecDeque<(TileId, Vec<Hash>)>,
}

/// Why a hash could not be read from tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileHashError<E> {
    /// The node has leaves that the log does not have.
    #[error("node {} of level {} is beyond a log of {size} entries", .node.index, .node.level)]
    Beyond {
        /// The node asked for.
        node: Node,
        /// Entries of the log.
        size: u64,
    },
    /// The tile could not be fetched.
    #[error("{tile} could not be fetched")]
    Fetch {
        /// The tile.
        tile: TileId,
        /// Why.
        source: E,
    },
    /// What was fetched is no hash tile of that width or wider.
    #[error("{tile} is malformed")]
    Body {
        /// The tile.
        tile: TileId,
        /// Why.
        source: BodyError,
    },
}

impl<F, E> TileHashes<F>
where
    F: FnMut(TileId) -> Result<Vec<u8>, E>,
{
    /// A reader of the hashes of a log of `size` entries.
    pub fn new(size: u64, fetch: F) -> TileHashes<F> {
        TileHashes { size, fetch, kept: VecDeque::with_capacity(TILES_KEPT) }
    }

    fn tile(&mut self, tile: TileId) -> Result<&[Hash], TileHashError<E>> {
        if let Some(place) = self.kept.iter().position(|(kept, _)| *kept == tile) {
            let found = self.kept.remove(place).expect("just found");
            self.kept.push_front(found);
        } else {
            let body = (self.fetch)(tile).map_err(|source| TileHashError::Fetch { tile, source })?;
            let hashes = wide_enough(&body, tile).map_err(|source| TileHashError::Body { tile, source })?;
            self.kept.truncate(TILES_KEPT - 1);
            self.kept.push_front((tile, hashes));
        }
        Ok(&self.kept[0].1)
    }
}

fn wide_enough(body: &[u8], tile: TileId) -> Result<Vec<Hash>, BodyError> {
    let places = u16::try_from(body.len() / Hash::BYTES).unwrap_or(u16::MAX);
    let width = places.clamp(tile.width(), WIDTH_MAX);
    decode_hashes(body, width)
}

impl<F, E> HashReader for TileHashes<F>
where
    F: FnMut(TileId) -> Result<Vec<u8>, E>,
{
    type Error = TileHashError<E>;

    fn hash(&mut self, node: Node) -> Result<Hash, TileHashError<E>> {
        let beyond = TileHashError::Beyond { node, size: self.size };
        let Some(tile) = TileId::holding(node, self.size) else {
            return Err(beyond);
        };
        let places = 1_usize << (node.level % 8);
        let first = usize::try_from(node.index * places as u64 % u64::from(WIDTH_MAX)).expect("below 256");
        if usize::from(tile.width()) < first + places {
            return Err(beyond);
        }
        Ok(complete_root(&self.tile(tile)?[first..first + places]))
    }
}
