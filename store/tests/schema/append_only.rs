//! What is recorded stays: by privileges for the service's roles, by triggers for everybody.

use rstest::rstest;
use sqlx::{Connection as _, PgConnection};
use store::cluster::Role;
use store::{ExpectedVersion, NewEvent};

use super::support::{TestLog, key};
use super::{INSUFFICIENT_PRIVILEGE, code, connect, run};

/// Tables of schema `ledger` whose rows may be replaced: the newest checkpoint is derived from the entries and the
/// signer's record, which is a file.
const DERIVED: [&str; 1] = ["checkpoints"];
const UPDATES: [&str; 3] = [
    "update ledger.entries set bytes = bytes || '\\x20'",
    "update ledger.idempotency set count = count + 1",
    "update ledger.logs set name = name || '!'",
];
const DELETES: [&str; 4] = [
    "delete from ledger.entries",
    "delete from ledger.idempotency",
    "delete from ledger.logs",
    "delete from ledger.heads",
];
/// With `cascade`, so that no foreign key is what stops it.
const TRUNCATES: [&str; 4] = [
    "truncate ledger.entries cascade",
    "truncate ledger.idempotency cascade",
    "truncate ledger.logs cascade",
    "truncate ledger.heads cascade",
];
/// Everything but growing.
const HEADS: [&str; 4] = [
    "update ledger.heads set size = size - 1",
    "update ledger.heads set head_hash = decode(repeat('00', 32), 'hex')",
    "update ledger.heads set entries_keyid = '\\x00000000'",
    "update ledger.heads set size = size + 1, log = gen_random_uuid()",
];

fn changes() -> impl Iterator<Item = &'static str> {
    UPDATES.into_iter().chain(DELETES).chain(TRUNCATES).chain(HEADS)
}

/// A log in which every table of `ledger` has a row.
async fn recorded() -> TestLog {
    let log = TestLog::open().await;
    let event: NewEvent = log.event(1);
    log.ledger.append(log.log, vec![event], ExpectedVersion::Any, Some(key("once", "body"))).await.unwrap();
    log
}

/// All that the append-only tables hold.
async fn content(log: &TestLog) -> Vec<String> {
    let mut db = connect(&log.database, Role::Superuser).await;
    let sql = "select t::text from ledger.entries t union all select t::text from ledger.idempotency t
        union all select t::text from ledger.logs t union all select t::text from ledger.heads t order by 1";
    sqlx::query_scalar(sql).fetch_all(&mut db).await.unwrap()
}

/// Asserts that a change is refused, or finds nothing to change.
async fn comes_to_nothing(db: &mut PgConnection, prepare: &str, change: &str) -> bool {
    let mut tx = db.begin().await.unwrap();
    run(&mut tx, prepare).await.unwrap();
    let outcome = run(&mut tx, change).await;
    tx.rollback().await.unwrap();
    match outcome {
        Ok(done) => {
            assert_eq!(done.rows_affected(), 0, "{change}");
            false
        }
        Err(error) => {
            assert_eq!(code(&error), INSUFFICIENT_PRIVILEGE, "{change}: {error}");
            true
        }
    }
}

// rows: S1-34, S4-20, S5-07
#[rstest]
#[case::app(Role::App, "")]
#[case::ledger(Role::Ledger, "")]
#[case::superuser(Role::Superuser, "")]
#[case::superuser_as_if_replicating(Role::Superuser, "set local session_replication_role = replica")]
#[case::owner_without_row_level_security(
    Role::Migrate,
    "alter table ledger.entries no force row level security; alter table ledger.idempotency no force row level security;
     alter table ledger.logs no force row level security; alter table ledger.heads no force row level security"
)]
#[tokio::test]
async fn nobody_changes_removes_or_truncates_what_was_recorded(#[case] role: Role, #[case] prepare: &str) {
    let log = recorded().await;
    // A request sees its organisation's rows, and so would be stopped by more than finding none.
    let prepare = format!("select set_config('countersign.org', '{}', true); {prepare}", log.log.0);
    let before = content(&log).await;
    let mut db = connect(&log.database, role).await;
    for change in changes() {
        assert!(comes_to_nothing(&mut db, &prepare, change).await, "{change} went through as {role:?}");
    }
    assert_eq!(content(&log).await, before);
}

#[tokio::test]
async fn the_owner_of_the_tables_finds_no_row_to_change() {
    let log = recorded().await;
    let before = content(&log).await;
    let mut db = connect(&log.database, Role::Migrate).await;
    for change in changes() {
        let refused = comes_to_nothing(&mut db, "", change).await;
        assert_eq!(refused, TRUNCATES.contains(&change), "{change}: a truncation asks no policy");
    }
    assert_eq!(content(&log).await, before);
}

#[rstest]
#[case::app(Role::App)]
#[case::ledger(Role::Ledger)]
#[case::owner(Role::Migrate)]
#[tokio::test]
async fn only_a_superuser_can_pose_as_a_replica(#[case] role: Role) {
    let database = store::testing::database().await;
    let mut db = connect(&database, role).await;
    let refused = run(&mut db, "set session_replication_role = replica").await.unwrap_err();
    assert_eq!(code(&refused), INSUFFICIENT_PRIVILEGE, "{refused}");
}

#[tokio::test]
async fn a_head_may_grow() {
    let log = recorded().await;
    let mut db = connect(&log.database, Role::Ledger).await;
    let mut tx = db.begin().await.unwrap();
    let moved = run(&mut tx, "update ledger.heads set size = size + 1").await.unwrap();
    assert_eq!(moved.rows_affected(), 1);
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn every_table_of_the_ledger_is_guarded_against_each_kind_of_change() {
    let database = store::testing::database().await;
    let mut db = connect(&database, Role::Superuser).await;
    // Bits of pg_trigger.tgtype: 2 before, 8 delete, 16 update, 32 truncate. 'A': also while replicating.
    let unguarded: Vec<String> = sqlx::query_scalar(
        "select relname::text
        from pg_class
        where relnamespace = 'ledger'::regnamespace and relkind in ('r', 'p') and relname <> all ($1)
            and (
                select coalesce(bit_or(tgtype::integer), 0) & 56
                from pg_trigger
                where tgrelid = pg_class.oid and tgenabled = 'A' and tgtype & 2 = 2 and tgqual is null
            ) <> 56
        order by relname",
    )
    .bind(DERIVED.map(str::to_owned).to_vec())
    .fetch_all(&mut db)
    .await
    .unwrap();
    assert_eq!(unguarded, Vec::<String>::new(), "these tables need triggers as in migrations/0001_ledger.sql");
}

#[tokio::test]
async fn no_role_of_the_service_was_given_more_than_it_needs_in_the_ledger() {
    let database = store::testing::database().await;
    let mut db = connect(&database, Role::Superuser).await;
    let given: Vec<String> = sqlx::query_scalar(
        "select format('%s may %s %s', role, privilege, relname)
        from pg_class,
            unnest(array['countersign_app', 'countersign_ledger', 'countersign_lookup']) as role,
            unnest(array['insert', 'update', 'delete', 'truncate', 'trigger']) as privilege
        where relnamespace = 'ledger'::regnamespace and relkind in ('r', 'p')
            and has_table_privilege(role, pg_class.oid, privilege)
        order by 1",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let expected = [
        "countersign_ledger may insert checkpoints",
        "countersign_ledger may insert entries",
        "countersign_ledger may insert heads",
        "countersign_ledger may insert idempotency",
        "countersign_ledger may insert logs",
        "countersign_ledger may update checkpoints",
        "countersign_ledger may update heads",
    ];
    assert_eq!(given, expected);
}
