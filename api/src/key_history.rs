//! The keys that a log has had (spec §7), read from its entries.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ledger::entry::Entry;
use ledger::history::KeyHistory;
use store::append::LogId;
use store::feed::{Feed, PAGE_ENTRIES_MAX};
use store::open::Ledger;

use crate::access::key_entries;
use crate::error::{Error, Result};

/// Logs whose keys are remembered, a few KiB each. Beyond that one is forgotten, and read again when it is asked about.
const LOGS_MAX: usize = 1_024;

/// The keys of the logs that were asked about: what has been read for one receipt is not read again for the next.
#[derive(Default)]
pub struct KeyHistories {
    logs: Mutex<HashMap<LogId, Slot>>,
}

/// Locked while it is read: who asks meanwhile waits for that instead of reading too.
type Slot = Arc<tokio::sync::Mutex<Option<Known>>>;

/// As far as a log has been read.
#[derive(Clone)]
struct Known {
    history: Arc<KeyHistory>,
    /// How many key entries it was read for: while the head counts no more, there is nothing to read.
    key_entries: u64,
    next_index: u64,
}

impl KeyHistories {
    /// The keys of a log. Where it has had key entries since it was last asked about, it is read on up to the last.
    ///
    /// # Errors
    /// As [`load`].
    pub async fn of(&self, ledger: &Ledger, log: LogId) -> Result<Arc<KeyHistory>> {
        let slot = self.slot(log);
        let key_entries = count(ledger, log).await?;
        let mut known = slot.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.key_entries == key_entries) {
            return Ok(Arc::clone(&known.history));
        }
        // Who was here before may have counted later.
        let key_entries = count(ledger, log).await?;
        // A log with fewer than before is another one: the database is an older copy.
        let before = known.clone().filter(|known| known.key_entries <= key_entries);
        let read = read(ledger, log, before, key_entries).await?;
        Ok(Arc::clone(&known.insert(read).history))
    }

    fn slot(&self, log: LogId) -> Slot {
        // A panic elsewhere leaves the map as it was: entries are added and removed whole.
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if LOGS_MAX <= logs.len() && !logs.contains_key(&log) {
            let any = logs.keys().next().copied().expect("it is full");
            logs.remove(&any);
        }
        Arc::clone(logs.entry(log).or_default())
    }
}

/// Reads a log's keys from entry 0 and its key entries. Where there are none of the latter, one entry is read, else the
/// log is read up to the last of them.
///
/// # Errors
/// [`Error::NotFound`] for a log without entries; [`Error::Internal`] where its entries are not what they must be.
pub async fn load(ledger: &Ledger, log: LogId) -> Result<KeyHistory> {
    let key_entries = count(ledger, log).await?;
    Ok(Arc::unwrap_or_clone(read(ledger, log, None, key_entries).await?.history))
}

async fn count(ledger: &Ledger, log: LogId) -> Result<u64> {
    key_entries::count(&mut *ledger.reader().acquire().await?, log).await
}

/// Reads on from what is known until the history has so many key entries.
async fn read(ledger: &Ledger, log: LogId, before: Option<Known>, key_entries: u64) -> Result<Known> {
    let Known { history, key_entries: had, next_index } = match before {
        Some(known) => known,
        None => open(ledger, log).await?,
    };
    let (mut history, mut feed) = (Arc::unwrap_or_clone(history), Feed::new(ledger, log, next_index));
    let mut left = key_entries.saturating_sub(had);
    while 0 < left {
        let page = feed.next_now(PAGE_ENTRIES_MAX).await.map_err(Error::internal)?;
        if page.is_empty() {
            return Err(Error::internal("the head counts more key entries than there are"));
        }
        for recorded in &page {
            let entry = Entry::parse(&recorded.bytes).map_err(Error::internal)?;
            history.apply(&entry).map_err(Error::internal)?;
            left = left.saturating_sub(u64::from(entry.event_type.is_key_change()));
        }
    }
    Ok(Known { history: Arc::new(history), key_entries, next_index: feed.next_index() })
}

/// What entry 0 says.
async fn open(ledger: &Ledger, log: LogId) -> Result<Known> {
    let mut feed = Feed::new(ledger, log, 0);
    let opened = feed.next_now(1).await.map_err(Error::internal)?.pop().ok_or(Error::NotFound)?;
    let opened = Entry::parse(&opened.bytes).map_err(Error::internal)?;
    let history = Arc::new(KeyHistory::open(&opened).map_err(Error::internal)?);
    Ok(Known { history, key_entries: 0, next_index: feed.next_index() })
}
