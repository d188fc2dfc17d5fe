//! Personal values opened for a page, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use domain::access_grant::{self, AccessGrant, Bundle, Command, DurationLimits, Grant, Scope};
use domain::context::Ctx;
use domain::name::PersonId;
use domain::person::{Email, Firm, PersonName, UserAgent};
use ledger::entry::{Actor, ActorType};
use ledger::vocabulary::{Of, OpenedPart, Personal, Timestamp};
use store::cluster::Role;
use store::execute::execute;
use store::recording::LoadError;
use store::{logs, opened, vault};
use support::TestLog;

const ADA: &str = "018f3b7e-0000-7000-8000-00000000c001";
const BOB: &str = "018f3b7e-0000-7000-8000-00000000c002";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_gets_the_values_of_its_entries_and_of_no_others() {
    let log = TestLog::open().await;
    log.append(vec![log.event(1)]).await;
    let (ada, bob) = (granted(&log, ADA, "ada@example.org").await, granted(&log, BOB, "bob@example.org").await);
    let found = opened::of(&log.ledger, log.log, &[bob, 0, ada, ada, 1, 99, u64::MAX]).await.unwrap();
    assert_eq!(found.len(), 4, "each entry once, and none beyond the end");
    assert_eq!((&found[&0], &found[&1]), (&vec![], &vec![]), "nothing is sealed in them");
    assert_eq!(shown(&found[&ada]), ["email ada@example.org", "name Ada Prüfer", "user_agent curl/8.0"]);
    assert_eq!(shown(&found[&bob])[0], "email bob@example.org");
    assert_eq!(found[&ada].iter().map(|part| part.of).collect::<Vec<_>>(), [Of::Subject, Of::Subject, Of::Actor]);
    assert!(!opened::of(&log.ledger, log.log, &[ada]).await.unwrap().contains_key(&bob));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_erases_its_persons_values_from_the_next_page_on() {
    let log = TestLog::open().await;
    let (ada, bob) = (granted(&log, ADA, "ada@example.org").await, granted(&log, BOB, "bob@example.org").await);
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    vault::destroy(&mut conn, log.log, ADA).await.unwrap().unwrap();
    let found = opened::of(&log.ledger, log.log, &[ada, bob]).await.unwrap();
    assert_eq!(shown(&found[&ada]), ["email erased", "name erased", "user_agent curl/8.0"]);
    assert_eq!(shown(&found[&bob])[0], "email bob@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_logs_entries_are_not_found_by_their_places() {
    let log = TestLog::open().await;
    let ada = granted(&log, ADA, "ada@example.org").await;
    let other = logs::open(&log.ledger, "globex", "Globex", "ledger.example.com").await.unwrap().info.log;
    assert!(opened::of(&log.ledger, other, &[ada]).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_entries_asks_nothing() {
    let log = TestLog::open().await;
    log.ledger.close().await;
    assert!(opened::of(&log.ledger, log.log, &[]).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_does_not_open_with_its_key_is_an_error_and_not_erased() {
    let log = TestLog::open().await;
    let ada = granted(&log, ADA, "ada@example.org").await;
    for sql in [
        "alter table vault.data_keys disable trigger all",
        "update vault.data_keys set key = decode(repeat('07', 32), 'hex')",
    ] {
        sqlx::query(sql).execute(&log.database.pool(Role::Superuser).await).await.unwrap();
    }
    let error = opened::of(&log.ledger, log.log, &[ada]).await.unwrap_err();
    assert!(matches!(&error, LoadError::Sealed { index, field, .. } if *index == ada && field == "email"), "{error}");
}

/// The place of an entry that gives somebody access.
async fn granted(log: &TestLog, person: &str, email: &str) -> u64 {
    let now = Timestamp::parse("2026-11-22T09:00:00.000000Z").unwrap();
    let actor = Actor { kind: ActorType::ApiKey, id: "k7x2m9q4".to_owned(), role: None };
    let ctx = Ctx { user_agent: UserAgent::new("curl/8.0").map(Personal::Known), ..Ctx::of(actor, now) };
    let grant = Grant {
        person: PersonId::parse(person).unwrap(),
        email: Email::parse(email).unwrap(),
        name: Some(PersonName::parse("Ada Prüfer").unwrap()),
        firm: Firm::parse("KPMG").unwrap(),
        scope: Scope::of_bundle(Bundle::Compliance).unwrap(),
        expires_at: access_grant::expiry::after_days(now, 30),
        limits: DurationLimits::PLATFORM,
        email_hash: None,
        role_title: None,
        invitation: None,
        regrant_of: None,
    };
    let id = uuid::Uuid::new_v4().to_string();
    let appended = execute::<AccessGrant>(&log.ledger, log.log, &ctx, &id, Command::Grant(grant), None).await.unwrap();
    appended.entries[0].index
}

fn shown(parts: &[OpenedPart]) -> Vec<String> {
    let show = |part: &OpenedPart| format!("{} {}", part.field, part.value.known().map_or("erased", String::as_str));
    parts.iter().map(show).collect()
}
