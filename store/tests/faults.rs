//! What fails × was it kept anyway × does the log progress × what is the caller told ("unknown is a result").

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::time::Duration;

use proxy::{Loss, Proxy};
use rstest::rstest;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use store::cluster::Role;
use store::{AppendError, ExpectedVersion, Ledger};
use support::{TestLog, all, key};

/// A ledger whose appends go through a proxy.
fn through(proxy: &Proxy, log: &TestLog) -> Ledger {
    Ledger::open(&log.database.options(Role::Ledger).socket(proxy.host()).ssl_mode(PgSslMode::Disable), log.data.path())
}

fn proxy_for(log: &TestLog) -> Proxy {
    let options = log.database.options(Role::Ledger);
    let directory = options.get_socket().expect("test clusters listen on a socket");
    Proxy::start(directory.join(".s.PGSQL.5432"))
}

#[rstest]
#[case::the_statement_never_arrives(Loss::Request)]
#[case::the_answer_never_comes_back(Loss::Answer)]
#[case::the_statement_arrives_late(Loss::Late)]
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_line_leaves_each_request_appended_once_and_its_caller_told_so(
    #[case] loss: Loss,
    #[values(1, 20)] callers: u64,
    #[values(false, true)] keyed: bool,
) {
    let log = TestLog::open().await;
    let proxy = proxy_for(&log);
    let ledger = through(&proxy, &log);
    proxy.lose_next(loss);
    let tasks = (0..callers).map(|number| {
        let (ledger, log_id, event) = (ledger.clone(), log.log, log.event(number));
        let key = keyed.then(|| key(&format!("request {number}"), "body"));
        tokio::spawn(async move { ledger.append(log_id, vec![event], ExpectedVersion::Any, key).await })
    });
    let answers = all(tasks).await;
    assert_eq!(proxy.losses(), 1);
    proxy.release_late();
    // What is late finds another head, whenever it comes.
    ledger.append(log.log, vec![log.event(callers)], ExpectedVersion::Any, None).await.unwrap();
    let entries = log.check().await;
    assert_eq!(entries.len() as u64, 2 + callers, "each request once");
    for answer in answers {
        let appended = answer.unwrap();
        assert_eq!(appended.entries[0], entries[usize::try_from(appended.entries[0].index).unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_for_longer_than_the_timeout_delays_and_loses_nothing() {
    let log = TestLog::open().await;
    let impatient = log.database.options(Role::Ledger).options([("lock_timeout", "100ms")]);
    let ledger = Ledger::open(&impatient, log.data.path());
    let mut holder = log.database.pool(Role::Ledger).await.acquire().await.unwrap().detach();
    let mut tx = holder.begin().await.unwrap();
    sqlx::query("select from ledger.heads for update").execute(&mut *tx).await.unwrap();
    let (for_task, log_id, event) = (ledger.clone(), log.log, log.event(1));
    let waiting = tokio::spawn(async move { for_task.append(log_id, vec![event], ExpectedVersion::Any, None).await });
    wait_until(
        "an append has timed out",
        &log,
        "select exists (select from pg_stat_database where datname = current_database() and xact_rollback > 0)",
    )
    .await;
    tx.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().entries[0].index, 1);
    assert_eq!(log.check().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_longer_than_a_statement_may_fails_alone() {
    let log = TestLog::open().await;
    let dawdle = "create function ledger.dawdle() returns trigger language plpgsql as
            'begin perform pg_sleep(20); return new; end';
        create trigger dawdle before insert on ledger.entries for each row
            when (convert_from(new.bytes, 'utf8') like '%\"number\":31}%') execute function ledger.dawdle()";
    sqlx::raw_sql(dawdle).execute(&log.database.pool(Role::Superuser).await).await.unwrap();
    let impatient = log.database.options(Role::Ledger).options([("statement_timeout", "1s")]);
    let ledger = Ledger::open(&impatient, log.data.path());
    let tasks = (0..32).map(|number| {
        let (ledger, log_id, event) = (ledger.clone(), log.log, log.event(number));
        tokio::spawn(async move { ledger.append(log_id, vec![event], ExpectedVersion::Any, None).await })
    });
    let answers = all(tasks).await;
    let refused: Vec<usize> = (0..32).filter(|number| answers[*number].is_err()).collect();
    assert_eq!(refused, [31], "{:?}", answers[refused[0]]);
    assert!(matches!(answers[31], Err(AppendError::Unavailable(_))), "it may be the database that is slow");
    assert_eq!(log.check().await.len(), 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_terminated_in_mid_append_leaves_it_appended_once() {
    let log = TestLog::open().await;
    let mut holder = log.database.pool(Role::Ledger).await.acquire().await.unwrap().detach();
    let mut tx = holder.begin().await.unwrap();
    sqlx::query("select from ledger.heads for update").execute(&mut *tx).await.unwrap();
    let (ledger, log_id, event) = (log.ledger.clone(), log.log, log.event(1));
    let waiting = tokio::spawn(async move { ledger.append(log_id, vec![event], ExpectedVersion::Any, None).await });
    wait_until("the append waits for the lock", &log, "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like 'with moved%' and datname = current_database())").await;
    let superuser = log.database.pool(Role::Superuser).await;
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where query like 'with moved%' and datname = current_database() and pid <> pg_backend_pid()")
        .execute(&superuser)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().entries[0].index, 1);
    assert_eq!(log.check().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_nothing_is_acknowledged_and_the_caller_is_told_that_nothing_was_appended() {
    let log = TestLog::open().await;
    let nowhere = tempfile::tempdir().unwrap();
    let options: PgConnectOptions = log.database.options(Role::Ledger).socket(nowhere.path());
    let ledger = Ledger::open(&options, log.data.path());
    let refused = ledger.append(log.log, vec![log.event(1)], ExpectedVersion::Any, None).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    assert_eq!(log.check().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_kept_is_told_to_be_unknown_when_the_database_stays_away() {
    let log = TestLog::open().await;
    let proxy = proxy_for(&log);
    let ledger = through(&proxy, &log);
    ledger.append(log.log, vec![log.event(1)], ExpectedVersion::Any, None).await.unwrap();
    proxy.lose_next(Loss::Answer);
    proxy.refuse_lines_after_loss();
    let unknown = ledger.append(log.log, vec![log.event(2)], ExpectedVersion::Any, Some(key("a", "body"))).await;
    assert_eq!(unknown, Err(AppendError::OutcomeUnknown));
    proxy.accept_lines();
    let again = ledger.append(log.log, vec![log.event(2)], ExpectedVersion::Any, Some(key("a", "body"))).await.unwrap();
    assert!(again.replayed, "it had been kept");
    assert_eq!(log.check().await.len(), 3);
}

/// Waits for a state of the database, with a deadline.
async fn wait_until(state: &str, log: &TestLog, query: &'static str) {
    let superuser = log.database.pool(Role::Superuser).await;
    let reached = async {
        while !sqlx::query_scalar::<_, bool>(query).fetch_one(&superuser).await.unwrap() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap_or_else(|_| panic!("never: {state}"));
}
