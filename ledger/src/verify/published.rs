//! A published log: a directory or a web prefix in the layout of C2SP `tlog-tiles` (spec §5).

use std::io;

use super::{Options, Unanswered, Verdict, log};
use crate::source::LogSource;
use crate::tile::{Kind, TileId, WIDTH_MAX, decode_entries};

/// Files by their paths below the log's prefix: `checkpoint`, `tile/0/000` …
pub trait Fetch: Sync {
    /// The content of a file; `None` when it is not there.
    ///
    /// # Errors
    /// The source's own: nothing can be said about the log then.
    fn fetch(&self, path: &str) -> io::Result<Option<Vec<u8>>>;
}

/// Verifies a published log up to its checkpoint. The verdict has 11 lines: there is neither a container nor a view.
pub fn tiles<F: Fetch>(files: &F, options: &Options<'_>) -> Result<Verdict, Unanswered> {
    let checkpoint = files.fetch("checkpoint")?.ok_or(Unanswered::NoCheckpoint)?;
    log(&Published { files }, &checkpoint, options)
}

struct Published<'a, F> {
    files: &'a F,
}

impl<F: Fetch> LogSource for Published<'_, F> {
    fn tile(&self, tile: TileId) -> io::Result<Option<Vec<u8>>> {
        match self.files.fetch(&tile.to_string())? {
            // A partial tile may go once the full one exists.
            None if !tile.is_full() => {
                let full = TileId::new(tile.kind(), tile.index(), WIDTH_MAX).map_err(io::Error::other)?;
                Ok(self.files.fetch(&full.to_string())?.and_then(|body| beginning(&body, tile)))
            }
            found => Ok(found),
        }
    }

    fn has_hash_tiles(&self) -> bool {
        true
    }
}

/// The first places of a full tile.
fn beginning(full: &[u8], tile: TileId) -> Option<Vec<u8>> {
    let len = match tile.kind() {
        Kind::Hashes { .. } | Kind::Signatures => usize::try_from(tile.bytes_max()).ok()?,
        Kind::Entries => {
            let entries = decode_entries(full, WIDTH_MAX).ok()?;
            entries[..usize::from(tile.width())].iter().map(|entry| 2 + entry.len()).sum()
        }
    };
    full.get(..len).map(<[u8]>::to_vec)
}
