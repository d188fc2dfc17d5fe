//! Grants over HTTP.

use domain::name::EmailHash;
use ledger::entry::Entry;
use rstest::rstest;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::{TestApp, start};

const GRANTS: &str = "/v1/orgs/acme/grants";

#[tokio::test]
async fn a_grant_goes_from_granted_to_revoked() {
    let app = start().await;
    let granted = app.post(GRANTS, &terms(30)).await.created();
    let grant = address(&granted);
    assert_eq!(state(&app, &grant).await, "pending");
    app.post_bytes(&format!("{grant}/accept"), "").await.created();
    assert_eq!(state(&app, &grant).await, "active");
    let viewed =
        app.post(&format!("{grant}/view"), &json!({ "resource": "audit_logs", "id": "2026-01" })).await.created();
    assert_eq!(kind_and_outcome(&app, &viewed).await, ("auditor.record.viewed".to_owned(), "success"));
    app.post(&format!("{grant}/revoke"), &json!({ "note": "The audit is over" })).await.created();
    assert_eq!(state(&app, &grant).await, "revoked");
    let refused = app.post(&format!("{grant}/view"), &json!({ "resource": "audit_logs", "id": "2026-01" })).await;
    refused.problem(403, "refused");
    let last = app.get(&format!("/v1/orgs/acme/entries/{}", app.size().await - 1)).await.body;
    let last = Entry::parse(&last).unwrap();
    assert_eq!(last.outcome.reason(), Some("grant_revoked"), "a refused act is recorded too");
    assert_eq!(last.actor.kind, ledger::entry::ActorType::ApiKey);
    assert_eq!(last.actor.id, app.key.id());
}

#[tokio::test]
async fn what_a_grant_does_not_reach_is_refused_and_recorded() {
    let app = start().await;
    let granted = app.post(GRANTS, &terms(30)).await.created();
    let grant = address(&granted);
    app.post_bytes(&format!("{grant}/accept"), "").await.created();
    let before = app.size().await;
    app.post(&format!("{grant}/view"), &json!({ "resource": "invoices", "id": "7" })).await.problem(403, "refused");
    let file = json!({ "evidence": "review.pdf", "bytes": 3, "sha256": "0".repeat(64) });
    app.post(&format!("{grant}/download"), &file).await.problem(403, "refused");
    assert_eq!(app.size().await, before + 2);
}

#[tokio::test]
async fn a_file_is_downloaded_under_a_grant_that_reaches_it() {
    let app = start().await;
    let mut terms = terms(30);
    terms.as_object_mut().unwrap().remove("bundle");
    terms["capabilities"] = json!(["download", "view"]);
    terms["resources"] = json!(["evidence"]);
    let grant = address(&app.post(GRANTS, &terms).await.created());
    app.post_bytes(&format!("{grant}/accept"), "").await.created();
    let file = json!({ "evidence": "review.pdf", "bytes": 3, "sha256": "0".repeat(64) });
    let downloaded = app.post(&format!("{grant}/download"), &file).await.created();
    assert_eq!(kind_and_outcome(&app, &downloaded).await, ("auditor.evidence.downloaded".to_owned(), "success"));
}

#[tokio::test]
async fn a_grant_sent_again_is_the_first_one() {
    let app = start().await;
    let terms = terms(30);
    let first = app.post_once("one", GRANTS, &terms).await;
    let again = app.post_once("one", GRANTS, &terms).await;
    assert_eq!(first.created(), again.created());
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.header("location"), again.header("location"));
}

#[tokio::test]
async fn accepting_again_with_the_same_key_is_the_first_answer_and_without_a_conflict() {
    let app = start().await;
    let grant = address(&app.post(GRANTS, &terms(30)).await.created());
    let path = format!("{grant}/accept");
    let first = app.post_once("accept", &path, &json!({})).await;
    let again = app.post_once("accept", &path, &json!({})).await;
    assert_eq!(first.created(), again.created());
    app.post_bytes(&path, "").await.problem(409, "conflict");
}

#[tokio::test]
async fn a_grant_shows_its_auditor_and_the_log_does_not() {
    let app = start().await;
    let granted = app.post(GRANTS, &terms(30)).await.created();
    let shown = app.get(&address(&granted)).await.json();
    assert_eq!((shown["email"].as_str(), shown["name"].as_str()), (Some("ada@auditors.example"), Some("Ada Prüfer")));
    assert_eq!(shown["person"], granted["person"]);
    let entry = app.get("/v1/orgs/acme/entries/1").await.body;
    let hash = Entry::parse(&entry).unwrap().detail["email_hash"].as_str().unwrap().to_owned();
    assert!(EmailHash::parse(&hash).is_ok(), "{hash}");
    let text = String::from_utf8(entry).unwrap();
    assert!(!text.contains("ada@auditors.example") && !text.contains("Prüfer"), "{text}");
}

#[rstest]
#[case("018f3b7e-0000-7000-8000-00000000b001")]
#[case("x")]
#[tokio::test]
async fn a_grant_that_is_not_there_is_not_found(#[case] id: &str) {
    let app = start().await;
    app.get(&format!("{GRANTS}/{id}")).await.problem(404, "not-found");
    app.post_bytes(&format!("{GRANTS}/{id}/accept"), "").await.problem(404, "not-found");
    app.post(&format!("{GRANTS}/{id}/revoke"), &json!({})).await.problem(404, "not-found");
    app.post(&format!("{GRANTS}/{id}/view"), &json!({ "resource": "audit_logs", "id": "1" }))
        .await
        .problem(404, "not-found");
}

#[rstest]
#[case("/email", json!("no address"))]
#[case("/firm", json!(""))]
#[case("/person", json!("Ada"))]
#[case("/bundle", json!("everything"))]
#[case("/resources", json!(["controls"]))]
#[case("/expires_at", json!("tomorrow"))]
#[case("/expires_at", json!("2020-01-01T00:00:00Z"))]
#[case("/token", json!("x"))]
#[tokio::test]
async fn terms_that_break_a_rule_are_refused_by_place(#[case] pointer: &str, #[case] value: Value) {
    let app = start().await;
    let mut terms = terms(30);
    terms[&pointer[1..]] = value;
    app.post(GRANTS, &terms).await.invalid(pointer);
    assert_eq!(app.size().await, 1);
}

fn terms(days: i64) -> Value {
    let now = OffsetDateTime::from_unix_timestamp(i64::try_from(store::clock::now().unix_seconds()).unwrap()).unwrap();
    let expires_at = (now + time::Duration::days(days)).format(&Rfc3339).unwrap();
    json!({
        "email": "ada@auditors.example",
        "name": "Ada Prüfer",
        "firm": "Lovelace Audit",
        "bundle": "compliance",
        "expires_at": expires_at,
    })
}

fn address(granted: &Value) -> String {
    format!("{GRANTS}/{}", granted["grant"].as_str().unwrap())
}

async fn state(app: &TestApp, grant: &str) -> String {
    app.get(grant).await.json()["state"].as_str().unwrap().to_owned()
}

async fn kind_and_outcome(app: &TestApp, answer: &Value) -> (String, &'static str) {
    let entry = Entry::parse(&app.get(answer["entries"][0]["entry"].as_str().unwrap()).await.body).unwrap();
    (entry.event_type.as_str().to_owned(), entry.outcome.as_str())
}
