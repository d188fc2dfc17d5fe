//! Changing a log's key while services append to it (spec §7).

use std::path::PathBuf;
use std::sync::Arc;

use ledger::key::{KeyId, Role, Vkey};

use crate::append::{AppendError, Appended, ExpectedVersion, LogId, NewEvent};
use crate::commit;
use crate::keys::KeyError;
use crate::open::Ledger;

/// A rotation that is committed.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Which of the log's keys.
    pub role: Role,
    /// The key that was in force.
    pub old: KeyId,
    /// The key that is in force for later entries, checkpoints of a greater size, or receipts about later entries.
    pub new: Vkey,
    /// The new key's file: to be backed up.
    pub file: PathBuf,
    /// The entry `ledger.key.rotated`.
    pub appended: Appended,
}

/// Why a key was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// There is no such log.
    #[error("no log {0}")]
    NoSuchLog(LogId),
    /// The old key is not here, or the new one could not be written.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database did not answer.
    #[error("the database does not answer: {0}")]
    Database(#[from] sqlx::Error),
    /// The entry was not appended. The new key's file stays: where the outcome is unknown it may be in force.
    #[error("the new key {} was made but the change not recorded: {source}", .file.display())]
    Append {
        /// The new key's file.
        file: PathBuf,
        /// Why not.
        source: AppendError,
    },
}

/// Makes a new key and puts it in force. The new key's file is durable before the entry that names it, and other
/// processes that share the key directory find it there with their next append.
pub async fn rotate(ledger: &Ledger, log: LogId, role: Role) -> Result<Rotation, RotateError> {
    let mut conn = ledger.reader().acquire().await?;
    let origin = commit::load_origin(&mut conn, log).await?.ok_or(RotateError::NoSuchLog(log))?;
    let mut head = commit::load_head(&mut conn, log).await?.ok_or(RotateError::NoSuchLog(log))?;
    drop(conn);
    let in_force = *head.keys.of(role);
    let (keys, at) = (ledger.keys().clone(), origin.clone());
    let make = move || Ok::<_, KeyError>((keys.find(&at, role, in_force)?, keys.create(&at, role)?));
    let (old, new) = tokio::task::spawn_blocking(make).await.expect("making a key does not panic")?;
    let file = ledger.keys().path(&origin, role, new.key_id());
    let event = NewEvent::KeyRotated { role, old, new: Arc::clone(&new) };
    match ledger.append(log, vec![event], ExpectedVersion::Any, None).await {
        Ok(appended) => Ok(Rotation { role, old: in_force, new: new.vkey().clone(), file, appended }),
        Err(source) => Err(RotateError::Append { file, source }),
    }
}
