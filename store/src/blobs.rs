//! Files of evidence, each kept once under the SHA-256 of its bytes: `<data>/blobs/sha256/ab/<64 hex>`.
//!
//! This is ground state: the log names a file by hash and length, and only here are its bytes. A file is put here before
//! the entry that names it is appended; where that append fails, the file stays without a name and harms nobody. What is
//! handed out was hashed before its first byte left, and is hashed again on the way.

mod check;
mod checked;
mod draft;

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use domain::name::Sha256;
use futures::{Stream, StreamExt as _};
use tokio::task;

pub use self::check::Condition;
pub use self::checked::CheckedFile;
use self::draft::Draft;
use crate::durable;

/// The files of evidence under a data directory. Cheap to clone; several processes may use one directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blobs {
    root: PathBuf,
}

/// A file as the log names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stored {
    /// The hash of its bytes, by which it is kept.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Why a file was not kept or is not handed out.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The file is longer than it may be; nothing of it was kept.
    #[error("the file has more than {limit} bytes")]
    TooLarge {
        /// How many it may have.
        limit: u64,
    },
    /// Whoever sends the file stopped or failed; nothing of it was kept.
    #[error("the file did not come to its end")]
    Source(#[source] Box<dyn Error + Send + Sync>),
    /// There is no room for it; nothing of it was kept.
    #[error("there is no room for the file on the disk")]
    Full(#[source] io::Error),
    /// There is no such file, though the log may name one: restore it from a backup.
    #[error("there is no file {0}")]
    Missing(Sha256),
    /// The file is not what was kept. No byte of it is handed out.
    #[error("the file {} of {} bytes is now {} of {} bytes", .expected.sha256, .expected.bytes, .actual.sha256, .actual.bytes)]
    Altered {
        /// What the log names.
        expected: Stored,
        /// What is there.
        actual: Stored,
    },
    /// The file could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Blobs {
    /// The files under a data directory, whose place is made where it is missing. What writers that died left behind is
    /// removed; those of other processes that still write are left alone.
    ///
    /// # Errors
    /// [`BlobError::Io`] or [`BlobError::Full`].
    pub async fn start(data: &Path) -> Result<Self, BlobError> {
        let blobs = Self { root: data.join("blobs") };
        let files = blobs.clone();
        blocking(move || {
            for directory in [files.kept(), files.incoming()] {
                durable::create_directory(&directory).map_err(failed(&directory))?;
            }
            // Also where they were there: who made them may have died before this.
            durable::sync_directory(&files.root).map_err(failed(&files.root))?;
            draft::sweep(&files.incoming())
        })
        .await?;
        Ok(blobs)
    }

    /// Keeps a file of at most `limit` bytes, durable when it returns. The same bytes again are the same file. Chunks are
    /// written as they come; none but the newest is in memory. Dropping the future keeps nothing, or all of it.
    ///
    /// # Errors
    /// [`BlobError`]; after any of them the file counts as not kept. Only where the disk failed at the very last, while its
    /// name was being made durable, may it be there all the same.
    pub async fn put<B, E>(
        &self,
        mut chunks: impl Stream<Item = Result<B, E>> + Unpin,
        limit: u64,
    ) -> Result<Stored, BlobError>
    where
        B: AsRef<[u8]> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let incoming = self.incoming();
        let mut draft = blocking(move || Draft::begin(&incoming)).await?;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| BlobError::Source(error.into()))?;
            draft = blocking(move || draft.write(chunk.as_ref(), limit)).await?;
        }
        let files = self.clone();
        blocking(move || draft.keep(|sha256| files.path(sha256))).await
    }

    /// Opens a file to be handed out, after all of it was read and found to be what the log names. Its bytes are not held
    /// in memory.
    ///
    /// # Errors
    /// [`BlobError::Altered`], [`BlobError::Missing`] or [`BlobError::Io`].
    pub async fn open(&self, file: Stored) -> Result<CheckedFile, BlobError> {
        let path = self.path(&file.sha256);
        blocking(move || CheckedFile::open(path, file)).await
    }

    /// Where a file is kept, whether it is there or not.
    fn path(&self, sha256: &Sha256) -> PathBuf {
        let hex = sha256.as_str();
        self.kept().join(&hex[..2]).join(hex)
    }

    fn kept(&self) -> PathBuf {
        self.root.join("sha256")
    }

    /// Where files are until their hash is known; on the same file system, so that they can be renamed.
    fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }
}

/// Runs what blocks where it may. It goes on to its end also when nobody waits for it any more.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    task::spawn_blocking(work).await.expect("file work does not panic")
}

/// What a failed call means. A disk without room is apart: whoever runs the service can do something about it, and
/// whoever sends the file can send it again.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> BlobError {
    |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BlobError::Full(source),
        _ => BlobError::Io { path: path.to_owned(), source },
    }
}

fn digest(hasher: sha2::Sha256) -> Sha256 {
    use sha2::Digest as _;
    Sha256::parse(&hex::encode(hasher.finalize())).expect("a digest is 64 digits of lower-case hex")
}
