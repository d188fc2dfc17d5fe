//! An operator's word that a log goes on from what the database holds, after its backup was restored or the
//! signer's record was lost. It is the one way past the fence, and it is written into the log.

use std::path::PathBuf;

use ledger::name::Origin;
use ledger::tree::TreeHead;

use super::growth::{Growth, Mismatch};
use crate::append::{AppendError, Appended, ExpectedVersion, LogId, NewEvent};
use crate::export::Progress;
use crate::feed::{Feed, FeedError, PAGE_ENTRIES_MAX};
use crate::open::Ledger;
use crate::seals::SealDirectory;
use crate::signer::{Signer, SignerError, SignerRecord};
use crate::tiles::TileError;
use crate::{commit, log_events};

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
    /// A running service seals this log: nothing is wrong with it.
    #[error("the log is being sealed: it needs no adoption")]
    Sealing,
    /// The log has no entry.
    #[error("the log has no entries")]
    Empty,
    /// What the database holds is no log: restore a backup that is whole.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// The signer's record could not be read or written.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The published files could not be moved aside.
    #[error(transparent)]
    Tiles(#[from] TileError),
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
pub async fn adopt(
    ledger: &Ledger,
    seals: &SealDirectory,
    log: LogId,
    reason: &str,
    progress: Option<&Progress>,
) -> Result<Adoption, AdoptError> {
    let mut conn = ledger.reader().acquire().await?;
    let origin = commit::load_origin(&mut conn, log).await?.ok_or(AdoptError::NoSuchLog(log))?;
    let head = commit::load_head(&mut conn, log).await?.ok_or(AdoptError::NoSuchLog(log))?;
    drop(conn);
    let growth = reread(ledger, log, &origin, head.size, progress).await?;
    let (adopted, entry) = (growth.head(), growth.last());
    let key = *growth.keys().last().ok_or(AdoptError::Empty)?;
    let (keys, seals, at) = (ledger.keys().clone(), seals.clone(), origin.clone());
    let root = format!("{:x}", adopted.root);
    let label = format!("before-{}-{}", adopted.size, &root[..8]);
    let files = move || -> Result<_, AdoptError> {
        let mut signer = Signer::open(&seals, &keys, &at)?.ok_or(AdoptError::Sealing)?;
        // First the files, which another history's tiles would stop; a crash in between leaves the log fenced.
        let set_aside = seals.tiles(&at).set_aside(&label)?;
        Ok((signer.adopt(adopted, entry, key)?, set_aside))
    };
    let (before, set_aside) = tokio::task::spawn_blocking(files).await.expect("file work does not panic")?;
    let event = recovered(&origin, before.as_ref(), adopted, reason)?;
    let recovered = ledger.append(log, vec![event], ExpectedVersion::Any, None).await?;
    Ok(Adoption { before, adopted, set_aside, recovered })
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

/// The log's first `size` entries, read again and checked against each other.
async fn reread(
    ledger: &Ledger,
    log: LogId,
    origin: &Origin,
    size: u64,
    progress: Option<&Progress>,
) -> Result<Growth, AdoptError> {
    let (mut feed, mut growth) = (Feed::new(ledger, log, 0), Growth::new(origin));
    while growth.size() < size {
        let left = usize::try_from(size - growth.size()).unwrap_or(PAGE_ENTRIES_MAX);
        let page = feed.next_now(left).await?;
        if page.is_empty() {
            return Err(Mismatch::Missing { size, index: growth.size() }.into());
        }
        for entry in &page {
            growth.push(entry)?;
        }
        drop(growth.take_full());
        if let Some(progress) = progress {
            progress(growth.size(), size);
        }
    }
    Ok(growth)
}
