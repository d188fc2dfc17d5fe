//! An operator's word that a log goes on from what the database holds, after its backup was restored or the
//! signer's record was lost. It is the one way past the fence, and it is written into the log.

use std::path::PathBuf;

use ledger::checkpoint::Checkpoint;
use ledger::name::Origin;
use ledger::tree::TreeHead;

use super::blocking;
use super::growth::{Growth, Mismatch};
use crate::append::{AppendError, Appended, ExpectedVersion, LogId, NewEvent};
use crate::checkpoints::PublishedCheckpoint;
use crate::export::Progress;
use crate::feed::{Feed, FeedError, PAGE_ENTRIES_MAX};
use crate::fence::{self, FenceError};
use crate::open::Ledger;
use crate::seals::SealDirectory;
use crate::service_lock::{ServiceLock, ServiceLockError};
use crate::signer::{Past, Signer, SignerError, SignerRecord};
use crate::tiles::TileError;
use crate::{checkpoints, commit, log_events};

/// What an adoption has replaced.
#[derive(Clone, Debug)]
pub struct Adoption {
    /// What the signer remembered before, if anything.
    pub before: Option<SignerRecord>,
    /// What it goes on from.
    pub adopted: TreeHead,
    /// Where the files published before have been moved to; they are evidence. New ones are made from the entries.
    pub set_aside: Option<PathBuf>,
    /// The entry `ledger.recovered`.
    pub recovered: Appended,
}

/// Why nothing was adopted, or the adoption not recorded.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// There is no such log.
    #[error("no log {0}")]
    NoSuchLog(LogId),
    /// A service runs on the data directory, or the lock that says so cannot be used.
    #[error(transparent)]
    Service(#[from] ServiceLockError),
    /// Another process holds this log's signer, such as an export that seals it.
    #[error("another process is sealing the log: wait until it has ended")]
    Sealing,
    /// Nothing is wrong with it: the entries give every tree head that is known to be signed.
    #[error("nothing to adopt: the log extends what was signed")]
    Extends,
    /// The log has no entry.
    #[error("the log has no entries")]
    Empty,
    /// What the database holds is no log: restore a backup that is whole.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// The signer's record could not be read or written.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The published files could not be read or moved aside.
    #[error(transparent)]
    Tiles(#[from] TileError),
    /// It cannot be told whether the log was sealed before.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// The log could not be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The database did not answer.
    #[error("the database does not answer: {0}")]
    Database(#[from] sqlx::Error),
    /// The adoption is done, its entry is missing: append again.
    #[error("adopted, but the entry about it could not be appended: {0}")]
    Append(#[from] AppendError),
}

/// Re-reads the whole log, takes what the database holds for what was signed, and appends `ledger.recovered` with the
/// reason and what was signed before. `progress` is told how many entries of how many were read.
///
/// No service may run meanwhile: its sequencers remember a history that is given up here.
pub async fn adopt(
    ledger: &Ledger,
    seals: &SealDirectory,
    log: LogId,
    reason: &str,
    progress: Option<&Progress>,
) -> Result<Adoption, AdoptError> {
    let mut conn = ledger.reader().acquire().await?;
    let origin = commit::load_origin(&mut conn, log).await?.ok_or(AdoptError::NoSuchLog(log))?;
    let (keys, at, of) = (ledger.keys().clone(), seals.clone(), origin.clone());
    let opened = blocking(move || -> Result<_, AdoptError> {
        let alone = ServiceLock::alone(&at)?;
        let signer = Signer::open(&at, &keys, &of)?.ok_or(AdoptError::Sealing)?;
        Ok((alone, signer, at.tiles(&of).checkpoint()?))
    });
    let (alone, mut signer, served) = opened.await?;
    // Under both locks nobody signs, so this stays true until the end.
    let head = commit::load_head(&mut conn, log).await?.ok_or(AdoptError::NoSuchLog(log))?;
    let past = fence::past(&mut conn, seals, log, &origin, &head).await?;
    let known = signed(signer.record(), served, checkpoints::newest(&mut *conn, log).await?);
    drop(conn);
    let mut reading = Reading { growth: Growth::new(&origin), signed: known };
    reading.read(ledger, log, head.size, progress).await?;
    if reading.extends() && past_is_known(signer.record(), past) && !is_unfinished(signer.record(), head.size) {
        return Err(AdoptError::Extends);
    }
    let growth = reading.growth;
    let (adopted, entry) = (growth.head(), growth.last());
    let key = *growth.keys().last().ok_or(AdoptError::Empty)?;
    let tiles = seals.tiles(&origin);
    let root = format!("{:x}", adopted.root);
    let label = format!("before-{}-{}", adopted.size, &root[..8]);
    let files = blocking(move || -> Result<_, AdoptError> {
        // First the files, which another history's tiles would stop; a crash in between leaves the log fenced.
        let set_aside = tiles.set_aside(&label)?;
        Ok((signer.adopt(adopted, entry, key)?, set_aside))
    });
    let (before, set_aside) = files.await?;
    let event = recovered(&origin, before.as_ref(), adopted, reason)?;
    let recovered = ledger.append(log, vec![event], ExpectedVersion::Any, None).await?;
    drop(alone);
    Ok(Adoption { before, adopted, set_aside, recovered })
}

/// The tree heads that are known to be signed: by the record, by the published checkpoint, by the database's.
fn signed(record: Option<&SignerRecord>, served: Option<String>, stored: Option<PublishedCheckpoint>) -> Vec<TreeHead> {
    // What is no checkpoint at all was damaged, and is replaced by the next.
    let served = served.and_then(|note| Checkpoint::parse(&note).ok());
    let served = served.map(|(served, _)| TreeHead { size: served.size, root: served.root });
    [record.map(|record| record.head), served, stored.map(|stored| stored.head)].into_iter().flatten().collect()
}

/// A log that was sealed, and whose record is lost, stands still however well its entries fit.
fn past_is_known(record: Option<&SignerRecord>, past: Past) -> bool {
    record.is_some() || past == Past::NeverSealed
}

/// Whether an adoption was cut off before its entry: then the log fits, and the entry is still owed.
fn is_unfinished(record: Option<&SignerRecord>, size: u64) -> bool {
    record.is_some_and(|record| record.checkpoint.is_empty() && record.head.size == size)
}

fn recovered(
    origin: &Origin,
    before: Option<&SignerRecord>,
    adopted: TreeHead,
    reason: &str,
) -> Result<NewEvent, AdoptError> {
    let detail = serde_json::json!({
        "adopted_root": adopted.root.to_string(),
        "adopted_size": adopted.size,
        "reason": reason,
        "signed_checkpoint": before.map_or("", |record| record.checkpoint.as_str()),
    });
    let draft = log_events::of_the_log(origin, "ledger.recovered", detail);
    let refused = |error| AppendError::DoesNotFit { position: 0, reason: format!("{error}") };
    Ok(NewEvent::from(draft.map_err(refused)?))
}

/// A log that is read again from its beginning.
struct Reading {
    growth: Growth,
    /// Tree heads that were signed and that the entries read so far have not given.
    signed: Vec<TreeHead>,
}

impl Reading {
    /// Reads the first `size` entries, each checked against the one before it.
    async fn read(
        &mut self,
        ledger: &Ledger,
        log: LogId,
        size: u64,
        progress: Option<&Progress>,
    ) -> Result<(), AdoptError> {
        let mut feed = Feed::new(ledger, log, 0);
        while self.growth.size() < size {
            let left = usize::try_from(size - self.growth.size()).unwrap_or(PAGE_ENTRIES_MAX);
            let page = feed.next_now(left).await?;
            if page.is_empty() {
                return Err(Mismatch::Missing { size, index: self.growth.size() }.into());
            }
            for entry in &page {
                self.growth.push(entry)?;
                if self.signed.iter().any(|signed| signed.size == self.growth.size()) {
                    let head = self.growth.head();
                    self.signed.retain(|signed| *signed != head);
                }
            }
            drop(self.growth.take_full());
            if let Some(progress) = progress {
                progress(self.growth.size(), size);
            }
        }
        Ok(())
    }

    /// Whether the entries gave every tree head that was signed.
    fn extends(&self) -> bool {
        self.signed.is_empty()
    }
}
