//! `POST /v1/orgs/{org}/events`

use axum::body::Body;
use ledger::entry::Entry;
use rstest::rstest;
use serde_json::{Value, json};

use crate::app::{EVENTS, event, start};

#[tokio::test]
async fn an_event_is_recorded_and_answered_with_its_place() {
    let app = start().await;
    let answer = app.post(EVENTS, &event()).await;
    let entry = &answer.created()["entries"][0];
    assert_eq!(entry["index"], 1);
    assert_eq!(entry["state"], "accepted");
    assert_eq!(entry["receipt"], "/v1/orgs/acme/entries/1/receipt");
    assert_eq!(answer.header("location"), "/v1/orgs/acme/entries/1");
    let bytes = app.get("/v1/orgs/acme/entries/1").await.body;
    let read = Entry::parse(&bytes).unwrap();
    assert_eq!(read.id.to_string(), entry["id"].as_str().unwrap());
    assert_eq!(blake3_of(&bytes), entry["hash"].as_str().unwrap());
    assert_eq!(read.detail["method"], "totp");
    assert_eq!(read.detail["ingest"]["api_key"], app.key.id());
}

#[tokio::test]
async fn a_batch_is_recorded_in_its_order() {
    let app = start().await;
    let events: Vec<Value> = (0..1000).map(|number| with(&["detail"], json!({ "number": number }))).collect();
    let answer = app.post(EVENTS, &json!({ "events": events })).await.created();
    let entries = answer["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1000);
    assert!(entries.iter().zip(1_u64..).all(|(entry, index)| entry["index"] == index));
    let last = app.get("/v1/orgs/acme/entries/1000").await.body;
    assert_eq!(Entry::parse(&last).unwrap().detail["number"], 999);
}

// rows: S4-16, S4-17, S4-18
#[tokio::test]
async fn the_names_of_the_guide_are_names_of_events() {
    let app = start().await;
    let names = [
        "user.created",
        "user.deleted",
        "user.password_changed",
        "user.mfa_disabled",
        "payment.refunded",
        "record.exported",
        "admin.permission_granted",
        "admin.permission_revoked",
        "api_key.rotated",
        "user.signed_in",
        "user.mfa_failed",
        "user.suspended",
        "user.impersonated",
        "admin.role_changed",
        "api_key.created",
        "data.bulk_exported",
        "config.changed",
        "patient_record.viewed",
        "payment.card_data_accessed",
        "record.deleted",
    ];
    let events: Vec<Value> = names.iter().map(|name| with(&["type"], json!(name))).collect();
    app.post(EVENTS, &json!({ "events": events })).await.created();
    for (name, index) in names.iter().zip(1..) {
        assert_eq!(app.get(&format!("/v1/orgs/acme/entries/{index}")).await.json()["type"], *name);
    }
    app.post(EVENTS, &with(&["type"], json!("created"))).await.invalid("/type");
}

#[tokio::test]
async fn a_batch_with_one_bad_event_records_nothing() {
    let app = start().await;
    let bad = with(&["subject"], json!("no subject"));
    let answer = app.post(EVENTS, &json!({ "events": [event(), event(), event(), bad] })).await;
    answer.invalid("/events/3/subject");
    assert_eq!(app.size().await, 1);
}

#[tokio::test]
async fn a_short_body_that_makes_very_long_entries_is_refused_with_the_rule() {
    let app = start().await;
    let personal: serde_json::Map<_, _> = (0..220).map(|number| (format!("a{number}"), json!("x"))).collect();
    let events = vec![with(&["personal"], json!({ "actor": personal })); 400];
    let body = json!({ "events": events }).to_string();
    assert!(body.len() < 2 << 20, "{}", body.len());
    let rule = app.post_bytes(EVENTS, body).await.invalid("");
    assert!(rule.contains("at most 16777216 bytes together, sealed values included"), "{rule}");
    assert_eq!(app.size().await, 1);
}

#[tokio::test]
async fn a_body_of_very_many_values_is_refused_before_they_are_made() {
    let app = start().await;
    let zeros = format!("{{\"events\":[{}0]}}", "0,".repeat(4_000_000));
    let rule = app.post_bytes(EVENTS, zeros).await.invalid("");
    assert!(rule.starts_with("more than 128000 values"), "{rule}");
}

#[rstest]
#[case::none(0)]
#[case::too_many(1001)]
#[tokio::test]
async fn a_batch_has_1_to_1000_events(#[case] count: usize) {
    let app = start().await;
    let answer = app.post(EVENTS, &json!({ "events": vec![event(); count] })).await;
    answer.invalid("/events");
    assert_eq!(app.size().await, 1);
}

#[rstest]
#[case::id("/id", json!("x"))]
#[case::time("/time", json!("2026-01-01T00:00:00Z"))]
#[case::sequence("/sequence", json!(1))]
#[case::stream("/stream", json!("user/4711"))]
#[case::unknown("/sbject", json!("user/4711"))]
#[case::one_of_ours("/type", json!("auditor.access.granted"))]
#[case::of_the_ledger("/type", json!("ledger.opened"))]
#[case::of_credentials("/type", json!("credential.api_key.created"))]
#[case::no_verb("/type", json!("user"))]
#[case::an_auditor("/actor/type", json!("auditor"))]
#[case::the_system("/actor/type", json!("system"))]
#[case::no_actor("/actor", json!(7))]
#[case::a_mail_address("/actor/id", json!("ada@example.com"))]
#[case::unknown_in_actor("/actor/name", json!("Ada"))]
#[case::an_address("/context/ip", json!("192.0.2.1"))]
#[case::a_user_agent("/context/user_agent", json!("curl"))]
#[case::outcome("/outcome", json!("maybe"))]
#[case::reason("/reason", json!("because"))]
#[case::version("/version", json!(0))]
#[case::ingest("/detail/ingest", json!({}))]
#[case::detail("/detail", json!([]))]
#[tokio::test]
async fn what_an_event_may_not_say_is_refused_by_place(#[case] pointer: &str, #[case] value: Value) {
    let app = start().await;
    let path: Vec<&str> = pointer[1..].split('/').collect();
    app.post(EVENTS, &with(&path, value)).await.invalid(pointer);
    assert_eq!(app.size().await, 1);
}

#[rstest]
#[case::member_twice(r#"{"type":"a.b","type":"a.b"}"#)]
#[case::member_twice_escaped(r#"{"type":"a.b","\u0074ype":"a.b"}"#)]
#[case::nul(r#"{"type":"a\u0000b"}"#)]
#[case::nul_in_a_name(r#"{"ty\u0000pe":"a.b"}"#)]
#[case::lone_surrogate(r#"{"type":"\ud800"}"#)]
#[case::above_2_to_the_53(r#"{"detail":{"n":9007199254740992}}"#)]
#[case::below_minus_2_to_the_53(r#"{"detail":{"n":-9007199254740992}}"#)]
#[case::fraction(r#"{"detail":{"n":1.5}}"#)]
#[case::exponent(r#"{"detail":{"n":1e400}}"#)]
#[case::minus_zero(r#"{"detail":{"n":-0}}"#)]
#[case::nan(r#"{"detail":{"n":NaN}}"#)]
#[case::byte_order_mark("\u{feff}{}")]
#[case::trailing("{} {}")]
#[case::empty("")]
#[case::cut_off(r#"{"type":"a.b""#)]
#[tokio::test]
async fn json_that_readers_disagree_about_is_refused(#[case] body: &str) {
    let app = start().await;
    let rule = app.post_bytes(EVENTS, body.to_owned()).await.invalid("");
    assert!(rule.contains("byte"), "{rule}");
    assert_eq!(app.size().await, 1);
}

#[tokio::test]
async fn json_that_is_not_utf_8_is_refused() {
    let app = start().await;
    app.post_bytes(EVENTS, b"{\"type\":\"\xff\"}".to_vec()).await.invalid("");
}

#[tokio::test]
async fn ten_thousand_levels_are_refused() {
    let app = start().await;
    app.post_bytes(EVENTS, format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))).await.invalid("");
}

#[rstest]
#[case(9_007_199_254_740_991)]
#[case(-9_007_199_254_740_991)]
#[tokio::test]
async fn the_greatest_numbers_are_kept_exactly(#[case] number: i64) {
    let app = start().await;
    app.post(EVENTS, &with(&["detail", "n"], json!(number))).await.created();
    let bytes = app.get("/v1/orgs/acme/entries/1").await.body;
    assert!(String::from_utf8(bytes).unwrap().contains(&format!("\"n\":{number}")));
}

#[tokio::test]
async fn an_event_that_makes_too_large_an_entry_is_refused() {
    let app = start().await;
    let answer = app.post(EVENTS, &with(&["detail", "text"], json!("x".repeat(65_536)))).await;
    answer.problem(422, "invalid");
    assert_eq!(app.size().await, 1);
}

#[tokio::test]
async fn a_personal_value_is_sealed_and_stands_nowhere_in_the_clear() {
    let app = start().await;
    let personal = with(&["personal"], json!({ "actor": { "email": "ada@example.com", "ip": "192.0.2.1" } }));
    app.post(EVENTS, &personal).await.created();
    let bytes = app.get("/v1/orgs/acme/entries/1").await.body;
    let entry = Entry::parse(&bytes).unwrap();
    assert_eq!(entry.sealed.len(), 2);
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.contains("ada@example.com") && !text.contains("192.0.2.1"), "{text}");
}

#[tokio::test]
async fn the_sources_own_id_and_time_stand_in_the_detail() {
    let app = start().await;
    let source = json!({ "id": "evt-1", "time": "2026-01-31T09:30:00Z" });
    app.post(EVENTS, &with(&["source"], source)).await.created();
    let entry = Entry::parse(&app.get("/v1/orgs/acme/entries/1").await.body).unwrap();
    assert_eq!(
        entry.detail["ingest"],
        json!({ "api_key": app.key.id(), "id": "evt-1", "time": "2026-01-31T09:30:00Z" })
    );
}

#[tokio::test]
async fn a_request_sent_again_gets_the_first_answer() {
    let app = start().await;
    let first = app.post_once("one", EVENTS, &event()).await;
    let again = app.post_once("one", EVENTS, &event()).await;
    assert_eq!(first.created(), again.created());
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(app.size().await, 2);
}

#[tokio::test]
async fn a_key_for_another_request_is_refused() {
    let app = start().await;
    app.post_once("one", EVENTS, &event()).await.created();
    let other = with(&["subject"], json!("user/4712"));
    app.post_once("one", EVENTS, &other).await.problem(409, "idempotency-mismatch");
    assert_eq!(app.size().await, 2);
}

#[tokio::test]
async fn the_outcome_of_a_request_can_be_asked_for() {
    let app = start().await;
    let first = app.post_once("one/1", EVENTS, &event()).await.created();
    let outcome = app.get("/v1/idempotency/one%2F1").await.json();
    assert_eq!(outcome["state"], "recorded");
    assert_eq!(outcome["entries"], first["entries"]);
    app.get("/v1/idempotency/two").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_body_that_is_no_json_by_its_header_is_refused() {
    let app = start().await;
    let request = crate::app::request(axum::http::Method::POST, EVENTS, Some(&app.key));
    let answer = app.send(request.body(Body::from(event().to_string())).unwrap()).await;
    answer.problem(415, "unsupported-media-type");
}

#[rstest]
#[case::at_the_limit(8 << 20, 422)]
#[case::beyond_it((8 << 20) + 1, 413)]
#[tokio::test]
async fn a_body_has_at_most_8_mib(#[case] bytes: usize, #[case] status: u16) {
    let app = start().await;
    assert_eq!(app.post_bytes(EVENTS, " ".repeat(bytes)).await.status.as_u16(), status);
}

/// An event with one member set.
fn with(path: &[&str], value: Value) -> Value {
    let mut event = event();
    let mut place = &mut event;
    for name in path {
        place = &mut place[*name];
    }
    *place = value;
    event
}

fn blake3_of(bytes: &[u8]) -> String {
    ledger::hash::EntryHash::of(bytes).to_string()
}
