//! Keeps the private PostgreSQL alive: when its server has gone while the service runs, for instance killed for want of
//! memory, it is started again, and recovers by itself what was committed.

use std::time::Duration;

use anyhow::Context as _;
use store::cluster::Cluster;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Requests meet a dead server for this long at most before it is started again. Looking costs reading two small files.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// After a start that failed, for instance because the disk is full, the next would fail likewise.
const RETRY_EVERY: Duration = Duration::from_secs(5);
/// Right after a kill a start may meet what the dead server has left, and the next succeeds: so many failures are not
/// worth waking anybody.
const QUIET_FAILURES_MAX: u32 = 2;
/// Between those, long enough for the system to have cleared up.
const QUIET_PAUSE: Duration = Duration::from_secs(1);

/// A cluster that is looked after. Dropped without [`Revival::end`], it goes with the runtime.
pub(super) struct Revival {
    stop: CancellationToken,
    /// Owns the cluster until it is told to stop.
    task: JoinHandle<Cluster>,
}

impl Revival {
    /// Looks after a cluster from now on.
    pub(super) fn of(cluster: Cluster) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(look_after(cluster, stop.clone()));
        Self { stop, task }
    }

    /// Looks no more, once a start that is under way has ended, and gives the cluster back.
    pub(super) async fn end(self) -> anyhow::Result<Cluster> {
        self.stop.cancel();
        self.task.await.context("the task that looks after the private PostgreSQL failed")
    }
}

async fn look_after(cluster: Cluster, stop: CancellationToken) -> Cluster {
    let (mut pause, mut failures) = (LOOK_EVERY, 0);
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        pause = LOOK_EVERY;
        if cluster.is_running() {
            failures = 0;
            continue;
        }
        if failures == 0 {
            tracing::warn!("the private PostgreSQL has gone; it is started again");
        }
        match cluster.revive().await {
            Ok(()) => {
                failures = 0;
                tracing::warn!("the private PostgreSQL is back");
            }
            Err(error) => {
                failures += 1;
                pause = pause_after(failures);
                if is_quiet(failures) {
                    tracing::info!(%error, "the private PostgreSQL did not start at once; it is tried again");
                } else {
                    tracing::error!(%error, "the private PostgreSQL does not start");
                }
            }
        }
    }
    cluster
}

/// Whether so many failures in a row are still nothing to wake anybody for.
fn is_quiet(failures: u32) -> bool {
    failures <= QUIET_FAILURES_MAX
}

fn pause_after(failures: u32) -> Duration {
    if is_quiet(failures) { QUIET_PAUSE } else { RETRY_EVERY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failures_are_quiet_and_soon_tried_again_and_later_ones_are_not() {
        let told: Vec<bool> = (1..=4).map(|failures| !is_quiet(failures)).collect();
        assert_eq!(told, [false, false, true, true]);
        let quiet: Duration = (1..=QUIET_FAILURES_MAX).map(pause_after).sum();
        assert!(quiet < RETRY_EVERY, "the first error is no later than the second was");
        assert_eq!(pause_after(3), RETRY_EVERY);
    }
}
