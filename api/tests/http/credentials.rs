//! Who is let in, and what others learn.

use api::access::api_key::{Scope, Token};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use ledger::entry::Entry;
use rstest::rstest;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::app::{EVENTS, TestApp, event, issue, open, request, start};

#[rstest]
#[case::none(None)]
#[case::no_key(Some("Bearer"))]
#[case::another_scheme(Some("Basic Y3M6Y3M="))]
#[case::another_form(Some("Bearer cs_x_y"))]
#[case::unknown(Some("Bearer cs_aaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))]
#[tokio::test]
async fn without_a_good_key_nothing_is_answered(#[case] authorization: Option<&str>) {
    let app = start().await;
    for path in ["/v1/orgs/acme/entries/0", "/v1/orgs/nobody/entries/0", "/v1/idempotency/x"] {
        let mut asked = request(Method::GET, path, None);
        if let Some(value) = authorization {
            asked = asked.header(header::AUTHORIZATION, value);
        }
        let answer = app.send(asked.body(Body::empty()).unwrap()).await;
        answer.problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn a_key_with_another_secret_is_as_unknown_as_no_key() {
    let app = start().await;
    let other = Token::random();
    let forged = format!("cs_{}_{}", app.key.id(), &other.reveal()[12..]);
    let forged = Token::parse(&forged).unwrap();
    let unknown = app.get_with(&other, "/v1/orgs/acme/entries/0").await;
    let wrong = app.get_with(&forged, "/v1/orgs/acme/entries/0").await;
    assert_eq!(unknown.problem(401, "unauthenticated"), wrong.problem(401, "unauthenticated"));
}

#[tokio::test]
async fn an_expired_key_is_good_no_more() {
    let app = start().await;
    let now = OffsetDateTime::from_unix_timestamp(i64::try_from(store::clock::now().unix_seconds()).unwrap()).unwrap();
    let expired = issue(&app.app, &app.acme, &Scope::ALL, Some(now - Duration::SECOND)).await;
    let good = issue(&app.app, &app.acme, &Scope::ALL, Some(now + Duration::HOUR)).await;
    app.get_with(&expired, "/v1/orgs/acme/entries/0").await.problem(401, "unauthenticated");
    assert_eq!(app.get_with(&good, "/v1/orgs/acme/entries/0").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_revoked_key_is_refused_from_the_next_request_on() {
    let app = start().await;
    assert_eq!(app.get("/v1/orgs/acme/entries/0").await.status, StatusCode::OK);
    let mut tx = app.app.requests().of(app.acme.log).await.unwrap();
    api::access::api_key::revoke(&mut tx, app.key.id()).await.unwrap();
    tx.commit().await.unwrap();
    app.get("/v1/orgs/acme/entries/0").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_foreign_organisation_is_the_same_404_as_none() {
    let app = start().await;
    open(&app.app, "rival").await;
    let rival = app.get("/v1/orgs/rival/entries/0").await;
    let nobody = app.get("/v1/orgs/nobody/entries/0").await;
    let nothing = app.get("/v1/orgs/acme/entries/1000000").await;
    assert_eq!(rival.body, nobody.body);
    assert_eq!(rival.body, nothing.body);
    rival.problem(404, "not-found");
    app.post("/v1/orgs/rival/events", &event()).await.problem(404, "not-found");
    app.post("/v1/orgs/rival/grants", &json!({})).await.problem(404, "not-found");
}

#[tokio::test]
async fn idempotency_keys_of_two_callers_never_meet() {
    let app = start().await;
    app.post_once("mine", EVENTS, &event()).await.created();
    let other = issue(&app.app, &app.acme, &Scope::ALL, None).await;
    app.get_with(&other, "/v1/idempotency/mine").await.problem(404, "not-found");
    assert_eq!(app.get("/v1/idempotency/mine").await.status, StatusCode::OK);
}

#[rstest]
#[case::events(Scope::EventsWrite)]
#[case::entries(Scope::EntriesRead)]
#[case::engagements(Scope::EngagementsWrite)]
#[case::engagements_to_read(Scope::EngagementsRead)]
#[case::evidence(Scope::EvidenceWrite)]
#[case::evidence_to_read(Scope::EvidenceRead)]
#[case::records(Scope::RecordsWrite)]
#[case::records_to_read(Scope::RecordsRead)]
#[tokio::test]
async fn a_key_opens_what_its_scope_says_and_nothing_else(#[case] scope: Scope) {
    let app = start().await;
    let key = issue(&app.app, &app.acme, &[scope], None).await;
    let asked = [
        (Method::POST, EVENTS.to_owned(), Scope::EventsWrite),
        (Method::GET, "/v1/orgs/acme/entries".to_owned(), Scope::EntriesRead),
        (Method::GET, "/v1/orgs/acme/entries/0".to_owned(), Scope::EntriesRead),
        (Method::GET, "/v1/orgs/acme/entries/0/receipt".to_owned(), Scope::EntriesRead),
        (Method::GET, "/v1/orgs/acme/entries/0/proof".to_owned(), Scope::EntriesRead),
        (Method::POST, "/v1/orgs/acme/engagements".to_owned(), Scope::EngagementsWrite),
        (Method::GET, "/v1/orgs/acme/engagements".to_owned(), Scope::EngagementsRead),
        (Method::GET, "/v1/orgs/acme/evidence".to_owned(), Scope::EvidenceRead),
        (Method::GET, "/v1/orgs/acme/records/controls".to_owned(), Scope::RecordsRead),
        (Method::GET, "/v1/orgs/acme/engagements/x".to_owned(), Scope::EngagementsRead),
        (Method::PUT, "/v1/orgs/acme/engagements/x".to_owned(), Scope::EngagementsWrite),
        (Method::POST, "/v1/orgs/acme/engagements/x/close".to_owned(), Scope::EngagementsWrite),
        (Method::POST, "/v1/orgs/acme/evidence".to_owned(), Scope::EvidenceWrite),
        (Method::GET, "/v1/orgs/acme/evidence/x".to_owned(), Scope::EvidenceRead),
        (Method::PUT, "/v1/orgs/acme/evidence/x".to_owned(), Scope::EvidenceWrite),
        (Method::POST, "/v1/orgs/acme/evidence/x/revisions".to_owned(), Scope::EvidenceWrite),
        (Method::POST, "/v1/orgs/acme/evidence/x/withdraw".to_owned(), Scope::EvidenceWrite),
        (Method::GET, "/v1/orgs/acme/evidence/x/revisions/1/file".to_owned(), Scope::EvidenceRead),
        (Method::POST, "/v1/orgs/acme/records/controls".to_owned(), Scope::RecordsWrite),
        (Method::GET, "/v1/orgs/acme/records/controls/A".to_owned(), Scope::RecordsRead),
        (Method::PUT, "/v1/orgs/acme/records/controls/A".to_owned(), Scope::RecordsWrite),
        (Method::DELETE, "/v1/orgs/acme/records/controls/A".to_owned(), Scope::RecordsWrite),
    ];
    for (method, path, needed) in asked {
        let answer = app.send(request(method, &path, Some(&key)).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status == StatusCode::FORBIDDEN, scope != needed, "{scope} at {path}: {}", answer.status);
        if scope != needed {
            answer.problem(403, "scope-missing");
        }
    }
}

#[tokio::test]
async fn the_last_use_of_a_key_is_noted() {
    let app = start().await;
    assert_eq!(last_use(&app).await, None);
    app.get("/v1/orgs/acme/entries/0").await;
    app.app.tasks().close();
    app.app.tasks().wait().await;
    let first = last_use(&app).await;
    assert!(first.is_some());
    app.app.tasks().reopen();
    app.get("/v1/orgs/acme/entries/0").await;
    app.app.tasks().close();
    app.app.tasks().wait().await;
    assert_eq!(last_use(&app).await, first, "within a minute it is noted once");
}

async fn last_use(app: &TestApp) -> Option<OffsetDateTime> {
    let mut tx = app.app.requests().of(app.acme.log).await.unwrap();
    let keys = api::access::api_key::list(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    keys.iter().find(|key| key.id == app.key.id()).unwrap().last_used_at
}

#[tokio::test]
async fn a_request_sees_no_key_of_another_organisation() {
    let app = start().await;
    let rival = open(&app.app, "rival").await;
    issue(&app.app, &rival, &Scope::ALL, None).await;
    let mut tx = app.app.requests().of(app.acme.log).await.unwrap();
    let keys = api::access::api_key::list(&mut tx).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), [app.key.id()]);
    let all: i64 =
        sqlx::query_scalar("select count(*) from access.api_keys").fetch_one(app.app.requests().pool()).await.unwrap();
    assert_eq!(all, 0, "without an organisation nothing is seen");
}

impl TestApp {
    /// The refused attempts with API keys in a log: who, from which key, and why.
    async fn refused_keys(&self, log: store::append::LogId) -> Vec<Entry> {
        while !self.app.tasks().is_empty() {
            tokio::task::yield_now().await;
        }
        let entries = store::entries::range(self.app.ledger().reader(), log, 0, 1000).await.unwrap();
        let entries = entries.iter().map(|entry| Entry::parse(&entry.bytes).unwrap());
        entries.filter(|entry| entry.detail == json!({ "method": "api_key" })).collect()
    }
}

#[tokio::test]
async fn a_bad_key_is_an_entry_of_the_organisation_that_it_came_to_and_else_of_the_service() {
    let app = start().await;
    let other = Token::random();
    for path in ["/v1/orgs/acme/entries/0", "/v1/orgs/nobody/entries/0", "/v1/idempotency/x"] {
        app.get_with(&other, path).await.problem(401, "unauthenticated");
    }
    let malformed = request(Method::GET, "/v1/orgs/acme/entries/0", None).header(header::AUTHORIZATION, "Bearer cs_x");
    app.send(malformed.body(Body::empty()).unwrap()).await.problem(401, "unauthenticated");
    app.send(request(Method::GET, "/v1/orgs/acme/entries/0", None).body(Body::empty()).unwrap()).await;
    let of_acme = app.refused_keys(app.acme.log).await;
    let mut keys: Vec<_> = of_acme.iter().map(|entry| entry.context.service.clone().unwrap()).collect();
    keys.sort();
    assert_eq!(keys, ["api".to_owned(), format!("api_key/{}", other.id())], "who sends no key has not tried one");
    assert_eq!(
        (of_acme[0].event_type.as_str(), of_acme[0].outcome.reason()),
        ("credential.signed_in", Some("wrong_key"))
    );
    let service = api::service_log::of(&app.app).await.unwrap();
    assert_eq!(app.refused_keys(service).await.len(), 2);
}

#[tokio::test]
async fn a_key_that_was_taken_back_is_an_entry_each_time_and_no_more_than_thirty_an_hour() {
    let app = start().await;
    let mut tx = app.app.requests().of(app.acme.log).await.unwrap();
    api::access::api_key::revoke(&mut tx, app.key.id()).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..33 {
        app.get("/v1/orgs/acme/entries/0").await.problem(401, "unauthenticated");
    }
    let refused = app.refused_keys(app.acme.log).await;
    assert_eq!(refused.len(), 30);
    assert!(refused.iter().all(|entry| entry.context.service == Some(format!("api_key/{}", app.key.id()))));
}
