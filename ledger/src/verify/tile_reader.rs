//! Reads the tiles of a log from left to right, so many at once that they fill the memory meant for them.

use std::io;

use super::parallel;
use crate::source::LogSource;
use crate::tile::{Kind, TileId};

/// Read at once, about: three times as much is in memory.
const BATCH_BYTES: usize = 4 << 20;
/// Tiles read at once at most.
const BATCH_TILES_MAX: u64 = 64;

/// What could be read of the tiles of one place: entries, signatures, hashes.
pub(super) struct RawTile {
    pub(super) entries: TileId,
    pub(super) body: Option<Vec<u8>>,
    pub(super) signatures: Option<Vec<u8>>,
    pub(super) hashes: Option<Vec<u8>>,
}

/// Where reading has come to.
pub(super) struct TileReader<'a, S> {
    source: &'a S,
    size: u64,
    next: u64,
    at_once: u64,
    with_entries_only: bool,
}

impl<'a, S: LogSource> TileReader<'a, S> {
    pub(super) fn new(source: &'a S, size: u64, with_entries_only: bool) -> TileReader<'a, S> {
        TileReader { source, size, next: 0, at_once: 1, with_entries_only }
    }

    /// The next tiles; none at the end.
    pub(super) fn read(&mut self) -> io::Result<Vec<RawTile>> {
        let tiles = self.next..self.next.saturating_add(self.at_once);
        let tiles: Vec<TileId> = tiles.map_while(|index| TileId::of_log(Kind::Entries, index, self.size)).collect();
        self.next += tiles.len() as u64;
        let read = parallel::map(tiles, |tile| self.read_one(tile));
        let read = read.into_iter().collect::<io::Result<Vec<RawTile>>>()?;
        let bytes: usize = read.iter().flat_map(|tile| &tile.body).map(Vec::len).sum();
        let each = (bytes / read.len().max(1)).max(1);
        self.at_once = (BATCH_BYTES.div_ceil(each) as u64).clamp(1, BATCH_TILES_MAX);
        Ok(read)
    }

    fn read_one(&self, entries: TileId) -> io::Result<RawTile> {
        let beside =
            |kind| TileId::of_log(kind, entries.index(), self.size).map_or(Ok(None), |tile| self.source.tile(tile));
        let body = self.source.tile(entries)?;
        if self.with_entries_only {
            return Ok(RawTile { entries, body, signatures: None, hashes: None });
        }
        let hashes = if self.source.has_hash_tiles() {
            // A tile that is missing is as wrong as one that is empty.
            Some(beside(Kind::Hashes { level: 0 })?.unwrap_or_default())
        } else {
            None
        };
        Ok(RawTile { entries, body, signatures: beside(Kind::Signatures)?, hashes })
    }
}
