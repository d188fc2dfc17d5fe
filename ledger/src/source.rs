//! Where the entries of a log are read from, for verifying and exporting.

mod hashes;

use std::io;

pub use self::hashes::LogHashes;
pub(crate) use self::hashes::{UpperNodes, Within};
use crate::tile::{Kind, TileId, decode_entries, encode_entries, encode_signatures};

/// A log that can be read tile by tile, in any order and from several threads at once: an export, a directory, a web
/// server, a database.
pub trait LogSource: Sync {
    /// The body of a tile that a log of the size in question has; `None` when it is not there.
    ///
    /// # Errors
    /// The source's own. An error says nothing about the log, only that the question cannot be answered.
    fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>>;

    /// How many bytes the body of a tile has, where the source knows that without reading it.
    ///
    /// # Errors
    /// The source's own.
    fn tile_bytes(&self, _tile: TileId) -> io::Result<Option<u64>> {
        Ok(None)
    }

    /// Whether it keeps hash tiles. Of a source that does not, they are made from the entries.
    fn has_hash_tiles(&self) -> bool;
}

/// A small log in memory, entries and signatures side by side.
#[derive(Debug, Clone, Default)]
pub struct ListedLog {
    /// The bytes of each entry and its signature, in order.
    pub entries: Vec<(Vec<u8>, [u8; 64])>,
}

impl LogSource for ListedLog {
    fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>> {
        let places = tile.places();
        let places = usize::try_from(places.start).ok().zip(usize::try_from(places.end).ok());
        let entries = places.and_then(|(start, end)| self.entries.get(start..end));
        let body = entries.map(|entries| match tile.kind() {
            Kind::Hashes { .. } => Ok(None),
            Kind::Entries => {
                let bodies: Vec<_> = entries.iter().map(|(entry, _)| entry).collect();
                encode_entries(&bodies).map(Some)
            }
            Kind::Signatures => {
                let signatures: Vec<_> = entries.iter().map(|(_, signature)| *signature).collect();
                encode_signatures(&signatures).map(Some)
            }
        });
        body.transpose().map(Option::flatten).map_err(io::Error::other)
    }

    fn has_hash_tiles(&self) -> bool {
        false
    }
}

/// A tile that a log of `size` entries must have; `InvalidData` when it is not there.
pub(crate) fn stored<S: LogSource>(source: &S, kind: Kind, index: u64, size: u64) -> io::Result<(TileId, Vec<u8>)> {
    let tile = TileId::of_log(kind, index, size).ok_or(io::ErrorKind::InvalidData)?;
    let missing = || io::Error::new(io::ErrorKind::InvalidData, format!("{tile} is missing"));
    Ok((tile, source.tile(tile)?.ok_or_else(missing)?))
}

/// The entries of a tile that a log of `size` entries must have; `InvalidData` when they are not there.
pub(crate) fn stored_entries<S: LogSource>(source: &S, index: u64, size: u64) -> io::Result<Vec<Vec<u8>>> {
    let (tile, body) = stored(source, Kind::Entries, index, size)?;
    let entries = decode_entries(&body, tile.width());
    let entries = entries.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
}
