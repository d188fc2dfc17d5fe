//! A file on its way out: hashed whole before the first byte leaves, and again as the bytes leave.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use futures::{Stream, stream};
use sha2::Digest as _;

use super::{BlobError, Stored, blocking, digest, failed};

/// Read at a time: large enough that a call costs little beside hashing, small enough for a thousand downloads at once.
const CHUNK_BYTES: usize = 256 << 10;

/// A file whose bytes are what the log names.
#[derive(Debug)]
pub struct CheckedFile {
    file: File,
    path: PathBuf,
    stored: Stored,
}

/// What is left of a file to hand out.
struct Rest {
    checked: CheckedFile,
    hasher: sha2::Sha256,
    handed_out: u64,
}

impl CheckedFile {
    /// Reads the whole file and compares. Blocks.
    pub(super) fn open(path: PathBuf, expected: Stored) -> Result<Self, BlobError> {
        let mut file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BlobError::Missing(expected.sha256.clone()),
            _ => failed(&path)(error),
        })?;
        let actual = measure(&mut file).map_err(failed(&path))?;
        if actual != expected {
            return Err(BlobError::Altered { expected, actual });
        }
        file.rewind().map_err(failed(&path))?;
        Ok(Self { file, path, stored: expected })
    }

    /// What it is.
    pub fn stored(&self) -> &Stored {
        &self.stored
    }

    /// Its bytes in chunks of at most 256 KiB. Exactly as many as the log names come, or an error before the last chunk:
    /// should somebody alter the file meanwhile, nobody gets all of an altered one.
    pub fn into_stream(self) -> impl Stream<Item = Result<Vec<u8>, BlobError>> + Send + 'static {
        let rest = Rest { checked: self, hasher: sha2::Sha256::new(), handed_out: 0 };
        // An error ends the stream: there is no rest to go on with.
        stream::try_unfold(rest, |rest| blocking(move || rest.next()))
    }
}

impl Rest {
    fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, BlobError> {
        let expected = self.checked.stored.bytes;
        let left = expected - self.handed_out;
        if left == 0 {
            return Ok(None);
        }
        let length = usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
        let mut chunk = Vec::with_capacity(length);
        let read = self.checked.file.by_ref().take(length as u64).read_to_end(&mut chunk);
        read.map_err(failed(&self.checked.path))?;
        self.hasher.update(&chunk);
        self.handed_out += chunk.len() as u64;
        let is_short = chunk.len() < length;
        if is_short || self.handed_out == expected {
            let actual = Stored { sha256: digest(self.hasher.clone()), bytes: self.handed_out };
            if actual != self.checked.stored {
                return Err(BlobError::Altered { expected: self.checked.stored.clone(), actual });
            }
        }
        Ok(Some((chunk, self)))
    }
}

/// What a file of that path is, `None` where there is none. Blocks.
pub(super) fn measure_at(path: &Path) -> io::Result<Option<Stored>> {
    match File::open(path) {
        Ok(mut file) => measure(&mut file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn measure(file: &mut File) -> io::Result<Stored> {
    let (mut hasher, mut bytes, mut chunk) = (sha2::Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(Stored { sha256: digest(hasher), bytes }),
            Ok(read) => {
                hasher.update(&chunk[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
