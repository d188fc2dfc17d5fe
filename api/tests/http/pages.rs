//! What is there for everybody, and what every answer has.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use rstest::rstest;
use serde_json::Value;

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
    let schemes = description["components"]["securitySchemes"].as_object().unwrap();
    let methods = paths.values().flat_map(|methods| methods.as_object().unwrap().values());
    let named = methods.filter_map(|method| method["security"].as_array()).flatten().filter_map(Value::as_object);
    let undefined: Vec<_> = named.flat_map(serde_json::Map::keys).filter(|name| !schemes.contains_key(*name)).collect();
    assert!(undefined.is_empty(), "{undefined:?}");
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
async fn for_people_everything_that_is_not_there_is_one_page() {
    let app = start().await;
    let (one, other) = (app.get("/nothing").await, app.get("/auditor/nothing/at?all=1").await);
    for page in [&one, &other] {
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-store");
    }
    assert_eq!(one.body, other.body);
    let text = String::from_utf8(one.body).unwrap();
    assert!(text.contains("ask them for a new link"), "{text}");
    assert!(
        !text.contains("<script>") && !text.contains("<style") && !text.contains(" style="),
        "nothing inline: {text}"
    );
    let policy = one.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn a_script_that_asks_for_json_gets_the_problem_document() {
    let app = start().await;
    let asked = request(Method::GET, "/nothing", None).header(header::ACCEPT, "application/json");
    app.send(asked.body(Body::empty()).unwrap()).await.problem(404, "not-found");
}

#[tokio::test]
async fn what_another_site_sends_is_refused_with_a_page_that_says_so() {
    let app = start().await;
    let asked = request(Method::POST, "/nothing", None).header("sec-fetch-site", "cross-site");
    let answer = app.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let text = String::from_utf8(answer.body.clone()).unwrap();
    assert!(text.contains("came from another site") && text.contains("cross-site"), "{text}");
    assert!(text.contains(answer.header("x-request-id")), "the page has the id to quote");
}

#[tokio::test]
async fn style_and_scripts_are_kept_for_ever_under_an_address_of_this_version() {
    let app = start().await;
    let address = api::web::assets::address("countersign.css");
    let style = app.get(&address).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    let tag = style.header("etag").to_owned();
    let again = request(Method::GET, &address, None).header(header::IF_NONE_MATCH, &tag).body(Body::empty()).unwrap();
    assert_eq!(app.send(again).await.status, StatusCode::NOT_MODIFIED);
    let older = app.get("/assets/0000000000000000/countersign.css").await;
    assert_eq!((older.header("cache-control"), older.header("etag")), ("no-cache", tag.as_str()));
    app.get("/assets/0000000000000000/nothing.css").await.problem(404, "not-found");
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
