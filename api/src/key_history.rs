//! The keys that a log has had (spec §7), read from its entries.

use ledger::entry::Entry;
use ledger::history::KeyHistory;
use store::append::LogId;
use store::feed::{Feed, PAGE_ENTRIES_MAX};
use store::open::Ledger;

use crate::access::key_entries;
use crate::error::{Error, Result};

/// Reads a log's keys from entry 0 and its key entries. Where there are none of the latter, one entry is read, else the
/// log is read up to the last of them.
///
/// # Errors
/// [`Error::NotFound`] for a log without entries; [`Error::Internal`] where its entries are not what they must be.
pub async fn load(ledger: &Ledger, log: LogId) -> Result<KeyHistory> {
    let mut left = key_entries::count(&mut *ledger.reader().acquire().await?, log).await?;
    let mut feed = Feed::new(ledger, log, 0);
    let opened = feed.next_now(1).await.map_err(Error::internal)?.pop().ok_or(Error::NotFound)?;
    let opened = Entry::parse(&opened.bytes).map_err(Error::internal)?;
    let mut history = KeyHistory::open(&opened).map_err(Error::internal)?;
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
    Ok(history)
}
