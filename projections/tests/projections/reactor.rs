//! Effects outside: once for each entry, from now on, by one process at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::{Running, TestLog, eventually};
use futures::future::BoxFuture;
use projections::reactor::{self, ReactError, Reactor};
use projections::read_models::entries::Entries;
use projections::rebuild::rebuild;
use store::{Committed, Ledger, LogId, logs};

/// Remembers what it was asked to react to.
#[derive(Default)]
struct Witness {
    seen: Mutex<Vec<(LogId, u64)>>,
    refuses: AtomicBool,
}

impl Witness {
    fn of(&self, log: LogId) -> Vec<u64> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.0 == log).map(|seen| seen.1).collect()
    }

    async fn has_seen(&self, log: LogId, indices: impl IntoIterator<Item = u64>) {
        let expected: Vec<u64> = indices.into_iter().collect();
        eventually("all entries were seen", async || (self.of(log).len() >= expected.len()).then_some(())).await;
        assert_eq!(self.of(log), expected);
    }
}

impl Reactor for Witness {
    fn name(&self) -> &'static str {
        "witness"
    }

    fn react<'a>(&'a self, log: LogId, entries: &'a [Committed]) -> BoxFuture<'a, Result<(), ReactError>> {
        Box::pin(async move {
            if self.refuses.load(Ordering::SeqCst) {
                return Err(ReactError::new("not now"));
            }
            self.seen.lock().unwrap().extend(entries.iter().map(|entry| (log, entry.index)));
            Ok(())
        })
    }
}

fn start(ledger: &Ledger, witness: &Arc<Witness>) -> Running {
    let (ledger, reactor): (Ledger, Arc<dyn Reactor>) = (ledger.clone(), witness.clone());
    Running::start(|stop| reactor::run(vec![reactor], ledger, stop))
}

/// Lets the reactor begin with the log as it is, without seeing anything.
async fn begun(log: &TestLog) {
    let running = start(&log.ledger, &Arc::default());
    let begun = "select count(*) from reactor.positions";
    eventually("it has begun", async || {
        let count: i64 = sqlx::query_scalar(begun).fetch_one(log.ledger.reader()).await.unwrap();
        (count == 1).then_some(())
    })
    .await;
    running.stop().await;
}

#[tokio::test]
async fn a_reactor_begins_with_what_is_recorded_from_now_on_and_with_new_logs_at_their_first_entry() {
    let log = TestLog::open().await;
    log.append(0, 3).await;
    begun(&log).await;
    log.append(3, 2).await;
    let other = logs::open(&log.ledger, "other", "Other", "ledger.example.com").await.unwrap().info.log;
    let witness = Arc::default();
    let running = start(&log.ledger, &witness);
    witness.has_seen(log.log, 4..6).await;
    witness.has_seen(other, 0..1).await;
    log.append(5, 1).await;
    witness.has_seen(log.log, 4..7).await;
    running.stop().await;
}

#[tokio::test]
async fn two_replicas_see_an_entry_once_and_one_goes_on_where_the_other_ended() {
    let log = TestLog::open().await;
    begun(&log).await;
    let witness = Arc::default();
    let replica = log.replica();
    let (first, second) = (start(&log.ledger, &witness), start(&replica, &witness));
    log.append(0, 150).await;
    witness.has_seen(log.log, 1..151).await;
    first.stop().await;
    log.append(150, 3).await;
    witness.has_seen(log.log, 1..154).await;
    second.stop().await;
}

#[tokio::test]
async fn what_could_not_be_done_is_done_later() {
    let log = TestLog::open().await;
    begun(&log).await;
    let witness = Arc::new(Witness { refuses: AtomicBool::new(true), ..Witness::default() });
    let running = start(&log.ledger, &witness);
    log.append(0, 2).await;
    witness.refuses.store(false, Ordering::SeqCst);
    witness.has_seen(log.log, 1..3).await;
    running.stop().await;
}

#[tokio::test]
async fn a_rebuild_comes_to_no_reactor() {
    let log = TestLog::open().await;
    begun(&log).await;
    let witness = Arc::default();
    let running = start(&log.ledger, &witness);
    let models = {
        let ledger = log.ledger.clone();
        Running::start(|stop| projections::run(ledger, stop))
    };
    log.append(0, 5).await;
    witness.has_seen(log.log, 1..6).await;
    rebuild(&Entries, &log.ledger, log.log, &|_, _| {}).await.unwrap();
    log.append(5, 1).await;
    witness.has_seen(log.log, 1..7).await;
    models.stop().await;
    running.stop().await;
}
