//! The checkpoints with which checkpoints keys handed over, by their size. The old and the new key signed each, and it
//! stays published (spec §7).
//!
//! Their sizes stand in no entry, and the signer signs none of them again: so it keeps them beside its record, and from
//! there they are published anew where the published files were lost.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::durable::{self, Created};
use crate::tiles::TileError;

/// A directory of such checkpoints: published, or the signer's own. Everything here blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverDirectory {
    root: PathBuf,
}

impl HandoverDirectory {
    /// In this directory, which need not exist yet.
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The checkpoint of that size, if it is one of them.
    pub fn note(&self, size: u64) -> Result<Option<String>, TileError> {
        let path = self.path(size);
        let content = durable::read(&path).map_err(failed(&path))?;
        let note = content.map(String::from_utf8).transpose();
        note.map_err(|error| failed(&path)(io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    /// The sizes of all of them, in ascending order.
    pub fn sizes(&self) -> Result<Vec<u64>, TileError> {
        let files = match fs::read_dir(&self.root) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&self.root)(error)),
        };
        let names = files.map(|file| Ok(file?.file_name())).collect::<io::Result<Vec<_>>>();
        let names = names.map_err(failed(&self.root))?;
        let mut sizes: Vec<u64> = names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect();
        sizes.sort_unstable();
        Ok(sizes)
    }

    /// Keeps one; another of that size is an error and stays.
    pub(crate) fn keep(&self, size: u64, note: &str) -> Result<(), TileError> {
        let path = self.path(size);
        durable::create_directory(&self.root).map_err(failed(&self.root))?;
        if durable::create(&path, note.as_bytes()).map_err(failed(&path))? == Created::Other {
            return Err(TileError::Differs(path));
        }
        durable::sync_directory(&self.root).map_err(failed(&self.root))
    }

    /// Keeps one in the place of another history's of that size.
    pub(crate) fn replace(&self, size: u64, note: &str) -> Result<(), TileError> {
        let path = self.path(size);
        durable::create_directory(&self.root).map_err(failed(&self.root))?;
        durable::replace(&path, note.as_bytes()).map_err(failed(&path))
    }

    fn path(&self, size: u64) -> PathBuf {
        self.root.join(size.to_string())
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> TileError {
    |source| TileError::Io { path: path.to_owned(), source }
}
