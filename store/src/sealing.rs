//! Seals all logs of a service: runs a checkpointer for each log that has something to publish, and appends the hourly
//! heartbeats (spec §2).
//!
//! Every replica runs this. Which of them works on a log is decided by the lock on its signer; the others look again
//! with the next entries, so that one takes over when another dies.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgExecutor;
use tokio::task::{self, JoinHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::append::{AppendError, ExpectedVersion, LogId, NewEvent};
use crate::checkpointer::{Checkpointer, Round, SealError};
use crate::checkpoints::{self, PublishedCheckpoint};
use crate::clock;
use crate::open::Ledger;
use crate::repeats::Repeats;
use crate::seals::SealDirectory;

/// How often other processes' commits are looked for.
const POLL_EVERY: Duration = Duration::from_millis(200);
/// What is committed within this time shares a checkpoint: ten a second at most, and far below the second that
/// publishing may take.
const GATHER: Duration = Duration::from_millis(100);
/// Rounds at once: hashing and syncing more logs at a time than this would only slow each of them down.
const ROUNDS_MAX: usize = 4;
/// A log that could not be sealed is tried again this often.
const RETRY_EVERY: Duration = Duration::from_secs(5);
/// The longest silence that a log allows itself (spec §2).
const HEARTBEAT_EVERY_MICROS: i64 = 3_600_000_000;
/// Logs whose state is kept between rounds: each holds a lock file open and usually 200 KiB.
const KEPT_MAX: usize = 256;

/// How often the operator is told again why sealing of a log has stopped: whoever looks at the last few minutes of the
/// service's log finds it.
const SAY_AGAIN_EVERY: Duration = Duration::from_mins(3);

/// A running sealing service.
#[derive(Debug)]
pub struct Sealing {
    alarms: Alarms,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Why logs are not sealed, by log. Empty in good times.
pub(crate) type Alarms = Arc<Mutex<BTreeMap<LogId, String>>>;

impl Sealing {
    /// Starts sealing every log of the database, also those that are created later.
    pub fn start(ledger: &Ledger, seals: SealDirectory) -> Self {
        let (alarms, stop) = (Arc::clone(&ledger.shared.alarms), CancellationToken::new());
        let service = Service {
            ledger: ledger.clone(),
            seals,
            alarms: Arc::clone(&alarms),
            said: Repeats::new(SAY_AGAIN_EVERY),
            slugs: HashMap::new(),
            logs: HashMap::new(),
            rounds: JoinSet::new(),
        };
        let task = tokio::spawn(service.run(stop.clone()));
        Self { alarms, stop, task }
    }

    /// The logs whose sealing has stopped because something is wrong, and what. A service with alarms is not ready.
    pub fn alarms(&self) -> Vec<(LogId, String)> {
        listed(&self.alarms)
    }

    /// Ends after the rounds that are under way, having sealed what was committed before.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the sealing service ended badly");
        }
    }
}

/// Owned by its task alone.
struct Service {
    ledger: Ledger,
    seals: SealDirectory,
    alarms: Alarms,
    said: Repeats<LogId>,
    /// Of the logs that it has tried to seal: what an operator calls them.
    slugs: HashMap<LogId, String>,
    logs: HashMap<LogId, LogState>,
    rounds: JoinSet<Finished>,
}

/// What the service knows of a log that it has looked at.
enum LogState {
    /// Between rounds; boxed, since there may be many.
    Idle(Box<Checkpointer>),
    /// In this round.
    Running(task::Id),
    /// Could not be sealed; not tried again before this.
    Failed(Instant),
}

/// A checkpointer after its round.
struct Finished {
    log: LogId,
    outcome: Result<Box<Checkpointer>, SealError>,
}

/// A log with something to publish or to append.
struct Due {
    log: LogId,
    slug: String,
    heartbeat: bool,
}

impl Service {
    async fn run(mut self, stop: CancellationToken) {
        let mut commits = self.ledger.commits();
        while !stop.is_cancelled() {
            commits.mark_unchanged();
            self.start_rounds().await;
            tokio::select! {
                () = stop.cancelled() => {}
                _ = commits.changed() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(POLL_EVERY) => {}
            }
            while let Some(finished) = self.rounds.try_join_next() {
                self.finish(finished);
            }
            self.say_alarms();
        }
        self.finish_all().await;
        self.start_rounds().await;
        self.finish_all().await;
    }

    /// Starts a round for each log that needs one and is not in one.
    async fn start_rounds(&mut self) {
        let due = match due(self.ledger.reader(), clock::now().as_micros() - HEARTBEAT_EVERY_MICROS).await {
            Ok(due) => due,
            Err(error) => return tracing::warn!(%error, "it cannot be seen which logs are to be sealed"),
        };
        self.drop_moot_alarms(&due);
        for Due { log, slug, heartbeat } in due {
            if self.rounds.len() >= ROUNDS_MAX {
                // The next look finds the rest.
                return;
            }
            let kept = match self.logs.remove(&log) {
                Some(state @ LogState::Running(_)) => {
                    self.logs.insert(log, state);
                    continue;
                }
                Some(LogState::Failed(until)) if Instant::now() < until => {
                    self.logs.insert(log, LogState::Failed(until));
                    continue;
                }
                Some(LogState::Idle(checkpointer)) => Some(checkpointer),
                Some(LogState::Failed(_)) | None => None,
            };
            let started = self.rounds.spawn(round(self.ledger.clone(), self.seals.clone(), log, kept, heartbeat));
            self.logs.insert(log, LogState::Running(started.id()));
            self.slugs.insert(log, slug);
        }
    }

    async fn finish_all(&mut self) {
        while let Some(finished) = self.rounds.join_next().await {
            self.finish(finished);
        }
    }

    fn finish(&mut self, finished: Result<Finished, task::JoinError>) {
        match finished {
            Ok(Finished { log, outcome: Ok(checkpointer) }) => {
                if lock(&self.alarms).remove(&log).is_some() {
                    self.said.forget(&log);
                    tracing::warn!(%log, slug = self.slugs.get(&log), "the log is sealed again");
                }
                self.logs.remove(&log);
                if self.logs.len() < KEPT_MAX {
                    self.logs.insert(log, LogState::Idle(checkpointer));
                }
            }
            Ok(Finished { log, outcome: Err(error) }) => {
                self.logs.insert(log, LogState::Failed(Instant::now() + RETRY_EVERY));
                if error.is_transient() {
                    tracing::warn!(%log, slug = self.slugs.get(&log), %error, "the log is not sealed for now");
                } else {
                    lock(&self.alarms).insert(log, error.to_string());
                }
            }
            Err(panicked) => {
                let of_round = |(log, state): (&LogId, &LogState)| {
                    matches!(state, LogState::Running(id) if *id == panicked.id()).then_some(*log)
                };
                if let Some(log) = self.logs.iter().find_map(of_round) {
                    // Its state stays: what broke an invariant is not tried again before a restart.
                    lock(&self.alarms).insert(log, panicked.to_string());
                }
            }
        }
    }

    /// Where another process has sealed what this one could not, nothing is wrong any more. A round that has panicked
    /// goes on counting as running, and keeps its alarm.
    fn drop_moot_alarms(&self, due: &[Due]) {
        let is_running = |log: &LogId| matches!(self.logs.get(log), Some(LogState::Running(_)));
        lock(&self.alarms).retain(|log, _| due.iter().any(|due| due.log == *log) || is_running(log));
    }

    fn say_alarms(&mut self) {
        for (log, reason) in listed(&self.alarms) {
            if self.said.is_due(log, &reason, Instant::now().into_std()) {
                let slug = self.slugs.get(&log);
                tracing::error!(%log, slug, reason, "sealing of the log has stopped: an operator must look at it");
            }
        }
    }
}

/// Why a log was not sealed in time.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// Sealing has stopped.
    #[error("the log cannot be sealed: {0}")]
    Stopped(#[from] SealError),
    /// Another process holds the signer and has not sealed it.
    #[error("no checkpoint covers {size} entries after {} seconds: the service that seals this log does not", .waited.as_secs())]
    TooLate {
        /// Size that was to be covered.
        size: u64,
        /// How long it was waited for.
        waited: Duration,
    },
}

/// Waits until a checkpoint covers the first `size` entries. Where no service seals the log, this does.
pub async fn seal_up_to(
    ledger: &Ledger,
    seals: &SealDirectory,
    log: LogId,
    size: u64,
    within: Duration,
) -> Result<PublishedCheckpoint, NotSealed> {
    let begun = Instant::now();
    let mut own = Checkpointer::new(ledger, seals, log).await?;
    loop {
        let newest = checkpoints::newest(ledger.reader(), log).await.map_err(SealError::Database)?;
        if let Some(newest) = newest.filter(|newest| size <= newest.head.size) {
            return Ok(newest);
        }
        if within < begun.elapsed() {
            return Err(NotSealed::TooLate { size, waited: within });
        }
        // A service is faster than this; who looks at once would only take its turn.
        if GATHER * 10 < begun.elapsed() {
            own.round().await?;
            own.release();
        }
        tokio::time::sleep(GATHER).await;
    }
}

async fn round(
    ledger: Ledger,
    seals: SealDirectory,
    log: LogId,
    kept: Option<Box<Checkpointer>>,
    heartbeat: bool,
) -> Finished {
    let sealed = async {
        let mut checkpointer = match kept {
            Some(checkpointer) => checkpointer,
            None => Box::new(Checkpointer::new(&ledger, &seals, log).await?),
        };
        let round = checkpointer.round().await?;
        if heartbeat && round != Round::Standby {
            // Its commit wakes the next round, which seals it.
            if let Err(error) = append_heartbeat(&ledger, &checkpointer).await {
                tracing::warn!(%log, %error, "no heartbeat was appended");
            }
        }
        Ok(checkpointer)
    };
    Finished { log, outcome: sealed.await }
}

/// Appends a heartbeat with the newest checkpoint: silence differs from suppression (spec §2).
async fn append_heartbeat(ledger: &Ledger, checkpointer: &Checkpointer) -> Result<(), AppendError> {
    let newest = checkpointer.newest().filter(|record| !record.checkpoint.is_empty());
    let event = NewEvent::Heartbeat {
        checkpoint: newest.map(|record| record.checkpoint.clone()),
        size: newest.map_or(0, |record| record.head.size),
    };
    ledger.append(checkpointer.log(), vec![event], ExpectedVersion::Any, None).await.map(drop)
}

/// Logs with entries that no checkpoint covers, and logs whose last heartbeat is older than `heartbeat_before`
/// (microseconds since 1970). Heads are a few rows that are always in memory.
async fn due<'c>(executor: impl PgExecutor<'c>, heartbeat_before: i64) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select heads.log as "log: Uuid", logs.slug, heads.heartbeat_time <= $1 as "heartbeat!"
        from ledger.heads
        join ledger.logs using (log)
        left join ledger.checkpoints using (log)
        where heads.size > 0 and (heads.size > coalesce(checkpoints.size, 0) or heads.heartbeat_time <= $1)"#,
        heartbeat_before
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| Due { log: LogId(row.log), slug: row.slug, heartbeat: row.heartbeat }).collect())
}

/// What stops the sealing services of this process, by log.
pub(crate) fn alarms(ledger: &Ledger) -> Vec<(LogId, String)> {
    listed(&ledger.shared.alarms)
}

fn listed(alarms: &Alarms) -> Vec<(LogId, String)> {
    lock(alarms).iter().map(|(log, reason)| (*log, reason.clone())).collect()
}

fn lock(alarms: &Alarms) -> std::sync::MutexGuard<'_, BTreeMap<LogId, String>> {
    // A panic elsewhere leaves the map whole: each change is one call.
    alarms.lock().unwrap_or_else(PoisonError::into_inner)
}
