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
    let mut pause = LOOK_EVERY;
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        pause = LOOK_EVERY;
        if cluster.is_running() {
            continue;
        }
        tracing::warn!("the private PostgreSQL has gone; it is started again");
        match cluster.revive().await {
            Ok(()) => tracing::warn!("the private PostgreSQL is back"),
            Err(error) => {
                tracing::error!(%error, "the private PostgreSQL does not start");
                pause = RETRY_EVERY;
            }
        }
    }
    cluster
}
