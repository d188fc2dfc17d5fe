//! Effects outside: what is done once because something was recorded, such as a mail.
//!
//! Another trait than [`Projection`](crate::Projection), and other positions than those of read models: a rebuild never
//! comes here, so it sends nothing again. A reactor begins with what is recorded from now on, because nobody is to get
//! letters about last year on the day that letters are introduced.
//!
//! An entry reaches a reactor at least once: a process that dies between the effect and the step does both again. Who
//! reacts keys the effect by log and index, and does nothing the second time.

mod position;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use store::feed::{Feed, FeedError};
use store::repeats::Repeats;
use store::{Committed, Ledger, LogId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::lease::Lease;
use crate::runner::cause;

/// Entries of one step: what is done again where a process dies in the middle of it.
const ENTRIES_PER_STEP_MAX: usize = 100;
/// How often other processes' commits are looked for.
const POLL_EVERY: Duration = Duration::from_millis(200);
/// Commits in quick succession are looked at together, so that many writers do not make many looks.
const GATHER: Duration = Duration::from_millis(20);
/// How often it is tried to take over logs that another process reacts to.
const LEASE_EVERY: Duration = Duration::from_secs(2);
/// A log that failed, or a database that is away, is tried again this often.
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// A complaint that stays true is repeated this often.
const SAY_AGAIN_EVERY: Duration = Duration::from_mins(1);

/// Does something outside because of entries.
pub trait Reactor: Send + Sync {
    /// Its name for ever, of small letters and underscores: by it its positions are found again.
    fn name(&self) -> &'static str;

    /// Does what is to be done because of these entries of a log, in index order. What was done for an entry before is
    /// not done again.
    fn react<'a>(&'a self, log: LogId, entries: &'a [Committed]) -> BoxFuture<'a, Result<(), ReactError>>;
}

/// Why a reactor could not do what is to be done; it is asked again.
#[derive(Debug, thiserror::Error)]
#[error("it could not be done")]
pub struct ReactError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl ReactError {
    /// By its reason.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}

/// Why a log was not followed further.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error("the log cannot be read")]
    Feed(#[from] FeedError),
    #[error("the reactor failed")]
    React(#[from] ReactError),
    #[error("the position could not be moved")]
    Database(#[from] sqlx::Error),
}

/// Lets reactors follow all logs until told to stop; then it ends between two steps. All replicas may run it: one of them
/// at a time follows a log for a reactor.
pub async fn run(reactors: Vec<Arc<dyn Reactor>>, ledger: Ledger, stop: CancellationToken) {
    let followed = reactors.iter().map(|reactor| follow(reactor.as_ref(), &ledger, &stop));
    futures::future::join_all(followed).await;
}

async fn follow(reactor: &dyn Reactor, ledger: &Ledger, stop: &CancellationToken) {
    let mut commits = ledger.commits();
    let mut follower = Follower::new(reactor, ledger);
    while !stop.is_cancelled() {
        // Seen before looking, so that a commit between the look and the wait ends the wait.
        commits.mark_unchanged();
        let wait = match follower.turn(stop).await {
            Ok(true) => continue,
            Ok(false) => POLL_EVERY,
            Err(error) => {
                follower.lose_lease(&error);
                RETRY_EVERY
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            _ = commits.changed(), if wait == POLL_EVERY => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(wait) => {}
        }
    }
    if let Some(lease) = follower.lease {
        lease.release().await;
    }
}

/// One reactor in one process. Owned by its task alone.
struct Follower<'a> {
    reactor: &'a dyn Reactor,
    ledger: &'a Ledger,
    /// The right to follow logs, while the database's connection lives.
    lease: Option<Lease>,
    logs: HashMap<LogId, Hold>,
    /// By log; `None` is about all of them.
    said: Repeats<Option<LogId>>,
}

/// What this process knows of a log.
#[derive(Clone, Copy)]
enum Hold {
    /// Another process follows it; asked again after this.
    Elsewhere(Instant),
    /// Ours, with the index of the first entry that the reactor has not seen.
    Ours(u64),
    /// Ours, and it failed there; tried again after the instant.
    Failed(u64, Instant),
}

impl<'a> Follower<'a> {
    fn new(reactor: &'a dyn Reactor, ledger: &'a Ledger) -> Self {
        Self { reactor, ledger, lease: None, logs: HashMap::new(), said: Repeats::new(SAY_AGAIN_EVERY) }
    }

    /// A step of every log that has something for the reactor. Returns whether there is more at once.
    async fn turn(&mut self, stop: &CancellationToken) -> Result<bool, sqlx::Error> {
        let mut lease = match self.lease.take() {
            Some(lease) => lease,
            None => self.begin().await?,
        };
        let mut is_behind = false;
        // On the lease's own connection: an answer is also the proof that the lease is still held.
        for (info, size) in lease.logs().await? {
            if stop.is_cancelled() {
                break;
            }
            if let Some(next_index) = self.hold(&mut lease, info.log).await? {
                is_behind |= next_index < size && self.step(info.log, next_index, size).await;
            }
        }
        self.lease = Some(lease);
        self.said.forget(&None);
        Ok(is_behind)
    }

    async fn begin(&self) -> Result<Lease, sqlx::Error> {
        position::begin(self.ledger.reader(), self.reactor.name()).await?;
        Lease::connect(self.ledger, self.reactor.name()).await
    }

    /// Where the reactor stands with a log that this process may follow now.
    async fn hold(&mut self, lease: &mut Lease, log: LogId) -> Result<Option<u64>, sqlx::Error> {
        let now = Instant::now();
        match self.logs.get(&log) {
            Some(Hold::Ours(next_index)) => return Ok(Some(*next_index)),
            Some(Hold::Failed(next_index, until)) => return Ok((*until <= now).then_some(*next_index)),
            Some(Hold::Elsewhere(until)) if now < *until => return Ok(None),
            Some(Hold::Elsewhere(_)) | None => {}
        }
        if !lease.take(log).await? {
            self.logs.insert(log, Hold::Elsewhere(now + LEASE_EVERY));
            return Ok(None);
        }
        // Only now: while another held the log, it moved.
        let next_index = position::of(self.ledger.reader(), self.reactor.name(), log).await?;
        self.logs.insert(log, Hold::Ours(next_index));
        Ok(Some(next_index))
    }

    /// One step of a log. Returns whether it made one and there are more.
    async fn step(&mut self, log: LogId, from: u64, size: u64) -> bool {
        match self.react(log, from).await {
            Ok(next_index) => {
                self.said.forget(&Some(log));
                self.logs.insert(log, Hold::Ours(next_index));
                next_index < size
            }
            Err(error) => {
                self.complain(Some(log), &error);
                self.logs.insert(log, Hold::Failed(from, Instant::now() + RETRY_EVERY));
                false
            }
        }
    }

    async fn react(&self, log: LogId, from: u64) -> Result<u64, FollowError> {
        let entries = Feed::new(self.ledger, log, from).next_now(ENTRIES_PER_STEP_MAX).await?;
        if entries.is_empty() {
            return Ok(from);
        }
        self.reactor.react(log, &entries).await?;
        let next_index = from + entries.len() as u64;
        position::advance(self.ledger.reader(), self.reactor.name(), log, next_index).await?;
        Ok(next_index)
    }

    /// The database has released what the connection held: nobody may go on following on it.
    fn lose_lease(&mut self, error: &sqlx::Error) {
        self.complain(None, error);
        self.logs.clear();
        self.lease = None;
    }

    fn complain(&mut self, about: Option<LogId>, error: &dyn std::error::Error) {
        let (words, cause) = (error.to_string(), cause(error));
        if self.said.is_due(about, &format!("{words}: {cause}"), Instant::now().into_std()) {
            let log = about.map(|log| log.to_string()).unwrap_or_default();
            tracing::error!(reactor = self.reactor.name(), log, error = words, cause, "a reactor stands still");
        }
    }
}
