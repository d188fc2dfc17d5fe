//! Access that runs out by itself: what is recorded of it, and the address by which operators have it done.

use std::time::Duration;

use api::access::auditor_session::{self, Session};
use axum::body::Body;
use axum::http::{Method, header};
use domain::access_grant::{AccessGrant, Bundle, Command, DurationLimits, Grant, NewExtent, Scope, State, expiry};
use domain::context::Ctx;
use domain::member::Role;
use domain::name::{GrantId, PersonId};
use domain::person::{Email, Firm};
use ledger::entry::{Actor, ActorType, Entry};
use ledger::time::Timestamp;
use projections::wait;
use secrecy::SecretString;
use serde_json::json;
use store::execute::execute;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::{Answer, TestApp, request, start, start_with};

const SECRET: &str = "0123456789abcdef";
const SWEEP: &str = "/api/cron?job=auditor-access-expiry";
const WITHIN: Duration = Duration::from_secs(30);
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

async fn with_secret() -> TestApp {
    start_with(|parts| parts.cron_secret = Some(SecretString::from(SECRET.to_owned()))).await
}

impl TestApp {
    async fn cron(&self, path: &str, bearer: &str) -> Answer {
        let request = request(Method::GET, path, None).header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Puts a command to a grant so many days from now.
    async fn grant(&self, grant: &GrantId, days: i64, command: Command) {
        let now = Timestamp::from_micros(store::clock::now().as_micros() + days * DAY).unwrap();
        let actor = Actor { kind: ActorType::User, id: Uuid::new_v4().to_string(), role: None };
        let (ledger, log, ctx) = (self.app.ledger(), self.acme.log, Ctx::of(actor, now));
        let done = execute::<AccessGrant>(ledger, log, &ctx, grant.as_str(), command, None).await.unwrap();
        let index = done.entries.last().unwrap().index;
        assert!(wait::until(ledger, "grants", log, index, WITHIN).await.unwrap());
    }

    /// Access that was given so many days ago, for thirty.
    async fn granted(&self, days_ago: i64) -> GrantId {
        let grant = GrantId::parse(&Uuid::new_v4().to_string()).unwrap();
        let now = Timestamp::from_micros(store::clock::now().as_micros() - days_ago * DAY).unwrap();
        let command = Command::Grant(Grant {
            person: PersonId::parse(&Uuid::new_v4().to_string()).unwrap(),
            email: Email::parse("ada@northgate.example").unwrap(),
            email_hash: None,
            name: None,
            firm: Firm::parse("Northgate Assurance").unwrap(),
            role_title: None,
            scope: Scope::of_bundle(Bundle::Compliance).unwrap(),
            expires_at: expiry::after_days(now, 30),
            limits: DurationLimits::new(1, 90).unwrap(),
            invitation: None,
            regrant_of: None,
        });
        self.grant(&grant, -days_ago, command).await;
        grant
    }

    async fn open_session(&self, grant: &GrantId) {
        let now = OffsetDateTime::from_unix_timestamp(store::clock::now().unix_seconds().try_into().unwrap()).unwrap();
        let session = Session {
            sid: auditor_session::random_id(),
            grant: grant.clone(),
            started_index: 1,
            created_at: now,
            last_seen_at: now,
            expires_at: now + auditor_session::SESSION_TTL,
            ended_at: None,
        };
        let mut tx = self.app.db(self.acme.log).await.unwrap();
        auditor_session::start(&mut tx, self.acme.log, &session).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn sessions_ended(&self, grant: &GrantId) -> usize {
        let mut tx = self.app.db(self.acme.log).await.unwrap();
        let sessions = auditor_session::list(&mut tx, self.acme.log, grant).await.unwrap();
        sessions.iter().filter(|session| session.ended_at.is_some()).count()
    }

    async fn state_of(&self, grant: &GrantId) -> Option<State> {
        let grant: AccessGrant = self.app.load(self.acme.log, &AccessGrant::stream(grant)).await.unwrap();
        grant.state()
    }

    /// Type, actor and detail of the last entries.
    async fn last(&self, count: usize) -> Vec<Entry> {
        let entries = store::entries::range(self.app.ledger().reader(), self.acme.log, 0, 1000).await.unwrap();
        entries[entries.len() - count..].iter().map(|entry| Entry::parse(&entry.bytes).unwrap()).collect()
    }
}

#[tokio::test]
async fn without_a_secret_in_the_settings_there_is_no_such_address() {
    let app = start().await;
    app.cron(SWEEP, "").await.problem(404, "not-found");
    app.cron(SWEEP, SECRET).await.problem(404, "not-found");
}

#[tokio::test]
async fn whoever_has_another_secret_is_refused() {
    let app = with_secret().await;
    for other in ["", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0"] {
        let problem = app.cron(SWEEP, other).await.problem(401, "unauthenticated");
        assert!(problem["detail"].as_str().unwrap().contains("cron_secret"), "{problem}");
    }
    app.send(request(Method::GET, SWEEP, None).body(Body::empty()).unwrap()).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn another_secret_is_an_entry_in_the_log_of_the_service_ten_times_an_hour_and_then_counted() {
    let app = with_secret().await;
    let before = app.size().await;
    for _ in 0..12 {
        app.cron(SWEEP, "0123456789abcdeF").await.problem(401, "unauthenticated");
    }
    assert_eq!(app.size().await, before, "no organisation is concerned");
    let service = api::service_log::of(&app.app).await.unwrap();
    let entries = store::entries::range(app.app.ledger().reader(), service, 0, 1000).await.unwrap();
    let entries = entries.iter().map(|entry| Entry::parse(&entry.bytes).unwrap());
    let refused: Vec<_> = entries.filter(|entry| entry.event_type.as_str() == "credential.signed_in").collect();
    assert_eq!(refused.len(), 10);
    api::jobs::refusals::record(&app.app).await;
    let entries = store::entries::range(app.app.ledger().reader(), service, 0, 1000).await.unwrap();
    let counted = Entry::parse(&entries.last().unwrap().bytes).unwrap();
    assert_eq!(
        (counted.event_type.as_str(), counted.outcome.reason(), &counted.detail["count"]),
        ("credential.refusals.counted", Some("wrong_secret"), &json!(2))
    );
    assert_eq!(
        (refused[0].outcome.reason(), &refused[0].detail),
        (Some("wrong_secret"), &json!({ "method": "job_secret" }))
    );
}

#[tokio::test]
async fn a_job_that_is_not_there_is_refused_with_those_that_are() {
    let app = with_secret().await;
    for path in ["/api/cron", "/api/cron?job=backup"] {
        let problem = app.cron(path, SECRET).await.problem(400, "bad-request");
        assert!(problem["detail"].as_str().unwrap().contains("auditor-access-expiry"), "{problem}");
    }
}

// rows: S5-77
#[tokio::test]
async fn access_that_has_run_out_is_expired_before_the_sweep_and_after_it() {
    let app = with_secret().await;
    let _models = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let over = app.granted(31).await;
    let record = async || {
        let found = owner.get(&format!("/api/auditors/{over}")).await.json();
        let expired = owner.get("/api/auditors?status=Expired").await.json();
        (found["status"].clone(), found["isActive"].clone(), expired["auditors"][0]["id"].clone())
    };
    let expected = (json!("Expired"), json!(false), json!(over.as_str()));
    assert_eq!(record().await, expected);
    assert_eq!(app.cron(SWEEP, SECRET).await.json(), json!({ "expired": 1 }));
    assert_eq!(record().await, expected);
}

// rows: S1-55, S5-21, S5-76, C2
#[tokio::test]
async fn access_that_has_run_out_is_recorded_once_and_its_sessions_end() {
    let app = with_secret().await;
    let _models = app.follow();
    let (over, running) = (app.granted(31).await, app.granted(29).await);
    app.open_session(&over).await;
    app.open_session(&running).await;

    let answer = app.cron("/api/cron?job=auditor-access-expiry", SECRET).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "expired": 1 })));
    assert_eq!(app.state_of(&over).await, Some(State::Expired));
    assert_eq!(app.state_of(&running).await, Some(State::Pending));
    assert_eq!((app.sessions_ended(&over).await, app.sessions_ended(&running).await), (1, 0));
    let [expired, swept] = app.last(2).await.try_into().unwrap();
    assert_eq!(expired.event_type.as_str(), "auditor.access.expired");
    assert_eq!(expired.detail["sessions_ended"], 1);
    assert_eq!((expired.actor.kind, expired.actor.id.as_str()), (ActorType::System, "auditor-access-expiry"));
    assert_eq!(swept.event_type.as_str(), "auditor.session.swept");
    assert_eq!(swept.detail, json!({ "count": 1, "grant": over.as_str() }));

    let size = app.size().await;
    assert_eq!(app.cron(SWEEP, SECRET).await.json(), json!({ "expired": 0 }));
    assert_eq!(app.size().await, size, "doing it again changes nothing");
}

// rows: C2
#[tokio::test]
async fn access_that_was_extended_goes_on() {
    let app = with_secret().await;
    let _models = app.follow();
    let grant = app.granted(29).await;
    let extended = Command::Change(NewExtent {
        scope: Scope::of_bundle(Bundle::Compliance).unwrap(),
        expires_at: expiry::after_days(store::clock::now(), 20),
        limits: DurationLimits::new(1, 90).unwrap(),
        policy_allows: true,
    });
    app.grant(&grant, 0, extended).await;
    assert_eq!(app.cron(SWEEP, SECRET).await.json(), json!({ "expired": 0 }));
    assert_eq!(app.state_of(&grant).await, Some(State::Pending));
}

// rows: S5-76
#[tokio::test]
async fn two_sweeps_at_once_record_an_end_once() {
    let app = with_secret().await;
    let _models = app.follow();
    app.granted(31).await;
    let (one, other) = tokio::join!(app.cron(SWEEP, SECRET), app.cron(SWEEP, SECRET));
    let sum = one.json()["expired"].as_u64().unwrap() + other.json()["expired"].as_u64().unwrap();
    assert_eq!(sum, 1);
    assert_eq!(app.last(1).await[0].event_type.as_str(), "auditor.access.expired");
}
