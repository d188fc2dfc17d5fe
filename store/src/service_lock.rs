//! Who runs on a data directory: services share a lock, and what must be alone with it asks for that lock alone.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;

use crate::durable;
use crate::seals::SealDirectory;

/// Held until this is dropped or the process ends. Taking it blocks no longer than opening a file.
#[derive(Debug)]
pub struct ServiceLock {
    _lock: File,
}

/// Why the lock is not held.
#[derive(Debug, thiserror::Error)]
pub enum ServiceLockError {
    /// Services run, and whoever asked must be alone.
    #[error("a service runs on this data directory: stop every service first")]
    Running,
    /// Somebody is at work who must be alone.
    #[error("a log of this data directory is being adopted: wait until that has ended")]
    Adopting,
    /// The lock's file could not be used.
    #[error("lock {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ServiceLock {
    /// As a service, beside others.
    pub fn shared(seals: &SealDirectory) -> Result<Self, ServiceLockError> {
        Self::take(seals, File::try_lock_shared, ServiceLockError::Adopting)
    }

    /// While no service runs, and keeping any from starting.
    pub fn alone(seals: &SealDirectory) -> Result<Self, ServiceLockError> {
        Self::take(seals, File::try_lock, ServiceLockError::Running)
    }

    fn take(
        seals: &SealDirectory,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
        held: ServiceLockError,
    ) -> Result<Self, ServiceLockError> {
        let path = seals.service_lock();
        let failed = |source| ServiceLockError::Io { path: path.clone(), source };
        durable::create_directory(durable::directory_of(&path)).map_err(failed)?;
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        match lock(&file) {
            Ok(()) => Ok(Self { _lock: file }),
            Err(TryLockError::WouldBlock) => Err(held),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
