//! Which files an import reads, and in which order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::Format;

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As it is named in messages.
    pub path: Arc<Path>,
    /// Its size when it was found, for the progress shown.
    pub bytes: u64,
}

/// The files that paths stand for: a file is itself, a directory is the files below it whose names end as the format's
/// do, in the order of their paths. Hidden files and links to directories are left alone.
///
/// # Errors
/// A path that does not exist or cannot be read, or nothing to import at all.
pub fn find(paths: &[PathBuf], format: Format) -> anyhow::Result<Vec<File>> {
    let mut files = Vec::new();
    for path in paths {
        let about = std::fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?;
        if about.is_dir() {
            below(path, format, &mut files)?;
        } else {
            files.push(File { path: path.as_path().into(), bytes: about.len() });
        }
    }
    anyhow::ensure!(!files.is_empty(), "there is no {} file to import", format.endings().join(" or "));
    Ok(files)
}

fn below(directory: &Path, format: Format, files: &mut Vec<File>) -> anyhow::Result<()> {
    let unreadable = || format!("{} cannot be read", directory.display());
    let entries = std::fs::read_dir(directory).with_context(unreadable)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().with_context(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let path = entry.path();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().with_context(unreadable)?.is_dir() {
            below(&path, format, files)?;
        } else if format.endings().iter().any(|ending| name.as_encoded_bytes().ends_with(ending.as_bytes())) {
            let about = std::fs::metadata(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            files.push(File { path: path.into(), bytes: about.len() });
        }
    }
    Ok(())
}

impl Format {
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Cloudtrail => &[".json", ".json.gz"],
            Self::Jsonl => &[".jsonl", ".ndjson"],
        }
    }
}
