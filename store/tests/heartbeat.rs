//! The hourly heartbeats (spec §2). Hours pass by back-dating the last heartbeat, as only a test's superuser can.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[expect(dead_code, reason = "tests/seal.rs uses the rest")]
#[path = "support/sealed.rs"]
mod sealed;
mod support;

use ledger::checkpoint::Checkpoint;
use ledger::entry::{Entry, Heartbeat, LedgerEvent};
use sealed::{SealedLog, eventually};
use store::checkpoints;
use store::sealing::Sealing;

const MINUTE_MICROS: i64 = 60_000_000;

/// Makes the last heartbeat so many minutes older.
async fn pass(sealed: &SealedLog, minutes: i64) {
    let micros = minutes * MINUTE_MICROS;
    sealed.tamper(&format!("update ledger.heads set heartbeat_time = heartbeat_time - {micros}")).await;
}

async fn sealed_up_to(sealed: &SealedLog, size: u64) {
    eventually("the log is sealed up to there", async || {
        let newest = checkpoints::newest(sealed.log.ledger.reader(), sealed.log.log).await.unwrap();
        newest.is_some_and(|newest| size <= newest.head.size)
    })
    .await;
}

/// Place and content of every heartbeat of the log.
async fn heartbeats(sealed: &SealedLog) -> Vec<(u64, Heartbeat)> {
    let entries = sealed.log.check().await;
    let heartbeat = |bytes: &[u8]| match Entry::parse(bytes).unwrap().ledger_event.as_deref() {
        Some(LedgerEvent::Heartbeat(heartbeat)) => Some(heartbeat.clone()),
        _ => None,
    };
    entries.iter().filter_map(|entry| Some((entry.index, heartbeat(&entry.bytes)?))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_log_has_a_heartbeat_every_hour_and_each_names_the_newest_checkpoint() {
    let sealed = SealedLog::open().await;
    let service = Sealing::start(&sealed.log.ledger, sealed.seals());
    sealed_up_to(&sealed, 2).await;
    for hour in 1..=3 {
        pass(&sealed, 60).await;
        sealed_up_to(&sealed, 2 + hour).await;
    }
    assert_eq!(service.alarms(), []);
    service.stop().await;
    let found = heartbeats(&sealed).await;
    assert_eq!(found.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 2, 3, 4]);
    for (index, heartbeat) in found {
        let note = heartbeat.checkpoint.expect("entry 0 was sealed before the first of them");
        assert_eq!(Checkpoint::parse(&note).unwrap().0.size, index, "all before it was sealed");
    }
    sealed.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_hour_is_over_there_is_no_other_heartbeat() {
    let sealed = SealedLog::open().await;
    let service = Sealing::start(&sealed.log.ledger, sealed.seals());
    sealed_up_to(&sealed, 2).await;
    pass(&sealed, 59).await;
    // By another process, which finds the head as it is now. That it is sealed shows that the log was looked at.
    let other = sealed.log.replica();
    other.append(sealed.log.log, vec![sealed.log.event(1)], store::ExpectedVersion::Any, None).await.unwrap();
    sealed_up_to(&sealed, 3).await;
    assert_eq!(heartbeats(&sealed).await.len(), 1);
    pass(&sealed, 1).await;
    sealed_up_to(&sealed, 4).await;
    service.stop().await;
    assert_eq!(heartbeats(&sealed).await.len(), 2, "and then there is");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_replicas_one_appends_the_heartbeat() {
    let sealed = SealedLog::open().await;
    let other = sealed.log.replica();
    let services = [&sealed.log.ledger, &other].map(|ledger| Sealing::start(ledger, sealed.seals()));
    sealed_up_to(&sealed, 2).await;
    for hour in 1..=3 {
        pass(&sealed, 60).await;
        sealed_up_to(&sealed, 2 + hour).await;
    }
    for service in services {
        assert_eq!(service.alarms(), []);
        service.stop().await;
    }
    assert_eq!(heartbeats(&sealed).await.len(), 4);
    assert_eq!(sealed.log.check().await.len(), 5);
}
