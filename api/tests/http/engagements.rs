//! Engagements over HTTP.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use rstest::rstest;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, request, start};

pub(crate) const ENGAGEMENTS: &str = "/v1/orgs/acme/engagements";

// rows: S2-04, S2-22
#[tokio::test]
async fn an_engagement_has_a_name_a_framework_and_its_days_and_is_opened_changed_and_closed() {
    let app = start().await;
    let opened = app.post(ENGAGEMENTS, &plan()).await;
    let address = opened.header("location").to_owned();
    let id = opened.created()["engagement"].as_str().unwrap().to_owned();
    let mut expected = plan();
    expected["engagement"] = json!(id);
    expected["state"] = json!("open");
    assert_eq!(app.get(&address).await.json(), expected);

    let mut other = plan();
    other["ends_on"] = json!("2027-03-31");
    assert_eq!(put(&app, &address, &other).await.json()["entries"].as_array().unwrap().len(), 1);
    let size = app.size().await;
    assert_eq!(put(&app, &address, &other).await.json()["entries"], json!([]), "it is like that already");
    assert_eq!(app.size().await, size);

    app.post(&format!("{address}/close"), &json!({ "note": "The report is out" })).await.created();
    assert_eq!(app.get(&address).await.json()["state"], "closed");
    put(&app, &address, &plan()).await.problem(409, "conflict");
    app.post(&format!("{address}/close"), &json!({})).await.problem(409, "conflict");
}

#[tokio::test]
async fn an_engagement_opened_twice_with_one_key_is_one() {
    let app = start().await;
    let first = app.post_once("one", ENGAGEMENTS, &plan()).await;
    let again = app.post_once("one", ENGAGEMENTS, &plan()).await;
    assert_eq!((first.header("location"), first.created()), (again.header("location"), again.created()));
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[rstest]
#[case("/name", json!(""))]
#[case("/framework", json!(null))]
#[case("/starts_on", json!("2026-02-30"))]
#[case("/ends_on", json!("2025-12-31"))]
#[case("/more", json!("x"))]
#[tokio::test]
async fn a_plan_that_breaks_a_rule_is_refused_by_place(#[case] pointer: &str, #[case] value: Value) {
    let app = start().await;
    let mut plan = plan();
    plan[&pointer[1..]] = value;
    app.post(ENGAGEMENTS, &plan).await.invalid(pointer);
    assert_eq!(app.size().await, 1);
}

#[rstest]
#[case("018f3b7e-0000-7000-8000-00000000e001")]
#[case("x")]
#[tokio::test]
async fn an_engagement_that_is_not_there_is_not_found(#[case] id: &str) {
    let app = start().await;
    let address = format!("{ENGAGEMENTS}/{id}");
    app.get(&address).await.problem(404, "not-found");
    put(&app, &address, &plan()).await.problem(404, "not-found");
    app.post(&format!("{address}/close"), &json!({})).await.problem(404, "not-found");
}

/// Opens one; its id.
pub(crate) async fn opened(app: &TestApp) -> String {
    app.post(ENGAGEMENTS, &plan()).await.created()["engagement"].as_str().unwrap().to_owned()
}

fn plan() -> Value {
    json!({ "name": "Audit 2026", "framework": "SOC 2", "starts_on": "2026-01-01", "ends_on": "2026-12-31" })
}

pub(crate) async fn put(app: &TestApp, path: &str, body: &Value) -> Answer {
    let request = request(Method::PUT, path, Some(&app.key)).header(header::CONTENT_TYPE, "application/json");
    let answer = app.send(request.body(Body::from(body.to_string())).unwrap()).await;
    assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    answer
}
