//! The databases that tests get: migrated, their own, and gone afterwards.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use sqlx::{ConnectOptions, Executor};
use store::cluster::Role;
use store::testing;

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() {
    let (one, two) = (testing::database().await, testing::database().await);
    assert_ne!(one.name(), two.name());
    let mut db = one.options(Role::Migrate).connect().await.unwrap();
    db.execute("create schema mine").await.unwrap();
    for (database, schemas) in [(&one, 1_i64), (&two, 0)] {
        let pool = database.pool(Role::App).await;
        let sql = "select count(*) from pg_namespace where nspname = 'mine'";
        assert_eq!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&pool).await.unwrap(), schemas);
        let sql =
            "select count(*) from information_schema.tables where table_schema = 'ledger' and table_name = 'heads'";
        assert_eq!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&pool).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_dropped_with_its_value_even_while_connections_are_open() {
    let watcher = testing::database().await;
    let database = testing::database().await;
    let name = database.name().to_owned();
    let _open = database.pool(Role::Ledger).await;
    drop(database);
    let pool = watcher.pool(Role::App).await;
    let sql = "select count(*) from pg_database where datname = $1";
    assert_eq!(sqlx::query_scalar::<_, i64>(sql).bind(name).fetch_one(&pool).await.unwrap(), 0);
}

#[tokio::test]
async fn a_cluster_of_ones_own_survives_being_killed_and_leaves_nothing_behind() {
    let own = testing::own_cluster().await;
    let pool = own.pool(Role::Migrate).await;
    pool.execute("create table public.kept as select 1 as a").await.unwrap();
    own.kill().unwrap();
    own.revive().await.unwrap();
    let pool = own.pool(Role::Migrate).await;
    assert_eq!(sqlx::query_scalar::<_, i32>("select a from public.kept").fetch_one(&pool).await.unwrap(), 1);
    let home = own.home().to_owned();
    drop(own);
    assert!(!home.exists());
}

#[tokio::test]
async fn a_killed_test_leaves_no_server_behind() {
    let dir = tempfile::tempdir().unwrap();
    let note = dir.path().join("home");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_test_that_waits_to_be_killed", "--ignored"])
        .env("NOTE", &note)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the other test has its cluster", || note.exists()).await;
    let home = PathBuf::from(std::fs::read_to_string(&note).unwrap());
    assert!(home.join("data/postmaster.pid").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    until("its cluster has been stopped and removed", || !home.exists()).await;
}

#[tokio::test]
#[ignore = "run by another test, in a process of its own"]
async fn a_test_that_waits_to_be_killed() {
    #[expect(clippy::disallowed_methods, reason = "how one test process tells another where")]
    let note = PathBuf::from(std::env::var_os("NOTE").expect("run by another test only"));
    let own = testing::own_cluster().await;
    let draft = note.with_extension("draft");
    std::fs::write(&draft, own.home().to_str().unwrap()).unwrap();
    std::fs::rename(draft, note).unwrap();
    std::future::pending::<()>().await;
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_mins(1), wait).await.is_ok(), "waited in vain until {what}");
}
