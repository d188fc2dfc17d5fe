//! A published log in a directory (spec §5), and how large its files may be wherever they are.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use ledger::entry::ENTRY_BYTES_MAX;
use ledger::tile::{Kind, TileId, WIDTH_MAX};
use ledger::verify::Fetch;

/// A checkpoint with thousands of cosignatures.
const CHECKPOINT_BYTES_MAX: u64 = 1 << 20;

/// A directory in the layout of C2SP tlog-tiles.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// The directory that has the file `checkpoint` in it.
    pub(crate) fn new(path: &Path) -> Directory {
        Directory { path: path.to_owned() }
    }
}

impl Fetch for Directory {
    fn fetch(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let file = self.path.join(path);
        let read = || {
            // Opening what is no file, a pipe for example, could wait for ever.
            if !fs::metadata(&file)?.is_file() {
                return Err(io::Error::other("it is not a file"));
            }
            read_file(path, File::open(&file)?)
        };
        match read() {
            Ok(content) => Ok(Some(content)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(io::Error::other(format!("{}: {error}", file.display()))),
        }
    }
}

/// Reads a file of a published log, whose path says how many bytes it has at most. One that has more is none, and is taken
/// as empty, which is nothing that a file of a log can be.
pub(crate) fn read_file(path: &str, content: impl Read) -> io::Result<Vec<u8>> {
    let max = bytes_max(path);
    let mut bytes = Vec::new();
    content.take(max + 1).read_to_end(&mut bytes)?;
    if max < bytes.len() as u64 {
        bytes.clear();
    }
    Ok(bytes)
}

fn bytes_max(path: &str) -> u64 {
    let each = match path.parse::<TileId>().map(|tile| tile.kind()) {
        Ok(Kind::Hashes { .. }) => 32,
        Ok(Kind::Signatures) => 64,
        Ok(Kind::Entries) => 2 + ENTRY_BYTES_MAX as u64,
        Err(_) => return CHECKPOINT_BYTES_MAX,
    };
    u64::from(WIDTH_MAX) * each
}
