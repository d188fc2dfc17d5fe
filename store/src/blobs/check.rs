//! All files, read again and compared with what the log names.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::checked::measure_at;
use super::{BlobError, Blobs, Stored, blocking, failed};

/// What was found of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where the file is, or should be.
    pub path: PathBuf,
    /// What the log names, if it names one in this place.
    pub recorded: Option<Stored>,
    /// How it is.
    pub condition: Condition,
}

/// How a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Its bytes are what its place, and the log where it names it, say.
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

impl Finding {
    /// Whether somebody has to see to it. A file that no log names is whole and harmless: the entry of an upload that was
    /// broken off never came.
    pub fn is_problem(&self) -> bool {
        self.condition != Condition::Whole
    }
}

impl Blobs {
    /// Reads every file that the log names and every file that is there, in the order of their places, and tells of each.
    /// `recorded` is what the logs of all organisations name together, for they share the files.
    ///
    /// # Errors
    /// [`BlobError::Io`], when the directories cannot be listed. A file that cannot be read is a finding.
    pub async fn check_all(&self, recorded: BTreeSet<Stored>, mut each: impl FnMut(Finding)) -> Result<(), BlobError> {
        let kept = self.kept();
        let there = blocking(move || files_below(&kept)).await?;
        let mut places: BTreeSet<(PathBuf, Option<Stored>)> = BTreeSet::new();
        let named: BTreeSet<PathBuf> = recorded.iter().map(|file| self.path(&file.sha256)).collect();
        places.extend(recorded.into_iter().map(|file| (self.path(&file.sha256), Some(file))));
        places.extend(there.into_iter().filter(|path| !named.contains(path)).map(|path| (path, None)));
        for (path, recorded) in places {
            each(blocking(move || look_at(path, recorded)).await);
        }
        Ok(())
    }
}

fn look_at(path: PathBuf, recorded: Option<Stored>) -> Finding {
    let condition = match measure_at(&path) {
        Ok(Some(actual)) if fits(&path, recorded.as_ref(), &actual) => Condition::Whole,
        Ok(Some(actual)) => Condition::Altered { actual },
        Ok(None) => Condition::Missing,
        Err(error) => Condition::Unreadable(error.to_string()),
    };
    Finding { path, recorded, condition }
}

/// A file that the log does not name must still be what its own name says.
fn fits(path: &Path, recorded: Option<&Stored>, actual: &Stored) -> bool {
    let is_named_so = || path.file_name().is_some_and(|name| name == actual.sha256.as_str());
    recorded.map_or_else(is_named_so, |recorded| recorded == actual)
}

fn files_below(directory: &Path) -> Result<Vec<PathBuf>, BlobError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed(directory))? {
        let entry = entry.map_err(failed(directory))?;
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files_below(&entry.path())?),
            Ok(_) => found.push(entry.path()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&entry.path())(error)),
        }
    }
    Ok(found)
}
