//! The feed, on a real PostgreSQL: index order without gaps, whoever writes.

mod support;

use std::time::Duration;

use store::ExpectedVersion;
use store::feed::Feed;
use support::{TestLog, all, shared};

#[tokio::test(flavor = "multi_thread")]
async fn entries_come_in_index_order_while_two_replicas_write() {
    let log = shared(TestLog::open().await);
    let other = log.replica();
    let mut feed = Feed::new(&log.ledger, log.log, 0);
    let writers = (0..8).map(|writer| {
        let (log, other) = (std::sync::Arc::clone(&log), other.clone());
        tokio::spawn(async move {
            for number in 0..50 {
                let ledger = if writer % 2 == 0 { &log.ledger } else { &other };
                ledger.append(log.log, vec![log.event(number)], ExpectedVersion::Any, None).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut seen = Vec::new();
    while seen.len() < 401 {
        let page = tokio::time::timeout(Duration::from_secs(30), feed.next(64)).await.expect("entries come").unwrap();
        assert!((1..=64).contains(&page.len()));
        seen.extend(page);
    }
    all(writers).await;
    assert_eq!(seen, log.check().await);
    assert_eq!(feed.next_index(), 401);
    assert_eq!(feed.next_now(64).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_begins_where_it_is_told() {
    let log = TestLog::open().await;
    log.append((0..5).map(|number| log.event(number)).collect()).await;
    let page = Feed::new(&log.ledger, log.log, 4).next(10).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.index).collect::<Vec<_>>(), [4, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_feed_hears_of_another_process_and_loses_nothing_when_its_wait_is_dropped() {
    let log = shared(TestLog::open().await);
    let mut feed = Feed::new(&log.ledger, log.log, 1);
    assert!(tokio::time::timeout(Duration::from_millis(10), feed.next(10)).await.is_err(), "there is nothing yet");
    let other = log.replica();
    let appended = other.append(log.log, vec![log.event(1)], ExpectedVersion::Any, None).await.unwrap();
    let page = tokio::time::timeout(Duration::from_secs(10), feed.next(10)).await.expect("it comes").unwrap();
    assert_eq!(page, appended.entries);
}
