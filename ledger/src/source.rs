//! Where the entries of a log are read from, for verifying and exporting.

use std::io;

use crate::tile::{Kind, TileId, encode_entries, encode_signatures};

/// A log that can be read tile by tile, in any order and from several threads at once: an export, a directory, a web
/// server, a database.
pub trait LogSource: Sync {
    /// The body of a tile that a log of the size in question has; `None` when it is not there.
    ///
    /// # Errors
    /// The source's own. An error says nothing about the log, only that the question cannot be answered.
    fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>>;

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
