//! Whose turn it is to export a log: what keeps exports from taking the disk, the cores and each other's time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::append::LogId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Error, Result};

/// How long an export waits until others are made: many times what making one takes.
const TURN_WITHIN: Duration = Duration::from_mins(2);

/// Exports of this process.
#[derive(Clone, Debug)]
pub struct Exports {
    /// They are made one after another: each goes through a whole log.
    making: Arc<Semaphore>,
    /// The logs of which a file is being made, or is not taken yet.
    files: Arc<Mutex<HashSet<LogId>>>,
}

/// The one file that there is of a log, until this is dropped.
#[derive(Debug)]
pub struct Place {
    log: LogId,
    files: Arc<Mutex<HashSet<LogId>>>,
}

impl Default for Exports {
    fn default() -> Self {
        Self { making: Arc::new(Semaphore::new(1)), files: Arc::default() }
    }
}

impl Exports {
    /// Room for a file of this log.
    ///
    /// # Errors
    /// [`Error::Conflict`], where there is one.
    pub fn place(&self, log: LogId) -> Result<Place> {
        let is_first = self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(log);
        let taken = "an export of this organisation is being made or downloaded; one at a time";
        let place = is_first.then(|| Place { log, files: Arc::clone(&self.files) });
        place.ok_or_else(|| Error::Conflict(taken.to_owned()))
    }

    /// The turn to make one, once those before are made.
    ///
    /// # Errors
    /// [`Error::Unavailable`], where that takes too long.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = timeout(TURN_WITHIN, Arc::clone(&self.making).acquire_owned()).await;
        turn.map_err(|_| Error::Unavailable("other exports are being made".to_owned()))?.map_err(Error::internal)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.log);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn of_one_log_there_is_one_file_until_it_is_taken() {
        let exports = Exports::default();
        let [log, other] = [LogId(Uuid::from_u128(1)), LogId(Uuid::from_u128(2))];
        let place = exports.place(log).unwrap();
        assert!(matches!(exports.place(log), Err(Error::Conflict(_))));
        exports.place(other).unwrap();
        drop(place);
        exports.place(log).unwrap();
    }
}
