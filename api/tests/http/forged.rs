//! Entries that a database administrator has changed after they were published.

use rstest::rstest;
use sqlx::{ConnectOptions as _, Executor as _};
use store::cluster::Role;
use store::testing::forge;

use crate::app::{EVENTS, TestApp, event, start};

const PATHS: [&str; 3] = ["", "/receipt", "/proof"];

async fn as_superuser(app: &TestApp, sql: &str) {
    let mut db = app.database.options(Role::Superuser).connect().await.unwrap();
    db.execute(sql).await.unwrap();
}

/// A log with two sealed entries.
async fn sealed() -> TestApp {
    let app = start().await;
    app.post(EVENTS, &event()).await.created();
    app.seal(2).await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_not_the_published_one_is_neither_given_out_nor_signed() {
    let app = sealed().await;
    for path in PATHS {
        assert_eq!(app.get(&format!("/v1/orgs/acme/entries/1{path}")).await.status, 200);
    }
    forge(&app.database, app.acme.log, 1).await;
    for path in PATHS {
        let problem = app.get(&format!("/v1/orgs/acme/entries/1{path}")).await.problem(503, "record-differs");
        assert!(problem["detail"].as_str().unwrap().contains("does not agree with what was published"), "{problem}");
        assert_eq!(app.get(&format!("/v1/orgs/acme/entries/0{path}")).await.status, 200, "another one");
    }
}

#[rstest]
#[case::winds_the_checkpoint_back("update ledger.checkpoints set size = 1")]
#[case::removes_the_checkpoint("delete from ledger.checkpoints")]
#[tokio::test(flavor = "multi_thread")]
async fn who_changes_an_entry_cannot_hide_it_by_the_databases_checkpoint(#[case] change: &str) {
    let app = sealed().await;
    forge(&app.database, app.acme.log, 1).await;
    as_superuser(&app, change).await;
    for path in PATHS {
        app.get(&format!("/v1/orgs/acme/entries/1{path}")).await.problem(503, "record-differs");
    }
}

#[rstest]
#[case::is_gone("delete from ledger.entries where index = 1")]
#[case::is_not_one_with_its_row("update ledger.entries set bytes = bytes || ' '::bytea where index = 1")]
#[tokio::test(flavor = "multi_thread")]
async fn a_published_entry_is_not_said_to_be_missing_or_malformed(#[case] change: &str) {
    let app = sealed().await;
    as_superuser(&app, &format!("alter table ledger.entries disable trigger user; {change}")).await;
    for path in PATHS {
        app.get(&format!("/v1/orgs/acme/entries/1{path}")).await.problem(503, "record-differs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_does_not_come_with_a_changed_entry_about_keys() {
    let app = sealed().await;
    forge(&app.database, app.acme.log, 0).await;
    app.get("/v1/orgs/acme/entries/1/receipt").await.problem(503, "record-differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_given_only_for_what_the_entries_key_signed() {
    let app = start().await;
    app.post(EVENTS, &event()).await.created();
    let tail = "update ledger.heads set head_hash = (select hash from ledger.entries where index = 1)";
    forge(&app.database, app.acme.log, 1).await;
    as_superuser(&app, &format!("alter table ledger.heads disable trigger user; {tail}")).await;
    app.get("/v1/orgs/acme/entries/1/receipt").await.problem(503, "record-differs");
    // Nor when it was sealed as it is: who has a receipt for the true one would hold two of our signatures.
    app.seal(2).await;
    assert_eq!(app.get("/v1/orgs/acme/entries/1").await.status, 200);
    app.get("/v1/orgs/acme/entries/1/receipt").await.problem(503, "record-differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_published_files_are_gone_nothing_is_signed() {
    let app = sealed().await;
    std::fs::remove_dir_all(app.app.seals().tiles(&app.acme.origin).root()).unwrap();
    for path in PATHS {
        app.get(&format!("/v1/orgs/acme/entries/1{path}")).await.problem(503, "unavailable");
    }
}
