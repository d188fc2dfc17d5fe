//! The entries of one log after a position, in index order.
//!
//! There are no gaps to wait for: entries become visible in index order, because each append moves the log's head and
//! the head's row is locked until it commits. A consumer asserts so all the same.

use std::time::Duration;

use tokio::sync::watch;

use crate::append::{Committed, LogId};
use crate::entries;
use crate::open::Ledger;

/// Most entries of one page: 64 MiB when each is as long as it may be, about half a MiB usually.
pub const PAGE_ENTRIES_MAX: usize = 1_000;
/// Other processes' commits give no signal here, so they are looked for this often.
const POLL_EVERY: Duration = Duration::from_millis(150);

/// Whose entries a follower wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// Everybody's, also those in no stream.
    All,
    /// Those in streams of this kind, the word before the slash.
    Of(&'static str),
}

/// A part of a log without gaps, of which a follower gets what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Index of the first entry of the part.
    pub first_index: u64,
    /// Index of the entry that follows on the part.
    pub next_index: u64,
    /// Those that are wanted, in index order.
    pub entries: Vec<Committed>,
}

/// Follows one log. It never ends by itself; dropping it in the middle of a wait loses nothing.
pub struct Feed {
    ledger: Ledger,
    log: LogId,
    next_index: u64,
    commits: watch::Receiver<u64>,
}

/// Why a feed stops.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// An entry is missing: the database is damaged, or somebody changed it.
    #[error("entry {expected} of log {log} is missing: {found} is the next")]
    Gap {
        /// The log.
        log: LogId,
        /// Index that should have come.
        expected: u64,
        /// Index that came.
        found: u64,
    },
    /// The database did not answer, or an entry is not what its columns say.
    #[error("the log cannot be read")]
    Database(#[from] sqlx::Error),
}

/// The next entries from `first_index` on, at most `max` of them looked at; empty where there are none yet. The others are
/// not read.
///
/// # Errors
/// As [`Feed::next_now`]: of those that are not wanted, none is missing either.
pub async fn stretch(
    ledger: &Ledger,
    log: LogId,
    streams: Streams,
    first_index: u64,
    max: usize,
) -> Result<Stretch, FeedError> {
    let Streams::Of(kind) = streams else {
        let mut feed = Feed::new(ledger, log, first_index);
        let entries = feed.next_now(max).await?;
        return Ok(Stretch { first_index, next_index: feed.next_index, entries });
    };
    let places = entries::places(ledger.follower(), log, kind, first_index, max.clamp(1, PAGE_ENTRIES_MAX)).await?;
    for (expected, place) in (first_index..).zip(&places) {
        if place.index != expected {
            return Err(FeedError::Gap { log, expected, found: place.index });
        }
    }
    let wanted: Vec<u64> = places.iter().filter(|place| place.is_of_kind).map(|place| place.index).collect();
    let entries = if wanted.is_empty() { Vec::new() } else { entries::at(ledger.follower(), log, &wanted).await? };
    Ok(Stretch { first_index, next_index: first_index + places.len() as u64, entries })
}

impl Feed {
    /// The entries from `next_index` on.
    pub fn new(ledger: &Ledger, log: LogId, next_index: u64) -> Self {
        Self { ledger: ledger.clone(), log, next_index, commits: ledger.commits() }
    }

    /// Index of the entry that comes next.
    pub fn next_index(&self) -> u64 {
        self.next_index
    }

    /// The next 1 to `max` entries (at most [`PAGE_ENTRIES_MAX`]); waits while there are none.
    pub async fn next(&mut self, max: usize) -> Result<Vec<Committed>, FeedError> {
        loop {
            // Seen before asking, so that a commit between the answer and the wait ends the wait.
            self.commits.mark_unchanged();
            let page = self.next_now(max).await?;
            if !page.is_empty() {
                return Ok(page);
            }
            // Signalled, polled, or the process is stopping: ask again in any case.
            drop(tokio::time::timeout(POLL_EVERY, self.commits.changed()).await);
        }
    }

    /// The next entries, none where there are none yet.
    pub async fn next_now(&mut self, max: usize) -> Result<Vec<Committed>, FeedError> {
        let max = max.clamp(1, PAGE_ENTRIES_MAX);
        let page = entries::range(self.ledger.reader(), self.log, self.next_index, max).await?;
        for (expected, entry) in (self.next_index..).zip(&page) {
            if entry.index != expected {
                return Err(FeedError::Gap { log: self.log, expected, found: entry.index });
            }
        }
        self.next_index += page.len() as u64;
        Ok(page)
    }
}
