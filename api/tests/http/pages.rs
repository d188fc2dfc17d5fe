//! What is there for everybody, and what every answer has.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use rstest::rstest;

use crate::app::{request, start};

#[tokio::test]
async fn the_interface_describes_itself() {
    let app = start().await;
    let answer = app.get("/openapi.json").await;
    let description = answer.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{}", description["openapi"]);
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.contains_key("/v1/orgs/{org}/events"), "{:?}", paths.keys());
    assert!(paths.keys().all(|path| !path.contains('*')), "{:?}", paths.keys());
}

#[tokio::test]
async fn the_page_of_the_interface_runs_under_a_strict_policy() {
    let app = start().await;
    let page = app.get("/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(!text.contains("http://") && !text.contains("https://"), "nothing from elsewhere: {text}");
    assert!(!text.contains("<script>") && !text.contains("<style"), "nothing inline: {text}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(app.get("/docs/swagger-ui-bundle.js").await.status, StatusCode::OK);
    assert_eq!(app.get("/docs/nothing.js").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_schema_of_an_event_is_where_its_entry_says() {
    let app = start().await;
    for version in [1, 2] {
        let schema = app.get(&format!("/schemas/auditor.access.granted/{version}")).await;
        assert_eq!(schema.header("content-type"), "application/schema+json");
        assert_eq!(schema.json()["type"], "object");
    }
    for other in ["/schemas/auditor.access.granted/3", "/schemas/auditor.access.granted/01", "/schemas/user.created/1"]
    {
        app.get(other).await.problem(404, "not-found");
    }
}

#[rstest]
#[case("/")]
#[case("/v1")]
#[case("/v1/orgs/acme")]
#[case("/logs/acme/tile/../checkpoint")]
#[case("/logs/acme/tile/..%2F..%2Fkeys")]
#[case("/logs/..%2Fkeys/checkpoint")]
#[case("/logs/nobody/checkpoint")]
#[case("/logs/acme/tile/0/000")]
#[tokio::test]
async fn what_is_not_there_is_a_problem_document(#[case] path: &str) {
    let app = start().await;
    app.get(path).await.problem(404, "not-found");
}

#[tokio::test]
async fn another_method_is_a_problem_document() {
    let app = start().await;
    let asked = request(Method::DELETE, "/v1/orgs/acme/entries/0", Some(&app.key)).body(Body::empty()).unwrap();
    app.send(asked).await.problem(405, "method-not-allowed");
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_hardening_headers() {
    let app = start().await;
    for path in ["/health/live", "/nothing", "/v1/orgs/acme/entries/0"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(!answer.header("cache-control").is_empty());
        assert_eq!(answer.header("server"), "");
    }
}

#[rstest]
#[case::good("req-1.A_b", "req-1.A_b")]
#[case::with_blanks("a b", "")]
#[case::line_feed_escaped("a%0ab", "")]
#[tokio::test]
async fn a_callers_request_id_is_kept_where_it_is_harmless(#[case] sent: &str, #[case] kept: &str) {
    let app = start().await;
    let asked = request(Method::GET, "/health/live", None).header("x-request-id", sent).body(Body::empty()).unwrap();
    let answer = app.send(asked).await;
    let id = answer.header("x-request-id");
    assert!(if kept.is_empty() { id != sent } else { id == kept }, "{id}");
}

#[tokio::test]
async fn a_foreign_host_is_not_answered() {
    let app = start().await;
    let asked = |host: &str, path: &str| Request::get(path).header(header::HOST, host).body(Body::empty()).unwrap();
    app.send(asked("evil.example", "/v1/orgs/acme/entries/0")).await.problem(421, "misdirected");
    assert_eq!(app.send(asked("10.1.2.3:8080", "/health/live")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn people_at_the_loopback_address_are_sent_to_localhost() {
    let app = start().await;
    let asked = Request::get("/docs/").header(header::HOST, "127.0.0.1:8080").body(Body::empty()).unwrap();
    let answer = app.send(asked).await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.header("location"), "http://localhost:8080/docs/");
}

#[tokio::test]
async fn a_service_with_its_database_is_ready() {
    let app = start().await;
    let live = app.get("/health/live").await;
    assert_eq!(live.json()["status"], "live");
    let ready = app.get("/health/ready").await;
    let database =
        ready.json()["checks"].as_array().unwrap().iter().find(|check| check["name"] == "database").unwrap().clone();
    assert_eq!(database["ok"], true);
}
