//! May this process append? Only to a log that extends what was signed for it.
//!
//! A database restored from an older backup would otherwise grow a second history. That it has meanwhile grown past the
//! signed size with other entries does not hide it: the entry at the last signed place is compared, and through the
//! chain it stands for every entry before it.

use std::io;

use ledger::hash::EntryHash;
use ledger::name::Origin;
use sqlx::PgConnection;

use crate::append::{AppendError, LogId};
use crate::batch::Head;
use crate::failure::Failure;
use crate::seals::SealDirectory;
use crate::signer::{self, Past, SignerError, SignerRecord};
use crate::{checkpoints, commit, entries};

/// Why a process must not append to a log, or cannot tell.
#[derive(Debug, thiserror::Error)]
pub enum FenceError {
    /// There is no such log.
    #[error("no log {0}")]
    NoSuchLog(LogId),
    /// The database is older than what was signed.
    #[error("{signed} entries were signed, and the database has {found}: it is older than its checkpoints")]
    Behind {
        /// Size last signed.
        signed: u64,
        /// Entries in the database.
        found: u64,
    },
    /// The database holds another history than what was signed.
    #[error("entry {index} is not the one that was signed: the database holds another history")]
    OtherHistory {
        /// The last signed index.
        index: u64,
    },
    /// There is no record of what was signed, although something was; or it cannot be read.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// What is published cannot be read.
    #[error("published files: {0}")]
    Published(#[source] io::Error),
    /// The database did not answer, or the entry is not what its columns say.
    #[error("the database cannot be asked: {0}")]
    Database(#[from] sqlx::Error),
}

/// Checks that a head which was just read extends the signer's record.
///
/// One row is read besides files, so that it can be done whenever a log is loaded.
pub async fn check(
    conn: &mut PgConnection,
    seals: &SealDirectory,
    log: LogId,
    origin: &Origin,
    head: &Head,
) -> Result<(), FenceError> {
    if let Some(record) = record(seals, origin).await? {
        return check_extends(conn, log, head, &record).await;
    }
    match past(conn, seals, log, origin, head).await? {
        Past::NeverSealed => Ok(()),
        // Another process may have sealed it for the first time since the record was looked for. It is written before
        // anything is published, so it is there now if it was ever there.
        Past::Sealed => match record(seals, origin).await? {
            Some(record) => check_extends(conn, log, head, &record).await,
            None => Err(SignerError::NoRecord(seals.signer_record(origin)).into()),
        },
    }
}

async fn record(seals: &SealDirectory, origin: &Origin) -> Result<Option<SignerRecord>, SignerError> {
    let (seals, origin) = (seals.clone(), origin.clone());
    tokio::task::spawn_blocking(move || signer::read_record(&seals, &origin)).await.expect("reading does not panic")
}

/// The same for a log of which only the id is known: what an operator asks.
pub async fn check_log(conn: &mut PgConnection, seals: &SealDirectory, log: LogId) -> Result<(), FenceError> {
    let (Some(origin), Some(head)) = (commit::load_origin(conn, log).await?, commit::load_head(conn, log).await?)
    else {
        return Err(FenceError::NoSuchLog(log));
    };
    check(conn, seals, log, &origin, &head).await
}

/// Checks that the database's log, at this head, begins with the entries that the record stands for.
pub(crate) async fn check_extends(
    conn: &mut PgConnection,
    log: LogId,
    head: &Head,
    record: &SignerRecord,
) -> Result<(), FenceError> {
    let signed = record.head.size;
    if head.size < signed {
        // The head may have been read before another replica's newest entries were committed and signed.
        let found = commit::load_head(conn, log).await?.map_or(0, |head| head.size);
        if found < signed {
            return Err(FenceError::Behind { signed, found });
        }
    }
    let found = if head.size == signed { head.hash } else { hash_before(conn, log, signed).await? };
    if found == record.entry { Ok(()) } else { Err(FenceError::OtherHistory { index: signed.saturating_sub(1) }) }
}

/// Whether anything besides the signer's record says that the log was sealed before.
pub(crate) async fn past(
    conn: &mut PgConnection,
    seals: &SealDirectory,
    log: LogId,
    origin: &Origin,
    head: &Head,
) -> Result<Past, FenceError> {
    if 0 < head.heartbeat_size || checkpoints::newest(conn, log).await?.is_some() {
        return Ok(Past::Sealed);
    }
    let tiles = seals.tiles(origin);
    let published = tokio::task::spawn_blocking(move || tiles.has_checkpoint()).await.expect("looking does not panic");
    Ok(if published.map_err(FenceError::Published)? { Past::Sealed } else { Past::NeverSealed })
}

/// Hash of the last of the first `size` entries, made anew from its bytes.
async fn hash_before(conn: &mut PgConnection, log: LogId, size: u64) -> Result<EntryHash, FenceError> {
    let Some(index) = size.checked_sub(1) else { return Ok(EntryHash::ZERO) };
    let last = entries::range(conn, log, index, 1).await?;
    last.first().map(|entry| entry.hash).ok_or(FenceError::OtherHistory { index })
}

impl From<FenceError> for Failure {
    fn from(error: FenceError) -> Self {
        match error {
            FenceError::Database(error) => Self::while_reading(&error),
            FenceError::Published(_) | FenceError::Signer(SignerError::Io { .. }) => Self::NotSent(error.to_string()),
            FenceError::NoSuchLog(log) => Self::Log(AppendError::NoSuchLog(log)),
            error => Self::Log(AppendError::NotAnExtension(error.to_string())),
        }
    }
}
