//! Makes a read model of a log anew, beside the one that is shown, and switches when it has caught up.

use std::time::Duration;

use store::{Ledger, LogId};

use crate::position::{self, Build, Kept, Position, State};
use crate::projection::Projection;
use crate::runner::{self, RunError};

/// How often it is looked how far another process has come with the same build.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Is told how many entries of how many have been gone through.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Builds a read model of a log anew and returns once the new build is shown. Readers see the old one until then. What
/// is left behind when this is interrupted, the service's runner finishes.
///
/// # Errors
/// As a step of the runner; the old build stays the one that is shown.
pub async fn rebuild(
    projection: &dyn Projection,
    ledger: &Ledger,
    log: LogId,
    progress: Progress<'_>,
) -> Result<Build, RunError> {
    let build = begin(projection, ledger, log).await?;
    loop {
        match position::of(ledger.reader(), build).await? {
            // The next entries, or the switch; beaten to either of them, look again.
            Some(at) if at.state == State::Building => forward(projection, ledger, at, progress).await?,
            // Shown, or replaced by a newer build that shows the same and more.
            _ => {
                let size = position::size(ledger.reader(), log).await?;
                progress(size, size);
                return Ok(build);
            }
        }
    }
}

async fn begin(projection: &dyn Projection, ledger: &Ledger, log: LogId) -> Result<Build, RunError> {
    loop {
        position::begin_missing(ledger.reader(), &[Kept::of(projection)]).await?;
        if let Some(build) = position::begin_another(ledger.reader(), projection.name(), projection.form(), log).await?
        {
            return Ok(build);
        }
        // Another process took the number just now, or the log's first entry is not there yet.
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn forward(
    projection: &dyn Projection,
    ledger: &Ledger,
    from: Position,
    progress: Progress<'_>,
) -> Result<(), RunError> {
    let size = position::size(ledger.reader(), from.build.log).await?;
    let mut at = Some(from);
    while let Some(position) = at {
        // The last word is said when it is shown.
        progress(position.next_index.min(size.saturating_sub(1)), size);
        at = runner::step(projection, ledger, position).await?;
    }
    Ok(())
}
