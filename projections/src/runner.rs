//! Keeps read models up with their logs. Live, catching up, rebuilding and restarting are this one loop: find the builds
//! that are behind, apply the next entries, move the position in the same transaction.
//!
//! Replicas may all run it. Who loses the race for a position has written nothing.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt as _;
use sqlx::Connection as _;
use sqlx::PgConnection;
use store::feed::{self, FeedError, Stretch};
use store::repeats::Repeats;
use store::{Ledger, LogId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::ALL;
use crate::position::{self, Build, Kept, Position, State};
use crate::projection::{ApplyError, Projection};

/// Entries of one transaction: about 0.3 MiB of rows and some ten milliseconds.
pub const ENTRIES_PER_STEP_MAX: usize = 500;
/// Rows of a retired build that one statement removes.
const ROWS_PER_CLEARING_MAX: u32 = 5_000;
/// Steps of one build in a row, so that a long log does not hold up the others: a tenth of a second.
const STEPS_PER_TURN_MAX: usize = 10;
/// Builds at once: with one more connection each for a document, they never wait for one another.
const BUILDS_AT_ONCE: usize = 3;
/// How often other processes' commits are looked for.
const POLL_EVERY: Duration = Duration::from_millis(200);
/// Commits in quick succession are looked at together, so that many writers do not make many looks.
const GATHER: Duration = Duration::from_millis(20);
/// A log whose entries could not be applied is tried again this often.
const RETRY_EVERY: Duration = Duration::from_secs(5);

/// A database that is away is met five times a second, and is told of this often.
const SAY_AGAIN_EVERY: Duration = Duration::from_mins(1);

/// Why a step of a read model was not made; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The entries do not follow on the position.
    #[error("entry {expected} should follow, not {found}")]
    Gap {
        /// Index that the position asks for.
        expected: u64,
        /// Index that came.
        found: u64,
    },
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Feed(#[from] FeedError),
    /// The entries could not be applied.
    #[error("the entries could not be applied")]
    Apply(#[from] ApplyError),
    /// The database did not answer.
    #[error("the position could not be moved")]
    Database(#[from] sqlx::Error),
}

/// Keeps all read models of all logs, until told to stop; then it ends between two steps.
pub async fn run(ledger: Ledger, stop: CancellationToken) {
    keep(ALL, &ledger, &stop).await;
}

/// As [`run`], for these read models.
pub async fn keep(projections: &[&dyn Projection], ledger: &Ledger, stop: &CancellationToken) {
    let mut commits = ledger.commits();
    let mut troubles = Troubles { failed: HashMap::new(), said: Repeats::new(SAY_AGAIN_EVERY), logs_begun: 0 };
    while !stop.is_cancelled() {
        // Seen before looking, so that a commit between the look and the wait ends the wait.
        commits.mark_unchanged();
        let is_behind = turn(projections, ledger, stop, &mut troubles).await;
        if !is_behind {
            tokio::select! {
                () = stop.cancelled() => {}
                _ = commits.changed() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(POLL_EVERY) => {}
            }
        }
    }
}

/// A read model of one log.
type Place = (&'static str, LogId);

/// What has been met. Owned by the loop.
struct Troubles {
    /// What is not tried again before this.
    failed: HashMap<Place, Instant>,
    /// `None` is about all of them.
    said: Repeats<Option<Place>>,
    /// Logs with entries, when builds were last begun.
    logs_begun: i64,
}

/// A few steps of every build that has something to do. Returns whether there is more to do at once.
async fn turn(
    projections: &[&dyn Projection],
    ledger: &Ledger,
    stop: &CancellationToken,
    troubles: &mut Troubles,
) -> bool {
    let work = match work(projections, ledger, &mut troubles.logs_begun).await {
        Ok(work) => work,
        Err(error) => {
            if troubles.said.is_due(None, &error.to_string(), Instant::now().into_std()) {
                tracing::warn!(%error, "it cannot be seen how far the read models are");
            }
            return false;
        }
    };
    let Troubles { failed, said, .. } = troubles;
    said.forget(&None);
    failed.retain(|_, until| Instant::now() < *until);
    let due: Vec<_> = work.into_iter().filter(|(_, position)| !failed.contains_key(&place(&position.build))).collect();
    let turns = due.into_iter().map(|(kept, position)| async move {
        (position.build, steps(projections[kept], ledger, stop, position).await)
    });
    let mut is_behind = false;
    let mut turns = futures::stream::iter(turns).buffer_unordered(BUILDS_AT_ONCE);
    while let Some((build, outcome)) = turns.next().await {
        let place = place(&build);
        match outcome {
            Ok(more) => {
                said.forget(&Some(place));
                is_behind |= more;
            }
            Err(error) => {
                let (error, cause) = (error.to_string(), cause(&error));
                if said.is_due(Some(place), &format!("{error}: {cause}"), Instant::now().into_std()) {
                    tracing::error!(projection = build.projection, log = %build.log, error, cause, "a read model stands still");
                }
                failed.insert(place, Instant::now() + RETRY_EVERY);
            }
        }
    }
    is_behind
}

fn place(build: &Build) -> Place {
    (build.projection, build.log)
}

/// What there is to do. A build is begun for every log that has come: none goes away.
async fn work(
    projections: &[&dyn Projection],
    ledger: &Ledger,
    logs_begun: &mut i64,
) -> Result<Vec<(usize, Position)>, sqlx::Error> {
    let kept: Vec<_> = projections.iter().map(|projection| Kept::of(*projection)).collect();
    let logs = position::logs_begun(ledger.follower()).await?;
    if logs != *logs_begun {
        position::begin_missing(ledger.follower(), &kept).await?;
        *logs_begun = logs;
    }
    position::pass_over(ledger.follower(), &kept, ENTRIES_PER_STEP_MAX).await?;
    position::with_work(ledger.follower(), &kept).await
}

/// The next steps of one build. Returns whether there are more.
async fn steps(
    projection: &dyn Projection,
    ledger: &Ledger,
    stop: &CancellationToken,
    from: Position,
) -> Result<bool, RunError> {
    let mut position = Some(from);
    for _ in 0..STEPS_PER_TURN_MAX {
        match position {
            Some(at) if !stop.is_cancelled() => position = step(projection, ledger, at).await?,
            _ => return Ok(false),
        }
    }
    Ok(position.is_some())
}

/// One step of a build, by its state. Returns where it then stands, none where there is nothing more to do for now or
/// another process does it.
pub(crate) async fn step(
    projection: &dyn Projection,
    ledger: &Ledger,
    at: Position,
) -> Result<Option<Position>, RunError> {
    if at.state == State::Retired {
        let more = clear(projection, ledger, at.build).await?;
        return Ok(more.then_some(at));
    }
    let streams = projection.streams();
    let stretch = feed::stretch(ledger, at.build.log, streams, at.next_index, ENTRIES_PER_STEP_MAX).await?;
    let mut conn = ledger.follower().acquire().await?;
    let mut tx = conn.begin().await?;
    if stretch.next_index == at.next_index {
        let is_shown = at.state == State::Shown || position::show(&mut tx, at.build).await?;
        tx.commit().await?;
        if is_shown && at.state == State::Building {
            let (projection, log, version) = (at.build.projection, at.build.log, at.build.version);
            tracing::info!(projection, %log, version, "a new build of a read model is shown");
        }
        return Ok(None);
    }
    let moved = apply(projection, ledger, &mut tx, &at, &stretch).await?;
    tx.commit().await?;
    Ok(moved)
}

/// Writes the rows of a stretch and moves the position, both in the caller's transaction. Returns where the build then
/// stands, none where another process was faster and nothing was written.
///
/// # Errors
/// The stretch does not follow on the position, or could not be applied: the transaction is to be rolled back.
pub async fn apply(
    projection: &dyn Projection,
    ledger: &Ledger,
    tx: &mut PgConnection,
    at: &Position,
    stretch: &Stretch,
) -> Result<Option<Position>, RunError> {
    if stretch.first_index != at.next_index {
        return Err(RunError::Gap { expected: at.next_index, found: stretch.first_index });
    }
    // First: it holds the row, so that of two processes the second waits, and then finds the position moved.
    if !position::advance(tx, at, stretch.next_index).await? {
        return Ok(None);
    }
    if !stretch.entries.is_empty() {
        projection.apply(ledger, tx, &at.build, &stretch.entries).await?;
    }
    Ok(Some(Position { next_index: stretch.next_index, ..*at }))
}

/// Removes some rows of a retired build, and the build with the last of them. Returns whether there are more.
async fn clear(projection: &dyn Projection, ledger: &Ledger, build: Build) -> Result<bool, RunError> {
    let mut conn = ledger.follower().acquire().await?;
    let mut tx = conn.begin().await?;
    let removed = projection.clear(&mut tx, &build, ROWS_PER_CLEARING_MAX).await?;
    let is_empty = removed < u64::from(ROWS_PER_CLEARING_MAX);
    if is_empty {
        position::forget(&mut tx, build).await?;
    }
    tx.commit().await?;
    Ok(!is_empty)
}

/// What an error's message leaves to its source.
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
