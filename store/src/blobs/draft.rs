//! A file that is coming in: named by chance until its hash is known, and gone if it does not come to its end.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use domain::name::Sha256;
use sha2::Digest as _;

use super::{BlobError, Stored, digest, failed};
use crate::durable;

/// Evidence is read by the service and nobody else.
const MODE: u32 = 0o600;
/// A name drawn at random is taken, or swept before it is locked, so often in a row only by mistake.
const BEGIN_ATTEMPTS_MAX: u32 = 4;

/// A file being written. Its lock tells whoever sweeps that somebody still writes. Everything it does blocks.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    path: PathBuf,
    hasher: sha2::Sha256,
    bytes: u64,
    /// Whether the file has its place; otherwise it goes with this value.
    kept: bool,
}

impl Draft {
    /// Makes an empty file in this directory.
    pub(super) fn begin(directory: &Path) -> Result<Self, BlobError> {
        for _ in 0..BEGIN_ATTEMPTS_MAX {
            let path = directory.join(format!("{:032x}.new", random()));
            let made = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&path);
            let draft = Self::of(made.map_err(failed(&path))?, path);
            if draft.is_ours().map_err(failed(&draft.path))? {
                return Ok(draft);
            }
        }
        let source = io::Error::other("whatever is begun is swept at once");
        Err(BlobError::Io { path: directory.to_owned(), source })
    }

    fn of(file: File, path: PathBuf) -> Self {
        Self { file, path, hasher: sha2::Sha256::new(), bytes: 0, kept: false }
    }

    /// Locks the file; false where a sweep was faster, which takes an unlocked file for one left behind.
    fn is_ours(&self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(self.file.metadata()?.nlink() == 1),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Adds a chunk, unless the file becomes longer than `limit` by it.
    pub(super) fn write(mut self, chunk: &[u8], limit: u64) -> Result<Self, BlobError> {
        self.bytes = self.bytes.saturating_add(chunk.len() as u64);
        if limit < self.bytes {
            return Err(BlobError::TooLarge { limit });
        }
        self.hasher.update(chunk);
        self.file.write_all(chunk).map_err(failed(&self.path))?;
        Ok(self)
    }

    /// Gives the file the place of its hash, durable when it returns.
    ///
    /// A rename, also where a file is in the place: what was just hashed is right, and what is there may have been altered
    /// since. Whoever is reading that one reads on in it.
    pub(super) fn keep(mut self, place: impl FnOnce(&Sha256) -> PathBuf) -> Result<Stored, BlobError> {
        self.file.sync_all().map_err(failed(&self.path))?;
        let stored = Stored { sha256: digest(std::mem::take(&mut self.hasher)), bytes: self.bytes };
        let path = place(&stored.sha256);
        let directory = durable::directory_of(&path);
        durable::create_directory(directory).map_err(failed(directory))?;
        fs::rename(&self.path, &path).map_err(failed(&path))?;
        self.kept = true;
        // The directory above as well: who made this one may not have come to that yet.
        for directory in [directory, durable::directory_of(directory)] {
            durable::sync_directory(directory).map_err(failed(directory))?;
        }
        Ok(stored)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            // A full disk must not be filled further by what did not fit. What cannot be removed is swept at the next start.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Removes what writers that are gone left behind. The system drops a lock with its process, however that ended.
pub(super) fn sweep(directory: &Path) -> Result<(), BlobError> {
    for found in fs::read_dir(directory).map_err(failed(directory))? {
        let path = found.map_err(failed(directory))?.path();
        match remove_unlocked(&path) {
            // Its writer, or another sweep, was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.map_err(failed(&path))?,
        }
    }
    Ok(())
}

fn remove_unlocked(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    match file.try_lock() {
        // Removed under the lock: who begins a file there notices.
        Ok(()) => fs::remove_file(path),
        Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn random() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told_apart_from_a_broken_one() {
        let directory = tempfile::tempdir().unwrap();
        // Writes to it fail as those to a full disk do.
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let draft = Draft::of(full, directory.path().join("draft"));
        assert!(matches!(draft.write(b"evidence", 100), Err(BlobError::Full(_))));
        for (code, is_full) in [(28, true), (122, true), (27, false), (5, false), (13, false)] {
            let error = failed(directory.path())(io::Error::from_raw_os_error(code));
            assert_eq!(matches!(error, BlobError::Full(_)), is_full, "{error:?}");
        }
    }

    #[test]
    fn a_draft_that_was_swept_before_it_was_locked_is_not_ours() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("draft");
        let draft = Draft::of(File::create(&path).unwrap(), path);
        sweep(directory.path()).unwrap();
        assert!(!draft.is_ours().unwrap());
    }

    #[test]
    fn a_sweep_leaves_what_is_being_written_and_removes_what_is_not() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("left-behind.new"), "half of a fi").unwrap();
        let draft = Draft::begin(directory.path()).unwrap().write(b"evidence", 100).unwrap();
        sweep(directory.path()).unwrap();
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(left, std::slice::from_ref(&draft.path));
        drop(draft);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
