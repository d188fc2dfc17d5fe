//! Commands on aggregates and acts under them, from decision to entry and back, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::sync::Arc;

use cqrs_es::{AggregateError, CqrsFramework, EventStore as _};
use domain::access_grant::{
    self, AccessGrant, AccessGrantEvent, Bundle, Capability, Command, DurationLimits, Grant, GrantError, Item,
    Resource, Scope, State,
};
use domain::activity::{self, ActivityEvent, File, Refusal};
use domain::context::Ctx;
use domain::event::Event;
use domain::name::{GrantId, PersonId, Sha256};
use domain::person::{Email, Firm, PersonName, UserAgent};
use ledger::entry::{Actor, ActorType, Entry, Outcome};
use ledger::vocabulary::{Personal, Timestamp};
use store::cluster::Role;
use store::event_store::{EventStore, Loaded};
use store::execute::{ExecuteError, execute};
use store::recording::{self, LoadError, RecordError, record};
use store::{AppendError, Appended, IdempotencyKey, vault};
use support::{TestLog, all, key};

const GRANT: &str = "018f3b7e-0000-7000-8000-00000000a001";
const PERSON: &str = "018f3b7e-0000-7000-8000-00000000c001";
const EMAIL: &str = "ada@example.org";
const ACCEPT: Command = Command::Accept { token_sha256: None };

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_lives_in_its_stream() {
    let log = TestLog::open().await;
    granted(&log).await;
    run(&log, ACCEPT).await.unwrap();
    let revoked = run(&log, revoke()).await.unwrap();
    assert_eq!(revoked.entries[0].stream.as_ref().unwrap().1, 3);
    let types: Vec<_> = entries(&log).await.iter().map(|entry| entry.event_type.as_str().to_owned()).collect();
    assert_eq!(types[1..], ["auditor.access.granted", "auditor.invite.accepted", "auditor.access.revoked"]);
    assert_eq!(loaded(&log).await.aggregate.state(), Some(State::Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_personal_is_sealed_and_opens_again() {
    let log = TestLog::open().await;
    let appended = granted(&log).await;
    let entry = Entry::parse(&appended.entries[0].bytes).unwrap();
    let fields: Vec<_> = entry.sealed.iter().map(ledger::sealed::SealedValue::field).collect();
    assert_eq!(fields, ["email", "name", "ip", "user_agent"]);
    assert_eq!(entry.sealed[0].kid(), entry.sealed[1].kid(), "one key for one person");
    assert_ne!(entry.sealed[0].kid(), entry.sealed[2].kid(), "another for another");
    let text = String::from_utf8(appended.entries[0].bytes.to_vec()).unwrap();
    for personal in [EMAIL, "Ada", "2001:db8", "curl"] {
        assert!(!text.contains(personal), "{personal} stands in the clear in {text}");
    }
    let grant = loaded(&log).await.aggregate;
    let terms = grant.terms().unwrap();
    assert_eq!(terms.email, Personal::Known(Email::parse(EMAIL).unwrap()));
    assert_eq!(terms.name, Some(Personal::Known(PersonName::parse("Ada Prüfer").unwrap())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_works_on_when_its_persons_key_is_destroyed() {
    let log = TestLog::open().await;
    granted(&log).await;
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    vault::destroy(&mut conn, log.log, PERSON).await.unwrap().unwrap();
    let grant = loaded(&log).await.aggregate;
    assert_eq!(grant.terms().unwrap().email, Personal::Erased);
    run(&log, ACCEPT).await.unwrap();
    let grant = loaded(&log).await.aggregate;
    assert_eq!(grant.permits(ctx().now, Capability::View, Resource::AuditLogs, Item::List), Ok(()));
    log.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_appends_nothing() {
    let log = TestLog::open().await;
    let refused = run(&log, ACCEPT).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(GrantError::NotGranted))));
    let impossible = execute::<AccessGrant>(&log.ledger, log.log, &ctx(), "a b", ACCEPT, None).await;
    assert!(matches!(impossible, Err(ExecuteError::Id(_))));
    assert_eq!(log.check().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_accept_at_once_one_does() {
    let log = Arc::new(TestLog::open().await);
    granted(&log).await;
    let replicas = [log.ledger.clone(), log.replica()];
    let racers = (0..16).map(|racer| {
        let (log, ledger) = (Arc::clone(&log), replicas[racer % 2].clone());
        tokio::spawn(async move { execute::<AccessGrant>(&ledger, log.log, &ctx(), GRANT, ACCEPT, None).await })
    });
    let answers = all(racers).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(matches!(refused, ExecuteError::Refused(GrantError::AlreadyAccepted)), "{refused}");
    }
    assert_eq!(log.check().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sent_again_with_its_key_gets_its_first_answer() {
    let log = TestLog::open().await;
    granted(&log).await;
    let accept = |key| execute::<AccessGrant>(&log.ledger, log.log, &CTX, GRANT, ACCEPT, Some(key));
    let first = accept(key("k1", "accept")).await.unwrap();
    run(&log, revoke()).await.unwrap();
    let again = accept(key("k1", "accept")).await.unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.entries, again.entries);
    let other_body = accept(key("k1", "revoke")).await;
    assert!(
        matches!(other_body, Err(ExecuteError::Record(RecordError::Append(AppendError::IdempotencyMismatch)))),
        "{other_body:?}"
    );
    let other_key = accept(key("k2", "accept")).await;
    assert!(matches!(other_key, Err(ExecuteError::Refused(GrantError::AlreadyRevoked))));
    assert_eq!(log.check().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_at_once_append_once_and_are_answered_alike() {
    let log = Arc::new(TestLog::open().await);
    granted(&log).await;
    let callers = (0..12).map(|_| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { run_with(&log, ACCEPT, Some(key("k", "accept"))).await.unwrap() })
    });
    let answers = all(callers).await;
    assert!(answers.iter().all(|answer| answer.entries == answers[0].entries));
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert_eq!(log.check().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn activity_is_appended_to_a_stream_of_its_own() {
    let log = TestLog::open().await;
    let acts = acts();
    for act in &acts {
        record(&log.ledger, log.log, &ctx(), &act.stream(), act, None).await.unwrap();
    }
    let entries = log.check().await;
    let versions: Vec<_> = entries[1..].iter().map(|entry| entry.stream.clone().unwrap()).collect();
    assert_eq!(versions.iter().map(|(_, version)| *version).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(versions.iter().all(|(stream, _)| stream.as_str() == format!("activity/{GRANT}")));
    let last = Entry::parse(&entries[3].bytes).unwrap();
    assert_eq!(last.subject.as_str(), "evidence/f2");
    assert!(matches!(&last.outcome, Outcome::Failure { reason } if reason == "not_permitted"));
    assert_eq!(last.context.request_id.as_deref(), Some("r1"));
    assert_eq!((&last.context.ip, &last.context.user_agent), (&None, &None));
    let mut conn = log.ledger.reader().acquire().await.unwrap();
    let read: Vec<Event> = recording::read(&mut conn, log.log, &entries[1..]).await.unwrap();
    assert_eq!(read, acts.map(Event::Activity));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_frameworks_own_executor_works_on_this_store() {
    let log = TestLog::open().await;
    let store = EventStore::new(log.ledger.clone(), log.log, ctx());
    let framework = CqrsFramework::<AccessGrant, _>::new(store.clone(), vec![], ctx());
    framework.execute(GRANT, Command::Grant(grant())).await.unwrap();
    framework.execute(GRANT, ACCEPT).await.unwrap();
    let refused = framework.execute(GRANT, ACCEPT).await;
    assert!(matches!(refused, Err(AggregateError::UserError(GrantError::AlreadyAccepted))));
    let events = cqrs_es::EventStore::<AccessGrant>::load_events(&store, GRANT).await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(events[1].payload, AccessGrantEvent::InviteAccepted(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_loaded_the_same_version_the_second_conflicts() {
    let log = TestLog::open().await;
    granted(&log).await;
    let store = EventStore::new(log.ledger.clone(), log.log, ctx());
    let load = || async { store.load_aggregate(GRANT).await.unwrap() };
    let (first, second): (Loaded<AccessGrant>, Loaded<AccessGrant>) = (load().await, load().await);
    let decided = first.aggregate.decide(&ctx(), ACCEPT).unwrap();
    let committed = store.commit(vec![decided.clone()], first, [].into()).await.unwrap();
    assert_eq!(committed[0].sequence, 2);
    let lost = store.commit(vec![decided.clone()], second, [].into()).await;
    assert!(matches!(lost, Err(AggregateError::AggregateConflict)));
    let third: Loaded<AccessGrant> = load().await;
    let noted = store.commit(vec![decided], third, [("by".to_owned(), "me".to_owned())].into()).await;
    assert!(matches!(noted, Err(AggregateError::UnexpectedError(_))), "an entry has no place for metadata");
    assert_eq!(log.check().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_was_changed_behind_our_back_does_not_load() {
    let log = TestLog::open().await;
    granted(&log).await;
    tamper(&log, "alter table ledger.entries disable trigger all").await;
    tamper(&log, "update ledger.entries set bytes = overlay(bytes placing '\\x4b504d48' from position('KPMG'::bytea in bytes)) where index = 1").await;
    let error = load(&log).await.err().unwrap();
    assert!(matches!(error, LoadError::Database(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_entry_of_a_stream_is_noticed() {
    let log = TestLog::open().await;
    granted(&log).await;
    run(&log, ACCEPT).await.unwrap();
    tamper(&log, "alter table ledger.entries disable trigger all").await;
    tamper(&log, "delete from ledger.entries where index = 1").await;
    let error = load(&log).await.err().unwrap();
    assert!(matches!(error, LoadError::Gap { expected: 1, found: 2, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_key_that_was_swapped_opens_nothing() {
    let log = TestLog::open().await;
    granted(&log).await;
    tamper(&log, "alter table vault.data_keys disable trigger all").await;
    tamper(&log, "update vault.data_keys set key = decode(repeat('07', 32), 'hex')").await;
    let error = load(&log).await.err().unwrap();
    assert!(matches!(&error, LoadError::Sealed { index: 1, field, .. } if field == "email"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_event_in_the_stream_does_not_load_as_one_of_the_aggregate() {
    let log = TestLog::open().await;
    log.append(vec![log.event_of(&format!("access_grant/{GRANT}"), 1)]).await;
    let error = load(&log).await.err().unwrap();
    assert!(matches!(error, LoadError::Event { index: 1, .. }), "{error}");
}

/// Shared by requests of one test.
static CTX: std::sync::LazyLock<Ctx> = std::sync::LazyLock::new(ctx);

fn ctx() -> Ctx {
    let actor = Actor { kind: ActorType::ApiKey, id: "k7x2m9q4".to_owned(), role: None };
    Ctx {
        request_id: Some("r1".to_owned()),
        service: Some("api".to_owned()),
        ip: Some(Personal::Known("2001:db8::1".parse().unwrap())),
        user_agent: UserAgent::new("curl/8.0").map(Personal::Known),
        ..Ctx::of(actor, Timestamp::parse("2026-11-22T09:00:00.000000Z").unwrap())
    }
}

fn grant() -> Grant {
    Grant {
        person: PersonId::parse(PERSON).unwrap(),
        email: Email::parse(EMAIL).unwrap(),
        name: Some(PersonName::parse("Ada Prüfer").unwrap()),
        firm: Firm::parse("KPMG").unwrap(),
        scope: Scope::of_bundle(Bundle::Compliance).unwrap(),
        expires_at: access_grant::expiry::after_days(ctx().now, 30),
        limits: DurationLimits::PLATFORM,
        email_hash: None,
        role_title: None,
        invitation: None,
        regrant_of: None,
    }
}

fn acts() -> [ActivityEvent; 3] {
    let grant = GrantId::parse(GRANT).unwrap();
    let file = File { bytes: 18_231, sha256: Sha256::parse(&"e".repeat(64)).unwrap() };
    let evidence = |id| activity::evidence(id).unwrap();
    [
        ActivityEvent::RecordViewed {
            grant: grant.clone(),
            record: activity::record(Resource::Controls, "CC6.1").unwrap(),
            outcome: Ok(()),
        },
        ActivityEvent::EvidenceDownloaded { grant: grant.clone(), evidence: evidence("f1"), outcome: Ok(file) },
        ActivityEvent::EvidenceDownloaded { grant, evidence: evidence("f2"), outcome: Err(Refusal::NotPermitted) },
    ]
}

fn revoke() -> Command {
    Command::Revoke { note: None, sessions_ended: 0 }
}

async fn granted(log: &TestLog) -> Appended {
    run(log, Command::Grant(grant())).await.unwrap()
}

async fn run(log: &TestLog, command: Command) -> Result<Appended, ExecuteError<GrantError>> {
    run_with(log, command, None).await
}

async fn run_with(
    log: &TestLog,
    command: Command,
    key: Option<IdempotencyKey>,
) -> Result<Appended, ExecuteError<GrantError>> {
    execute::<AccessGrant>(&log.ledger, log.log, &ctx(), GRANT, command, key).await
}

async fn loaded(log: &TestLog) -> Loaded<AccessGrant> {
    load(log).await.unwrap()
}

async fn load(log: &TestLog) -> Result<Loaded<AccessGrant>, LoadError> {
    let stream = AccessGrant::stream(&GrantId::parse(GRANT).unwrap());
    EventStore::new(log.ledger.clone(), log.log, ctx()).load(&stream).await
}

async fn entries(log: &TestLog) -> Vec<Entry> {
    log.check().await.iter().map(|entry| Entry::parse(&entry.bytes).unwrap()).collect()
}

/// What somebody with the database's superuser at hand can do.
async fn tamper(log: &TestLog, sql: &str) {
    let done = sqlx::query(sql).execute(&log.database.pool(Role::Superuser).await).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
