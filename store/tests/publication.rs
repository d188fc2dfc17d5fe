//! How long a committed entry waits for its published checkpoint: under a second at p95 at 200 events a second.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[expect(dead_code, reason = "tests/seal.rs uses the rest")]
#[path = "support/sealed.rs"]
mod sealed;
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::checkpoint::Checkpoint;
use sealed::SealedLog;
use store::sealing::Sealing;
use support::all;

const EVENTS: u32 = 1_000;
const EVERY: Duration = Duration::from_millis(5);

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_published_within_a_second_at_200_events_a_second() {
    let sealed = Arc::new(SealedLog::open().await);
    let service = Sealing::start(&sealed.log.ledger, sealed.seals());
    let watching = tokio::spawn(watch(Arc::clone(&sealed)));
    let mut ticks = tokio::time::interval(EVERY);
    let mut writers = Vec::new();
    for number in 0..EVENTS {
        ticks.tick().await;
        let sealed = Arc::clone(&sealed);
        writers.push(tokio::spawn(async move {
            let appended = sealed.log.append(vec![sealed.log.event(u64::from(number))]).await;
            (appended.entries[0].index, Instant::now())
        }));
    }
    let committed = all(writers).await;
    let published = watching.await.unwrap();
    let mut waits: Vec<Duration> = committed
        .into_iter()
        .map(|(index, at)| {
            let first = published.iter().find(|(_, size)| index < *size).expect("all were published");
            first.0.saturating_duration_since(at)
        })
        .collect();
    waits.sort_unstable();
    let at = |percent: usize| waits[waits.len() * percent / 100];
    println!("from commit to published checkpoint: p50 {:?}, p95 {:?}, p99 {:?}", at(50), at(95), at(99));
    assert!(at(95) < Duration::from_secs(1), "p95 is {:?}", at(95));
    assert_eq!(service.alarms(), []);
    service.stop().await;
    sealed.check().await;
}

/// When each checkpoint was seen first, with its size, until one covers all events.
async fn watch(sealed: Arc<SealedLog>) -> Vec<(Instant, u64)> {
    let begun = Instant::now();
    let mut seen: Vec<(Instant, u64)> = Vec::new();
    while seen.last().is_none_or(|(_, size)| *size <= u64::from(EVENTS)) {
        assert!(begun.elapsed() < Duration::from_mins(1), "all events are published");
        let note = sealed.tiles().checkpoint().unwrap();
        let size = note.map_or(0, |note| Checkpoint::parse(&note).unwrap().0.size);
        if seen.last().is_none_or(|(_, before)| *before < size) {
            seen.push((Instant::now(), size));
        }
        tokio::time::sleep(EVERY).await;
    }
    seen
}
