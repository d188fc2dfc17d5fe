//! Organisations do not see each other: rules for every table, also for those that are still to come.

use sqlx::{Connection as _, FromRow, PgConnection};
use std::time::Duration;
use store::cluster::Role;
use store::{ExpectedVersion, logs, sealing};

use super::support::{TestLog, draft, key};
use super::{connect, run};

/// Every schema that is not PostgreSQL's own.
const OURS: &str = "relnamespace in (
    select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
)";
/// Belongs to no organisation: which migrations were applied.
const OF_NOBODY: &str = "_sqlx_migrations";
/// Is counted before anybody knows for which organisation somebody comes; no request sees its rows.
const BEFORE_ANY: &str = "access.attempts";

async fn names(db: &mut PgConnection, sql: &str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(db).await.unwrap()
}

#[tokio::test]
async fn every_table_belongs_to_organisations_and_forces_row_level_security() {
    let database = store::testing::database().await;
    let mut db = connect(&database, Role::Superuser).await;
    let loose = format!(
        "select oid::regclass::text
        from pg_class
        where {OURS} and relkind in ('r', 'p') and relname <> '{OF_NOBODY}'
            and not (
                relrowsecurity and relforcerowsecurity
                and (
                    oid = '{BEFORE_ANY}'::regclass
                    or exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'log' and attnotnull)
                )
            )
        order by 1"
    );
    let rule = "a table has a column log, and row level security that is enabled and forced";
    assert_eq!(names(&mut db, &loose).await, Vec::<String>::new(), "{rule}");
    let tables = format!("select oid::regclass::text from pg_class where {OURS} and relkind in ('r', 'p')");
    assert!(9 <= names(&mut db, &tables).await.len(), "the rule has looked at our tables");
}

/// They read with their owner's rights, past the policies of whoever asks.
#[tokio::test]
async fn no_view_leads_around_row_level_security() {
    let database = store::testing::database().await;
    let mut db = connect(&database, Role::Superuser).await;
    let views = format!("select oid::regclass::text from pg_class where {OURS} and relkind in ('v', 'm', 'f')");
    assert_eq!(names(&mut db, &views).await, Vec::<String>::new());
}

#[tokio::test]
async fn functions_with_their_owners_rights_are_the_look_ups_and_search_no_foreign_path() {
    let database = store::testing::database().await;
    let mut db = connect(&database, Role::Superuser).await;
    let loose = "select oid::regprocedure::text
        from pg_proc
        where prosecdef
            and pronamespace in (
                select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
            )
            and not (
                proowner = 'countersign_lookup'::regrole
                and coalesce('search_path=pg_catalog' = any (proconfig), false)
                and not has_function_privilege('public', oid, 'execute')
            )";
    assert_eq!(names(&mut db, loose).await, Vec::<String>::new());
}

#[derive(Debug, FromRow)]
struct Policy {
    what: String,
    roles: Vec<String>,
    command: String,
    using: Option<String>,
    check: Option<String>,
}

#[tokio::test]
async fn what_a_request_sees_is_bound_to_its_organisation_by_every_policy() {
    let database = store::testing::database().await;
    let mut db = connect(&database, Role::Superuser).await;
    let policies: Vec<Policy> = sqlx::query_as(
        r#"select format('%s on %s.%s', policyname, schemaname, tablename) as what, roles::text[] as roles,
            cmd as command, qual as using, with_check as "check"
        from pg_policies"#,
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let bound = |expression: &Option<String>| {
        let expression = expression.as_deref().unwrap_or_default();
        expression == "(log = (NULLIF(current_setting('countersign.org'::text, true), ''::text))::uuid)"
    };
    let mut of_requests = 0;
    for policy in &policies {
        assert!(!policy.roles.contains(&"public".to_owned()), "{}: a policy names whom it is for", policy.what);
        if policy.roles.contains(&"countersign_app".to_owned()) {
            assert!(bound(&policy.using), "{policy:?}");
            assert!(policy.command == "SELECT" || bound(&policy.check), "{policy:?}");
            of_requests += 1;
        }
    }
    assert!(8 <= of_requests, "{policies:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sees_its_own_organisations_rows_and_without_one_none() {
    let log = TestLog::open().await;
    let other = logs::open(&log.ledger, "rival", "Rival", "ledger.example.com").await.unwrap().info;
    for (of, origin) in [(log.log, &log.origin), (other.log, &other.origin)] {
        let event = draft(origin, None, serde_json::json!({})).into();
        log.ledger.append(of, vec![event], ExpectedVersion::Any, Some(key("once", "body"))).await.unwrap();
        let seals = log.ledger.seals();
        sealing::seal_up_to(&log.ledger, seals, of, 2, Duration::from_secs(20)).await.unwrap();
    }
    let mut db = connect(&log.database, Role::App).await;
    for table in ["logs", "heads", "entries", "idempotency", "checkpoints"] {
        let count = format!("select count(*), count(*) filter (where log <> '{}') from ledger.{table}", log.log.0);
        let seen: (i64, i64) = sqlx::query_as(&count).fetch_one(&mut db).await.unwrap();
        assert_eq!(seen, (0, 0), "{table}, without an organisation");
        let mut tx = db.begin().await.unwrap();
        run(&mut tx, &format!("set local countersign.org = '{}'", log.log.0)).await.unwrap();
        let (all, foreign): (i64, i64) = sqlx::query_as(&count).fetch_one(&mut *tx).await.unwrap();
        assert!(0 < all && foreign == 0, "{table}: {all} rows, {foreign} of another organisation");
        tx.rollback().await.unwrap();
        // The setting has gone with its transaction, and left an empty text.
        let seen: (i64, i64) = sqlx::query_as(&count).fetch_one(&mut db).await.unwrap();
        assert_eq!(seen, (0, 0), "{table}, after the request");
    }
}
