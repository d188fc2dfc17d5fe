//! The contract of append, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::sync::Arc;

use ledger::key::Role as KeyRole;
use serde_json::json;
use sqlx::Connection as _;
use store::append::BYTES_PER_REQUEST_MAX;
use store::cluster::Role;
use store::{AppendError, ExpectedVersion, Ledger, NewEvent};
use support::{TestLog, all, draft, key};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_becomes_entries_in_order_with_one_answer() {
    let log = TestLog::open().await;
    let appended = log.append((0..5).map(|number| log.event(number)).collect()).await;
    assert_eq!(appended.entries.iter().map(|entry| entry.index).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(!appended.replayed);
    assert_eq!(log.check().await[1..], appended.entries);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_many_callers_share_commits() {
    let log = Arc::new(TestLog::open().await);
    let callers = (0..256).map(|number| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { log.append(vec![log.event(number)]).await })
    });
    all(callers).await;
    let commits: i64 = sqlx::query_scalar("select count(distinct xmin::text) from ledger.entries")
        .fetch_one(log.ledger.reader())
        .await
        .unwrap();
    assert_eq!(log.check().await.len(), 257);
    assert!(commits < 128, "256 requests took {commits} commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_at_once_and_loses_nothing_it_took() {
    let log = Arc::new(TestLog::open().await);
    // Somebody holds the head, so nothing commits.
    let mut holder = log.database.pool(Role::Ledger).await.acquire().await.unwrap().detach();
    let mut tx = holder.begin().await.unwrap();
    sqlx::query("select from ledger.heads for update").execute(&mut *tx).await.unwrap();
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let log = Arc::clone(&log);
            let events = (0..1_000).map(|number| log.event(number)).collect();
            tokio::spawn(async move { log.ledger.append(log.log, events, ExpectedVersion::Any, None).await })
        })
        .collect();
    // 16 of them fit; the others are refused while nothing has committed.
    let (first, _, rest) = futures::future::select_all(callers).await;
    assert_eq!(first.unwrap(), Err(AppendError::Overloaded));
    tx.rollback().await.unwrap();
    let results = all(rest).await;
    let taken = results.iter().filter(|result| result.is_ok()).count();
    assert!(results.iter().all(|result| result.is_ok() || *result == Err(AppendError::Overloaded)));
    assert!(taken >= 16, "the queue took {taken} requests of 1,000 events");
    assert_eq!(log.check().await.len(), 1 + 1_000 * taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_few_but_very_large_events_is_refused_by_its_bytes() {
    let log = TestLog::open().await;
    let large = |_| draft(&log.origin, None, json!({ "text": "x".repeat(60_000) })).into();
    let count = BYTES_PER_REQUEST_MAX / 60_000 + 1;
    let refused = log.ledger.append(log.log, (0..count).map(large).collect(), ExpectedVersion::Any, None).await;
    assert!(matches!(refused, Err(AppendError::TooLarge(bytes)) if BYTES_PER_REQUEST_MAX < bytes), "{refused:?}");
    assert_eq!(log.check().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_take_turns_without_a_fork() {
    let log = TestLog::open().await;
    let other = log.replica();
    for number in 0..10 {
        log.append(vec![log.event(number)]).await;
        other.append(log.log, vec![log.event(number)], ExpectedVersion::Any, None).await.unwrap();
    }
    assert_eq!(log.check().await.len(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_under_load_lose_and_double_nothing() {
    let log = Arc::new(TestLog::open().await);
    let replicas = [log.ledger.clone(), log.replica()];
    let writers = (0..8).map(|writer| {
        let (log, ledger) = (Arc::clone(&log), replicas[writer % 2].clone());
        tokio::spawn(async move {
            for number in 0..40 {
                let event = draft(&log.origin, None, json!({ "writer": writer, "number": number }));
                ledger.append(log.log, vec![event.into()], ExpectedVersion::Any, None).await.unwrap();
            }
        })
    });
    all(writers).await;
    let entries = log.check().await;
    let mut details: Vec<String> = entries[1..].iter().map(|entry| detail(&entry.bytes)).collect();
    details.sort();
    details.dedup();
    assert_eq!(details.len(), 8 * 40);
}

fn detail(bytes: &[u8]) -> String {
    ledger::entry::Entry::parse(bytes).unwrap().detail.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_moves_only_from_the_version_that_the_request_expects() {
    let log = TestLog::open().await;
    let ledger = &log.ledger;
    let at = |version| ExpectedVersion::Exact(version);
    ledger.append(log.log, vec![log.event_of("case/1", 1)], at(0), None).await.unwrap();
    let refused = ledger.append(log.log, vec![log.event_of("case/1", 2)], at(0), None).await;
    assert_eq!(refused, Err(AppendError::Conflict { stream: "case/1".to_owned(), expected: 0, actual: 1 }));
    let appended =
        ledger.append(log.log, vec![log.event_of("case/1", 2), log.event_of("case/1", 3)], at(1), None).await;
    let versions: Vec<u32> = appended.unwrap().entries.iter().map(|entry| entry.stream.as_ref().unwrap().1).collect();
    assert_eq!(versions, [2, 3]);
    log.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_never_computed_on_what_another_replica_has_changed() {
    let log = TestLog::open().await;
    let other = log.replica();
    log.ledger.append(log.log, vec![log.event_of("case/1", 1)], ExpectedVersion::Exact(0), None).await.unwrap();
    other.append(log.log, vec![log.event_of("case/1", 2)], ExpectedVersion::Exact(1), None).await.unwrap();
    // The first replica still believes in version 1.
    let appended = log.ledger.append(log.log, vec![log.event_of("case/1", 3)], ExpectedVersion::Exact(2), None).await;
    assert_eq!(appended.unwrap().entries[0].stream.as_ref().unwrap().1, 3);
    log.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attestation_names_the_highest_version_before_it_whoever_appended_that() {
    let log = TestLog::open().await;
    let stream = ledger::name::Reference::parse("case/1").unwrap();
    let attested = || NewEvent::StreamAttested { stream: stream.clone() };
    let first = log.append(vec![log.event_of("case/1", 1), attested()]).await;
    log.replica().append(log.log, vec![log.event_of("case/1", 2)], ExpectedVersion::Any, None).await.unwrap();
    let second = log.append(vec![attested()]).await;
    assert_eq!(detail(&first.entries[1].bytes), r#"{"stream":"case/1","version":1}"#);
    assert_eq!(detail(&second.entries[0].bytes), r#"{"stream":"case/1","version":2}"#);
    log.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_writers_who_race_for_a_version_one_wins() {
    let log = Arc::new(TestLog::open().await);
    let replicas = [log.ledger.clone(), log.replica()];
    let writers = (0..16).map(|writer| {
        let (log, ledger) = (Arc::clone(&log), replicas[writer % 2].clone());
        let event = log.event_of("case/1", writer as u64);
        tokio::spawn(async move { ledger.append(log.log, vec![event], ExpectedVersion::Exact(0), None).await })
    });
    let results = all(writers).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        results
            .iter()
            .all(|result| matches!(result, Ok(_) | Err(AppendError::Conflict { expected: 0, actual: 1, .. })))
    );
    assert_eq!(log.check().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_the_database_refuses_fails_alone() {
    let log = Arc::new(TestLog::open().await);
    let owner = log.database.pool(Role::Superuser).await;
    sqlx::query("alter table ledger.entries add check (stream <> 'poison/1')").execute(&owner).await.unwrap();
    let callers: Vec<_> = (0..40)
        .map(|number| {
            let stream = if number == 17 { "poison/1".to_owned() } else { format!("case/{number}") };
            let (log, event) = (Arc::clone(&log), log.event_of(&stream, number));
            tokio::spawn(async move { log.ledger.append(log.log, vec![event], ExpectedVersion::Any, None).await })
        })
        .collect();
    let results = all(callers).await;
    let refused: Vec<usize> = (0..40).filter(|&number| results[number].is_err()).collect();
    assert_eq!(refused, [17]);
    assert!(matches!(&results[17], Err(AppendError::Refused(reason)) if reason.contains("check constraint")));
    assert_eq!(log.check().await.len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_body_give_the_first_answer() {
    let log = TestLog::open().await;
    let first =
        log.ledger.append(log.log, vec![log.event(1), log.event(2)], ExpectedVersion::Any, Some(key("a", "body")));
    let first = first.await.unwrap();
    for ledger in [log.ledger.clone(), log.replica()] {
        let again =
            ledger.append(log.log, vec![log.event(1), log.event(2)], ExpectedVersion::Any, Some(key("a", "body")));
        let again = again.await.unwrap();
        assert!(again.replayed);
        assert_eq!(again.entries, first.entries);
    }
    let other =
        log.ledger.append(log.log, vec![log.event(3)], ExpectedVersion::Any, Some(key("a", "another body"))).await;
    assert_eq!(other, Err(AppendError::IdempotencyMismatch));
    assert_eq!(log.check().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_sent_many_times_at_once_through_two_replicas_is_appended_once() {
    let log = Arc::new(TestLog::open().await);
    let replicas = [log.ledger.clone(), log.replica()];
    let callers = (0..32).map(|caller| {
        let (log, ledger) = (Arc::clone(&log), replicas[caller % 2].clone());
        tokio::spawn(async move {
            ledger.append(log.log, vec![log.event(1)], ExpectedVersion::Any, Some(key("a", "body"))).await.unwrap()
        })
    });
    let answers = all(callers).await;
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.entries == answers[0].entries));
    assert_eq!(log.check().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_two_principals_never_meet() {
    let log = TestLog::open().await;
    let mut theirs = key("a", "their body");
    theirs.principal = "somebody else".to_owned();
    log.ledger.append(log.log, vec![log.event(1)], ExpectedVersion::Any, Some(key("a", "body"))).await.unwrap();
    let appended = log.ledger.append(log.log, vec![log.event(2)], ExpectedVersion::Any, Some(theirs)).await.unwrap();
    assert!(!appended.replayed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_neither_undoes_nor_blocks_anything() {
    let log = Arc::new(TestLog::open().await);
    for number in 0..200 {
        let append = log.ledger.append(log.log, vec![log.event(number)], ExpectedVersion::Any, None);
        // Polled once, so it is queued; then dropped.
        let gone = tokio::time::timeout(std::time::Duration::ZERO, append).await;
        assert!(gone.is_err() || gone.is_ok_and(|answer| answer.is_ok()));
    }
    log.append(vec![log.event(200)]).await;
    assert_eq!(log.check().await.len(), 202);
    let open: i64 = sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    )
    .fetch_one(log.ledger.reader())
    .await
    .unwrap();
    assert_eq!(open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_empty_or_longer_than_a_thousand_events() {
    let log = TestLog::open().await;
    for count in [0, 1_001] {
        let refused = log.ledger.append(log.log, vec![log.event(0); count], ExpectedVersion::Any, None).await;
        assert_eq!(refused, Err(AppendError::EventCount(count)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_the_key_in_force_appends_nothing() {
    let log = TestLog::open().await;
    let empty = tempfile::tempdir().unwrap();
    let stranger = Ledger::open(&log.database.options(Role::Ledger), empty.path());
    let refused = stranger.append(log.log, vec![log.event(1)], ExpectedVersion::Any, None).await;
    assert!(matches!(refused, Err(AppendError::KeyNotHeld(_))));
    assert_eq!(log.check().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_rotated_by_another_process_is_never_signed_over() {
    let log = TestLog::open().await;
    log.append(vec![log.event(1)]).await;
    let directory = log.ledger.keys();
    let first = ledger::entry::Entry::parse(&log.check().await[0].bytes).unwrap().keyid;
    let old = directory.find(&log.origin, KeyRole::Entries, first).unwrap();
    let new = directory.create(&log.origin, KeyRole::Entries).unwrap();
    let rotation = NewEvent::KeyRotated { role: KeyRole::Entries, old: old.clone(), new: new.clone() };
    log.replica().append(log.log, vec![rotation], ExpectedVersion::Any, None).await.unwrap();
    log.append(vec![log.event(2)]).await;
    let last = log.check().await.pop().unwrap();
    assert_eq!(ledger::entry::Entry::parse(&last.bytes).unwrap().keyid, new.key_id());
    let twice = NewEvent::KeyRotated {
        role: KeyRole::Entries,
        old,
        new: directory.create(&log.origin, KeyRole::Entries).unwrap(),
    };
    let refused = log.ledger.append(log.log, vec![twice], ExpectedVersion::Any, None).await;
    assert!(matches!(refused, Err(AppendError::DoesNotFit { position: 0, .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn times_never_go_back_and_ids_always_grow() {
    let log = TestLog::open().await;
    let other = log.replica();
    for number in 0..20 {
        log.append(vec![log.event(number); 10]).await;
        other.append(log.log, vec![log.event(number); 10], ExpectedVersion::Any, None).await.unwrap();
    }
    let entries = log.check().await;
    for pair in entries.windows(2) {
        assert!(pair[0].time <= pair[1].time);
        assert!(pair[0].id.as_bytes() < pair[1].id.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_does_not_exist_is_refused() {
    let log = TestLog::open().await;
    let nowhere = store::LogId(uuid::Uuid::nil());
    let refused = log.ledger.append(nowhere, vec![log.event(1)], ExpectedVersion::Any, None).await;
    assert_eq!(refused, Err(AppendError::NoSuchLog(nowhere)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_closes_finishes_what_it_took() {
    let log = Arc::new(TestLog::open().await);
    let replica = log.replica();
    let callers: Vec<_> = (0..50)
        .map(|number| {
            let (log, replica) = (Arc::clone(&log), replica.clone());
            tokio::spawn(
                async move { replica.append(log.log, vec![log.event(number)], ExpectedVersion::Any, None).await },
            )
        })
        .collect();
    replica.append(log.log, vec![log.event(50)], ExpectedVersion::Any, None).await.unwrap();
    replica.close().await;
    let results = all(callers).await;
    let appended = results.iter().filter(|result| result.is_ok()).count();
    assert!(results.iter().all(|result| result.is_ok() || *result == Err(AppendError::Stopping)));
    assert_eq!(log.check().await.len(), 2 + appended);
}
