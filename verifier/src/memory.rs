//! What this verifier saw of logs before (spec §11, line `continuity`).
//!
//! A directory with one file for each log: its name is the hex SHA-256 of the log's origin, its content the newest
//! checkpoint seen, a signed note. Nothing else is kept, so the directory may be copied, merged by hand or looked at.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ledger::name::Origin;
use ledger::verify::Remembered;
use sha2::{Digest, Sha256};

/// A checkpoint with thousands of cosignatures.
const CHECKPOINT_BYTES_MAX: u64 = 1 << 20;
/// Held as long as a run lasts, so that no other puts an older checkpoint over a newer one.
const LOCK: &str = "lock";

/// The directory of `--remember`, locked for this run.
#[derive(Debug)]
pub(crate) struct Memory {
    path: PathBuf,
    checkpoints: Vec<Remembered>,
    _lock: File,
}

impl Memory {
    /// Reads what is remembered. Makes the directory where there is none, and waits while another run uses it.
    pub(crate) fn open(path: &Path) -> Result<Memory> {
        let refused = || format!("the directory {} for checkpoints cannot be used", path.display());
        if path.is_file() {
            bail!("{} is a file: --remember takes a directory, and makes it where there is none", path.display());
        }
        fs::create_dir_all(path).with_context(refused)?;
        let lock = File::options().create(true).append(true).open(path.join(LOCK)).with_context(refused)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                crate::complain(&format!("waiting for another run that uses {}", path.display()));
                lock.lock().with_context(refused)?;
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(refused),
        }
        let mut checkpoints = Vec::new();
        for file in fs::read_dir(path).with_context(refused)? {
            let name = file.with_context(refused)?.file_name();
            if let Some(name) = name.to_str().filter(|name| is_of_origin(name)) {
                checkpoints.push(read(path, name)?);
            }
        }
        Ok(Memory { path: path.to_owned(), checkpoints, _lock: lock })
    }

    /// The newest checkpoint of each log.
    pub(crate) fn checkpoints(&self) -> &[Remembered] {
        &self.checkpoints
    }

    /// Remembers a checkpoint in the place of an older one. It is on the disk when this returns.
    pub(crate) fn keep(&mut self, origin: &Origin, note: &str) -> Result<()> {
        let remembered = Remembered::parse(note)?;
        if self.checkpoints.contains(&remembered) {
            return Ok(());
        }
        let failed = || format!("the checkpoint could not be remembered in {}", self.path.display());
        replace(&self.path, &file_name(origin), note).with_context(failed)?;
        self.checkpoints.retain(|other| other.checkpoint.origin != *origin);
        self.checkpoints.push(remembered);
        Ok(())
    }
}

fn file_name(origin: &Origin) -> String {
    hex::encode(Sha256::digest(origin.as_str()))
}

fn is_of_origin(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads one file. What cannot be read is not forgotten silently: that would be a way to make this verifier forget.
fn read(directory: &Path, name: &str) -> Result<Remembered> {
    let path = directory.join(name);
    let damaged =
        || format!("the remembered checkpoint {} is damaged: restore it, or remove it to begin anew", path.display());
    let metadata = fs::metadata(&path).with_context(damaged)?;
    if !metadata.is_file() || CHECKPOINT_BYTES_MAX < metadata.len() {
        bail!(damaged());
    }
    let note = fs::read_to_string(&path).with_context(damaged)?;
    let remembered = Remembered::parse(&note).with_context(damaged)?;
    if file_name(&remembered.checkpoint.origin) != name {
        bail!(
            "the remembered checkpoint {} is of another log than its name says: put it back or remove it",
            path.display()
        );
    }
    Ok(remembered)
}

/// Either the old content or the new one is there, whenever the machine stops.
fn replace(directory: &Path, name: &str, content: &str) -> io::Result<()> {
    let new = directory.join(format!("{name}.new"));
    let mut file = File::create(&new)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, directory.join(name))?;
    File::open(directory)?.sync_all()
}
