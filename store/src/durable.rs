//! Files that are whole or not there after a crash. Everything here blocks: call it where blocking is allowed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What [`create`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Created {
    /// Nothing; the file is there now. Its directory is not synced yet.
    New,
    /// A file with the same bytes.
    Same,
    /// A file with other bytes, which stay.
    Other,
}

/// Makes a file with this content unless one is there. No reader ever sees a part of it.
///
/// Written under another name, synced, and linked: unlike a rename, a link does not replace what somebody else was
/// faster to make. The caller syncs the directory, once for all files that it makes there.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<Created> {
    if path.try_exists()? {
        return compare(path, content);
    }
    let draft = write_draft(path, content)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(Created::New),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => compare(path, content),
        Err(error) => Err(error),
    }
}

/// Puts a file with this content in the place of whatever was there; durable when it returns.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = write_draft(path, content)?;
    fs::rename(&draft, path)?;
    sync_directory(directory_of(path))
}

/// Reads a file, `None` where there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file for reading, `None` where there is none.
pub(crate) fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a directory and those above it that are missing, each durable in the one above.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => sync_directory(directory_of(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_directory(directory_of(path))?;
            create_directory(path)
        }
        Err(error) => Err(error),
    }
}

/// Makes what was created, renamed or removed in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn compare(path: &Path, content: &[u8]) -> io::Result<Created> {
    Ok(if fs::read(path)? == content { Created::Same } else { Created::Other })
}

/// The content, synced, beside where it is to go. Its name is nobody else's.
fn write_draft(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let mut unique = [0; 8];
    getrandom::fill(&mut unique).expect("the system has randomness");
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}.new", u64::from_be_bytes(unique)));
    let draft = path.with_file_name(name);
    let written = write_synced(&draft, content);
    if written.is_err() {
        // A full disk must not be filled further by what did not fit.
        drop(fs::remove_file(&draft));
    }
    written.map(|()| draft)
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
