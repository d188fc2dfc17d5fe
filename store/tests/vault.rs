//! Data keys of persons, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::person::Email;
use sqlx::Connection as _;
use store::cluster::Role;
use store::vault::{self, VaultError};
use store::{LogId, logs};
use support::{TestLog, all};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_one_key_however_many_ask_at_once() {
    let log = Arc::new(TestLog::open().await);
    let askers = (0..32).map(|asker| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let mut names = vec!["ada".to_owned(), "bob".to_owned(), format!("only-{asker}")];
            names.rotate_left(asker % 3);
            kids(&log, log.log, &names).await
        })
    });
    let answers = all(askers).await;
    let shared: BTreeSet<_> = answers.iter().map(|kids| (kids["ada"], kids["bob"])).collect();
    assert_eq!(shared.len(), 1, "all got the same two keys");
    assert_eq!(count(&log, "true").await, 2 + 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_found_by_its_id_and_is_the_one_that_was_made() {
    let log = TestLog::open().await;
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    let persons = BTreeSet::from(["ada".to_owned(), "bob".to_owned()]);
    let made = vault::keys_of(&mut conn, log.log, &persons).await.unwrap();
    let asked = [made["ada"].kid, made["bob"].kid, Uuid::nil()];
    let found = vault::keys_by_id(&mut conn, log.log, &asked).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[&made["ada"].kid].as_bytes(), made["ada"].key.as_bytes());
    assert_ne!(made["ada"].key.as_bytes(), made["bob"].key.as_bytes());
    assert!(vault::keys_by_id(&mut conn, log.log, &[]).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_another_key_in_another_log() {
    let log = TestLog::open().await;
    let other = logs::open(&log.ledger, "globex", "Globex", "ledger.example.com").await.unwrap().info.log;
    let names = ["ada".to_owned()];
    let (here, there) = (kids(&log, log.log, &names).await, kids(&log, other, &names).await);
    assert_ne!(here["ada"], there["ada"]);
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    assert!(vault::keys_by_id(&mut conn, other, &[here["ada"]]).await.unwrap().is_empty());
    assert_eq!(vault::destroy(&mut conn, other, "ada").await.unwrap(), Some(there["ada"]));
    assert_eq!(vault::keys_by_id(&mut conn, log.log, &[here["ada"]]).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_is_gone_and_its_row_stays() {
    let log = TestLog::open().await;
    let names = ["ada".to_owned()];
    let first = kids(&log, log.log, &names).await["ada"];
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    assert_eq!(vault::destroy(&mut conn, log.log, "ada").await.unwrap(), Some(first));
    assert_eq!(vault::destroy(&mut conn, log.log, "ada").await.unwrap(), None);
    assert!(vault::keys_by_id(&mut conn, log.log, &[first]).await.unwrap().is_empty());
    assert_eq!(count(&log, "key is null and destroyed_at is not null").await, 1);
    let second = kids(&log, log.log, &names).await["ada"];
    assert_ne!(first, second, "what is sealed for the person from now on has another key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_neither_changed_nor_removed_nor_brought_back() {
    let log = TestLog::open().await;
    kids(&log, log.log, &["ada".to_owned(), "bob".to_owned()]).await;
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    vault::destroy(&mut conn, log.log, "bob").await.unwrap();
    let changes = [
        "update vault.data_keys set key = decode(repeat('00', 32), 'hex') where person = 'ada'",
        "update vault.data_keys set key = decode(repeat('00', 32), 'hex'), destroyed_at = null where person = 'bob'",
        "update vault.data_keys set destroyed_at = now() where person = 'bob'",
        "update vault.data_keys set person = 'eve', key = null, destroyed_at = now() where person = 'ada'",
        "delete from vault.data_keys",
        "truncate vault.data_keys",
    ];
    for role in [Role::Ledger, Role::Migrate, Role::Superuser] {
        for change in changes {
            let mut db = log.database.pool(role).await.acquire().await.unwrap().detach();
            // The owner sees no row to change: row-level security is forced. Then nothing happens, and that is as well.
            let refused = sqlx::query(change).execute(&mut db).await;
            assert!(refused.as_ref().map_or(true, |done| done.rows_affected() == 0), "{role:?}: {change}");
            if role != Role::Migrate {
                let error = refused.unwrap_err();
                assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501", "{role:?}: {change}: {error}");
            }
            db.close().await.unwrap();
        }
    }
    assert_eq!(count(&log, "true").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_that_answers_requests_does_not_reach_the_vault() {
    let log = TestLog::open().await;
    let app = log.database.pool(Role::App).await;
    let error = sqlx::query("select from vault.data_keys").execute(&app).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_the_table_cannot_hold_is_refused_before_anything_is_made() {
    let log = TestLog::open().await;
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    for (id, length) in [(String::new(), 0), ("é".repeat(256), 256)] {
        let persons = BTreeSet::from(["ada".to_owned(), id]);
        let refused = vault::keys_of(&mut conn, log.log, &persons).await.unwrap_err();
        assert!(matches!(refused, VaultError::Person { chars } if chars == length), "{refused}");
    }
    assert!(vault::keys_of(&mut conn, log.log, &BTreeSet::from(["é".repeat(255)])).await.is_ok());
    assert_eq!(count(&log, "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_key_for_a_log_that_is_not_there() {
    let log = TestLog::open().await;
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    let persons = BTreeSet::from(["ada".to_owned()]);
    let refused = vault::keys_of(&mut conn, LogId(Uuid::nil()), &persons).await;
    assert!(matches!(refused, Err(VaultError::Database(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_addresss_hash_is_the_persons_own_and_dies_with_the_key() {
    let log = TestLog::open().await;
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    let (address, shouted) = (Email::parse("ada@example.org").unwrap(), Email::parse("ADA@example.org").unwrap());
    let first = vault::email_hash(&mut conn, log.log, "ada", &address).await.unwrap();
    assert_eq!(count(&log, "true").await, 1, "the key was made");
    assert_eq!(vault::email_hash(&mut conn, log.log, "ada", &shouted).await.unwrap(), first);
    assert_ne!(vault::email_hash(&mut conn, log.log, "bob", &address).await.unwrap(), first);
    vault::destroy(&mut conn, log.log, "ada").await.unwrap();
    assert_ne!(vault::email_hash(&mut conn, log.log, "ada", &address).await.unwrap(), first);
}

async fn kids(test: &TestLog, log: LogId, names: &[String]) -> std::collections::HashMap<String, Uuid> {
    let mut conn = test.ledger.reader().acquire().await.unwrap();
    let keys = vault::keys_of(&mut conn, log, &names.iter().cloned().collect()).await.unwrap();
    keys.into_iter().map(|(person, key)| (person, key.kid)).collect()
}

async fn count(log: &TestLog, condition: &str) -> i64 {
    let sql = format!("select count(*) from vault.data_keys where {condition}");
    sqlx::query_scalar(&sql).fetch_one(log.ledger.reader()).await.unwrap()
}
