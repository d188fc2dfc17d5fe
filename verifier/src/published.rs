//! A published log in a directory (spec §5), and how large its files may be wherever they are.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use ledger::tile::TileId;
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
    let max = path.parse::<TileId>().map_or(CHECKPOINT_BYTES_MAX, |tile| tile.bytes_max());
    let mut bytes = Vec::new();
    content.take(max + 1).read_to_end(&mut bytes)?;
    if max < bytes.len() as u64 {
        bytes.clear();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::read_file;

    #[test]
    fn of_a_tile_no_more_is_read_than_its_path_allows() {
        for (path, max) in [
            ("tile/0/000.p/10", 320),
            ("tile/1/000", 8192),
            ("tile/signature/000.p/10", 640),
            ("tile/entries/000.p/1", 2 + 65_535),
            ("checkpoint", 1 << 20),
        ] {
            let content = |len: u64| io::Read::take(io::repeat(7), len);
            assert_eq!(read_file(path, content(max)).expect("it can be read").len() as u64, max, "{path}");
            let mut longer = content(u64::MAX);
            assert!(read_file(path, &mut longer).expect("it can be read").is_empty(), "{path}");
            assert_eq!(u64::MAX - longer.limit(), max + 1, "{path}");
        }
    }
}
