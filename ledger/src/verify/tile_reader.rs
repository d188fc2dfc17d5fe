//! Reads the tiles of a log from left to right, so many at once that they fill the memory meant for them.

use std::io;

use super::parallel;
use crate::source::LogSource;
use crate::tile::{Kind, TileId};

/// Of entries read at once, about: three times as much is in memory.
const BATCH_BYTES: u64 = 4 << 20;
/// Tiles read at once at most.
const BATCH_TILES_MAX: usize = 64;
/// Tiles asked for at the same time. Of a source that does not say how long a tile is, each may turn out to be one of 16 MiB:
/// together these are 256 MiB then.
const TILES_AT_A_TIME: usize = 16;

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
    at_once: usize,
    with_entries_only: bool,
}

impl<'a, S: LogSource> TileReader<'a, S> {
    pub(super) fn new(source: &'a S, size: u64, with_entries_only: bool) -> TileReader<'a, S> {
        TileReader { source, size, next: 0, at_once: 1, with_entries_only }
    }

    /// The next tiles; none at the end.
    pub(super) fn read(&mut self) -> io::Result<Vec<RawTile>> {
        let (mut read, mut bytes) = (Vec::new(), 0);
        while bytes < BATCH_BYTES && read.len() < self.at_once {
            let tiles = self.choose(&read, bytes)?;
            if tiles.is_empty() {
                break;
            }
            for tile in parallel::map(tiles, |tile| self.read_one(tile)) {
                let tile = tile?;
                bytes += tile.body.as_ref().map_or(0, Vec::len) as u64;
                read.push(tile);
            }
        }
        // The first step is short, so that the other stages have something to do soon.
        self.at_once = BATCH_TILES_MAX;
        Ok(read)
    }

    /// The next tiles that have room beside those read, as far as the source says how long they are; one alone always has.
    fn choose(&mut self, read: &[RawTile], bytes_read: u64) -> io::Result<Vec<TileId>> {
        let (mut tiles, mut bytes) = (Vec::new(), bytes_read);
        while tiles.len() < TILES_AT_A_TIME.min(self.at_once - read.len()) {
            let Some(tile) = TileId::of_log(Kind::Entries, self.next, self.size) else { break };
            bytes = bytes.saturating_add(self.source.tile_bytes(tile)?.unwrap_or(0));
            if BATCH_BYTES < bytes && 0 < read.len() + tiles.len() {
                break;
            }
            tiles.push(tile);
            self.next += 1;
        }
        Ok(tiles)
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

#[cfg(test)]
mod tests {
    use std::io;

    use super::{BATCH_BYTES, BATCH_TILES_MAX, TILES_AT_A_TIME, TileReader};
    use crate::source::LogSource;
    use crate::tile::{Kind, TileId};

    const LARGE: u64 = 16 << 20;
    /// The first tiles that are not small.
    const LARGE_FROM: u64 = 500;

    /// A log whose first tiles are small, so that nothing leads to expect what follows.
    struct Growing {
        says_bytes: bool,
    }

    fn bytes_of(tile: TileId) -> u64 {
        match tile.kind() {
            Kind::Entries if LARGE_FROM <= tile.index() => LARGE,
            _ => 1000,
        }
    }

    impl LogSource for Growing {
        fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>> {
            Ok(Some(vec![0; usize::try_from(bytes_of(tile)).map_err(io::Error::other)?]))
        }

        fn tile_bytes(&self, tile: TileId) -> io::Result<Option<u64>> {
            Ok(self.says_bytes.then(|| bytes_of(tile)))
        }

        fn has_hash_tiles(&self) -> bool {
            false
        }
    }

    /// The most tiles and bytes of entries that were read at once, and how many tiles altogether.
    fn most(says_bytes: bool) -> (usize, u64, u64) {
        let source = Growing { says_bytes };
        let mut reader = TileReader::new(&source, 256 * (LARGE_FROM + 40), true);
        let (mut most_tiles, mut most_bytes, mut all) = (0, 0, 0);
        loop {
            let read = reader.read().expect("the source has everything");
            if read.is_empty() {
                return (most_tiles, most_bytes, all);
            }
            most_tiles = most_tiles.max(read.len());
            most_bytes = most_bytes.max(read.iter().map(|tile| bytes_of(tile.entries)).sum());
            for tile in read {
                assert_eq!(tile.entries.index(), all);
                all += 1;
            }
        }
    }

    #[test]
    fn tiles_that_say_how_long_they_are_never_fill_more_memory_than_is_meant_for_them() {
        let (most_tiles, most_bytes, all) = most(true);
        assert_eq!((most_tiles, most_bytes, all), (BATCH_TILES_MAX, LARGE, LARGE_FROM + 40));
    }

    #[test]
    fn of_tiles_that_do_not_say_how_long_they_are_few_are_read_before_that_is_known() {
        let (most_tiles, most_bytes, all) = most(false);
        assert_eq!((most_tiles, all), (BATCH_TILES_MAX, LARGE_FROM + 40));
        assert!(most_bytes < BATCH_BYTES + TILES_AT_A_TIME as u64 * LARGE, "{most_bytes} bytes");
    }
}
