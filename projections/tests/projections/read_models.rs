//! Read models on a real PostgreSQL: the runner, its positions, and the list of entries.

use std::time::Duration;

use crate::support::{Running, TestLog, WITHIN, eventually, start};
use futures::future::BoxFuture;
use ledger::entry::{Entry, Outcome};
use ledger::name::Reference;
use ledger::time::Timestamp;
use projections::position::{self, Build, Position};
use projections::projection::{ApplyError, Projection};
use projections::read_models::entries::{self, Entries, EntryRow, Filter, OutcomeFilter, TypeFilter};
use projections::rebuild::rebuild;
use projections::runner::{self, RunError};
use projections::wait;
use rstest::rstest;
use sqlx::PgConnection;
use store::cluster::Role;
use store::feed::{Streams, Stretch};
use store::{Committed, Ledger, LogId};

/// Runs until all of the log is shown.
async fn catch_up(log: &TestLog) {
    let runner = start(&log.ledger);
    let last = log.entries().await.last().unwrap().index;
    assert!(wait::until(&log.ledger, Entries::NAME, log.log, last, WITHIN).await.unwrap());
    runner.stop().await;
}

/// Everything that a filter finds, page by page, newest first.
async fn listed(log: &TestLog, filter: &Filter, limit: usize) -> Vec<EntryRow> {
    let mut tx = log.as_request(&log.log.to_string()).await;
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let page = entries::page(&mut tx, log.log, filter, before, limit).await.unwrap();
        assert!(page.rows.len() <= limit);
        rows.extend(page.rows);
        match page.next {
            Some(next) => before = Some(next),
            None => return rows,
        }
    }
}

async fn all(log: &TestLog) -> Vec<EntryRow> {
    listed(log, &Filter::default(), entries::ROWS_PER_PAGE_MAX).await
}

/// What the list should say, read from the entries themselves, newest first.
async fn expected(log: &TestLog) -> Vec<EntryRow> {
    let row = |recorded: &Committed| {
        let entry = Entry::parse(&recorded.bytes).unwrap();
        EntryRow {
            index: entry.sequence,
            id: entry.id,
            time: entry.time,
            event_type: entry.event_type,
            subject: entry.subject,
            stream: entry.stream.map(|place| (place.stream, place.version)),
            actor: entry.actor,
            outcome: entry.outcome,
        }
    };
    log.entries().await.iter().rev().map(row).collect()
}

fn stretch(entries: &[Committed]) -> Stretch {
    let first_index = entries[0].index;
    Stretch { first_index, next_index: first_index + entries.len() as u64, entries: entries.to_vec() }
}

async fn shown(log: &TestLog) -> Position {
    position::shown(log.ledger.reader(), Entries::NAME, log.log).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn live_and_rebuilt_are_what_the_entries_say() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    for batch in 0..6 {
        log.append(batch * 200, 200).await;
    }
    assert!(wait::until(&log.ledger, Entries::NAME, log.log, 1200, WITHIN).await.unwrap());
    let live = all(&log).await;
    assert_eq!(live, expected(&log).await);
    let before = shown(&log).await.build;
    let build = rebuild(&Entries, &log.ledger, log.log, &|_, _| {}).await.unwrap();
    assert_eq!(build, Build { version: before.version + 1, ..before });
    assert_eq!(shown(&log).await.build, build);
    assert_eq!(all(&log).await, live);
    eventually("the old build is gone", async || {
        position::of(log.ledger.reader(), before).await.unwrap().is_none().then_some(())
    })
    .await;
    let rows: i64 =
        sqlx::query_scalar("select count(*) from read.entries").fetch_one(log.ledger.reader()).await.unwrap();
    assert_eq!(rows, 1201);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilding_goes_on_while_entries_come_and_readers_read() {
    let log = TestLog::open().await;
    log.append(0, 1000).await;
    catch_up(&log).await;
    let runner = start(&log.ledger);
    let (rebuilt, ()) = tokio::join!(rebuild(&Entries, &log.ledger, log.log, &|_, _| {}), async {
        for batch in 0..20 {
            let appended = log.append(1000 + batch * 10, 10).await;
            let last = appended.entries.last().unwrap().index;
            assert!(wait::until(&log.ledger, Entries::NAME, log.log, last, WITHIN).await.unwrap());
            assert_eq!(all(&log).await.len() as u64, last + 1, "a reader never sees half a build");
        }
    });
    rebuilt.unwrap();
    assert_eq!(all(&log).await, expected(&log).await);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_twice_equals_once() {
    let log = TestLog::open().await;
    log.append(0, 50).await;
    catch_up(&log).await;
    let once = all(&log).await;
    let build = shown(&log).await.build;
    let mut tx = log.ledger.reader().begin().await.unwrap();
    Entries.apply(&log.ledger, &mut tx, &build, &log.entries().await).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(all(&log).await, once);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_dies_between_rows_and_commit_has_done_nothing_and_loses_nothing() {
    let log = TestLog::open().await;
    log.append(0, 50).await;
    catch_up(&log).await;
    log.append(50, 50).await;
    let at = shown(&log).await;
    let entries = log.entries().await;
    let rest = &entries[usize::try_from(at.next_index).unwrap()..];
    let mut tx = log.ledger.reader().begin().await.unwrap();
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *tx).await.unwrap();
    assert!(runner::apply(&Entries, &log.ledger, &mut tx, &at, &stretch(rest)).await.unwrap().is_some());
    let killer = log.database.pool(Role::Superuser).await;
    sqlx::query("select pg_terminate_backend($1, 10000)").bind(pid).execute(&killer).await.unwrap();
    tx.commit().await.unwrap_err();
    assert_eq!(shown(&log).await, at, "neither rows nor position");
    assert_eq!(all(&log).await.len() as u64, at.next_index);
    catch_up(&log).await;
    assert_eq!(all(&log).await, expected(&log).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_refused() {
    let log = TestLog::open().await;
    log.append(0, 10).await;
    catch_up(&log).await;
    log.append(10, 10).await;
    let at = shown(&log).await;
    let entries = log.entries().await;
    let mut tx = log.ledger.reader().begin().await.unwrap();
    let behind_a_gap = &entries[usize::try_from(at.next_index).unwrap() + 1..];
    let refused = runner::apply(&Entries, &log.ledger, &mut tx, &at, &stretch(behind_a_gap)).await;
    assert!(matches!(refused, Err(RunError::Gap { expected: 11, found: 12 })), "{refused:?}");
    let seen_already = runner::apply(&Entries, &log.ledger, &mut tx, &at, &stretch(&entries[10..])).await;
    assert!(matches!(seen_already, Err(RunError::Gap { expected: 11, found: 10 })), "{seen_already:?}");
}

/// Counts how often each entry was applied: a table without any key.
struct Applied {
    form: i32,
}

impl Applied {
    const NAME: &'static str = "applied";

    async fn prepare(log: &TestLog) {
        let owner = log.database.pool(Role::Migrate).await;
        let sql = "create table read.applied (log uuid, version integer, index bigint);
            grant select, insert, delete on read.applied to countersign_ledger";
        sqlx::raw_sql(sql).execute(&owner).await.unwrap();
    }

    /// (version, entries applied, different entries applied)
    async fn counts(log: &TestLog) -> Vec<(i32, i64, i64)> {
        let sql = "select version, count(index), count(distinct index) from read.applied group by 1 order by 1";
        sqlx::query_as(sql).fetch_all(log.ledger.reader()).await.unwrap()
    }
}

impl Projection for Applied {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn form(&self) -> i32 {
        self.form
    }

    fn streams(&self) -> Streams {
        Streams::All
    }

    fn apply<'a>(
        &'a self,
        _: &'a Ledger,
        tx: &'a mut PgConnection,
        build: &'a Build,
        entries: &'a [Committed],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        Box::pin(async move {
            for entry in entries {
                let insert = sqlx::query("insert into read.applied values ($1, $2, $3)").bind(build.log.0);
                insert.bind(build.version).bind(entry.index.cast_signed()).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }

    fn clear<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        build: &'a Build,
        _max: u32,
    ) -> BoxFuture<'a, Result<u64, sqlx::Error>> {
        Box::pin(async move {
            let delete = sqlx::query("delete from read.applied where log = $1 and version = $2").bind(build.log.0);
            delete.bind(build.version).execute(tx).await.map(|_| 0)
        })
    }
}

fn start_counting(ledger: Ledger, form: i32) -> Running {
    Running::start(move |stop| async move { runner::keep(&[&Applied { form }], &ledger, &stop).await })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_runners_at_once_one_applies_each_entry() {
    let log = TestLog::open().await;
    Applied::prepare(&log).await;
    let runners: Vec<_> = (0..3).map(|_| start_counting(log.replica(), 1)).collect();
    for batch in 0..30 {
        log.append(batch * 20, 20).await;
    }
    assert!(wait::until(&log.ledger, Applied::NAME, log.log, 600, WITHIN).await.unwrap());
    for runner in runners {
        runner.stop().await;
    }
    assert_eq!(Applied::counts(&log).await, [(1, 601, 601)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_form_is_built_beside_the_older_one_and_takes_its_place() {
    let log = TestLog::open().await;
    Applied::prepare(&log).await;
    log.append(0, 300).await;
    let older = start_counting(log.replica(), 1);
    assert!(wait::until(&log.ledger, Applied::NAME, log.log, 300, WITHIN).await.unwrap());
    let newer = start_counting(log.replica(), 2);
    let shows_newer = async || {
        let shown = position::shown(log.ledger.reader(), Applied::NAME, log.log).await.unwrap().unwrap();
        (shown.build.version == 2).then_some(())
    };
    eventually("the newer form is shown", shows_newer).await;
    log.append(300, 50).await;
    assert!(wait::until(&log.ledger, Applied::NAME, log.log, 350, WITHIN).await.unwrap());
    let only_newer = async || (Applied::counts(&log).await == [(2, 351, 351)]).then_some(());
    eventually("the older build is gone, and not begun again", only_newer).await;
    older.stop().await;
    newer.stop().await;
    assert_eq!(Applied::counts(&log).await, [(2, 351, 351)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_at_its_deadline() {
    let log = TestLog::open().await;
    log.append(0, 1).await;
    let short = Duration::from_millis(50);
    assert!(!wait::until(&log.ledger, Entries::NAME, log.log, 1, short).await.unwrap(), "nobody keeps it");
    catch_up(&log).await;
    assert!(wait::until(&log.ledger, Entries::NAME, log.log, 1, Duration::ZERO).await.unwrap());
    assert!(!wait::until(&log.ledger, Entries::NAME, log.log, 2, short).await.unwrap(), "there is no such entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sees_its_own_organisation_only() {
    let log = TestLog::open().await;
    log.append(0, 10).await;
    let other = store::logs::open(&log.ledger, "other", "Other", "ledger.example.com").await.unwrap().info.log;
    catch_up(&log).await;
    assert!(wait::until(&log.ledger, Entries::NAME, log.log, 10, WITHIN).await.unwrap());
    for organisation in [other.to_string(), String::new()] {
        let mut tx = log.as_request(&organisation).await;
        let page = entries::page(&mut tx, log.log, &Filter::default(), None, 10).await.unwrap();
        assert_eq!((page.rows, page.next), (vec![], None));
        assert_eq!(entries::one(&mut tx, log.log, 0).await.unwrap(), None);
        let positions = position::shown(&mut *tx, Entries::NAME, log.log).await.unwrap();
        assert_eq!(positions, None);
    }
    let mut tx = log.as_request(&log.log.to_string()).await;
    let stranger = LogId(other.0);
    assert_eq!(entries::one(&mut tx, stranger, 0).await.unwrap(), None, "asked for the other under one's own name");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_is_found_by_its_index() {
    let log = TestLog::open().await;
    log.append(0, 10).await;
    catch_up(&log).await;
    let expected = expected(&log).await;
    let mut tx = log.as_request(&log.log.to_string()).await;
    for row in &expected {
        assert_eq!(entries::one(&mut tx, log.log, row.index).await.unwrap().as_ref(), Some(row));
    }
    for beyond in [11, u64::MAX] {
        assert_eq!(entries::one(&mut tx, log.log, beyond).await.unwrap(), None);
    }
}

type Holds<'a> = Box<dyn Fn(&EntryRow) -> bool + 'a>;

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_finds_what_it_says_and_pages_come_to_the_same() {
    let log = TestLog::open().await;
    for batch in 0..4 {
        log.append(batch * 50, 50).await;
    }
    catch_up(&log).await;
    let rows = expected(&log).await;
    let (early, late) = (rows[150].time, rows[40].time);
    let after_all = Timestamp::from_micros(rows[0].time.as_micros() + 1).unwrap();
    let of_type = |text: &str| Some(TypeFilter::parse(text).unwrap());
    let reference = |text: &str| Some(Reference::parse(text).unwrap());
    let none = Filter::default;
    let cases: Vec<(Filter, Holds<'_>)> = vec![
        (none(), Box::new(|_| true)),
        (
            Filter { event_type: of_type("auditor.access"), ..none() },
            Box::new(|row| row.event_type.as_str() == "auditor.access"),
        ),
        (
            Filter { event_type: of_type("auditor."), ..none() },
            Box::new(|row| row.event_type.as_str().starts_with("auditor.")),
        ),
        (
            Filter { event_type: of_type("auditor.access."), ..none() },
            Box::new(|row| row.event_type.as_str().starts_with("auditor.access.")),
        ),
        (Filter { actor: Some("actor-2".to_owned()), ..none() }, Box::new(|row| row.actor.id == "actor-2")),
        (Filter { subject: reference("record/3"), ..none() }, Box::new(|row| row.subject.as_str() == "record/3")),
        (
            Filter { stream: reference("activity/1"), ..none() },
            Box::new(|row| row.stream.as_ref().is_some_and(|(stream, _)| stream.as_str() == "activity/1")),
        ),
        (Filter { outcome: Some(OutcomeFilter::Success), ..none() }, Box::new(|row| row.outcome == Outcome::Success)),
        (Filter { outcome: Some(OutcomeFilter::Failure), ..none() }, Box::new(|row| row.outcome != Outcome::Success)),
        (Filter { from: Some(early), ..none() }, Box::new(|row| early <= row.time)),
        (Filter { until: Some(late), ..none() }, Box::new(|row| row.time < late)),
        (
            Filter { from: Some(early), until: Some(late), ..none() },
            Box::new(|row| early <= row.time && row.time < late),
        ),
        (Filter { from: Some(after_all), ..none() }, Box::new(|_| false)),
        (Filter { until: Some(after_all), ..none() }, Box::new(|_| true)),
        (
            Filter { event_type: of_type("record."), actor: Some("actor-4".to_owned()), until: Some(late), ..none() },
            Box::new(|row| {
                row.event_type.as_str().starts_with("record.") && row.actor.id == "actor-4" && row.time < late
            }),
        ),
        (Filter { actor: Some("nobody".to_owned()), ..none() }, Box::new(|_| false)),
    ];
    for (filter, holds) in cases {
        let wanted: Vec<_> = rows.iter().filter(|row| holds(row)).cloned().collect();
        for limit in [7, entries::ROWS_PER_PAGE_MAX] {
            assert_eq!(listed(&log, &filter, limit).await, wanted, "{filter:?} in pages of {limit}");
        }
    }
}

#[rstest]
#[case("")]
#[case(".")]
#[case("auditor")]
#[case("auditor..")]
#[case(".auditor")]
#[case("auditor.*")]
#[case("auditor.%")]
#[case("Auditor.access")]
#[case("auditor.1st")]
fn what_can_begin_no_type_is_no_filter(#[case] text: &str) {
    TypeFilter::parse(text).unwrap_err();
}
