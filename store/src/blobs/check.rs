//! A file read again and compared with what the log names, and whether files can be read at all.

use std::fs;
use std::path::Path;

use super::checked::measure_at;
use super::{BlobError, Blobs, Stored, blocking, failed};

/// How a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Its bytes are what the log says.
    Whole,
    /// Its bytes are others.
    Altered {
        /// What they are.
        actual: Stored,
    },
    /// It is not there.
    Missing,
    /// It cannot be read; the text says why.
    Unreadable(String),
}

impl Blobs {
    /// The files under a data directory as they are: nothing is made and nothing removed. For whoever only looks.
    pub fn at(data: &Path) -> Self {
        Self { root: data.join("blobs") }
    }

    /// Reads a file that the log names, whole. Its bytes are not held in memory.
    pub async fn check(&self, file: Stored) -> (Stored, Condition) {
        let path = self.path(&file.sha256);
        blocking(move || {
            let condition = match measure_at(&path) {
                Ok(Some(actual)) if actual == file => Condition::Whole,
                Ok(Some(actual)) => Condition::Altered { actual },
                Ok(None) => Condition::Missing,
                Err(error) => Condition::Unreadable(error.to_string()),
            };
            (file, condition)
        })
        .await
    }

    /// Whether the place of the files is there and can be read. No file is opened.
    ///
    /// # Errors
    /// [`BlobError::Io`], for instance where a volume is not mounted.
    pub async fn ping(&self) -> Result<(), BlobError> {
        let kept = self.kept();
        blocking(move || {
            let mut listed = fs::read_dir(&kept).map_err(failed(&kept))?;
            listed.next().transpose().map_err(failed(&kept))?;
            Ok(())
        })
        .await
    }
}
