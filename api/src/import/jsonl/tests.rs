use std::path::Path;

use serde_json::json;

use super::{Lines, Raw, offer};
use crate::import::records::RECORD_BYTES_MAX;
use crate::import::source::Offered;

fn line(detail: &str, source: &str) -> String {
    format!(
        r#"{{"type":"payment.refunded","subject":"payment/8841","actor":{{"type":"user","id":"4711","role":"cashier"}},
        "outcome":"failure","reason":"limit_exceeded","context":{{"request_id":"r-1","session":"1a2b3c4d"}},
        "detail":{detail},"personal":{{"actor":{{"email":"mira@example.com"}}}}{source}}}"#
    )
}

fn offered(line: &str, number: u64, file: &str) -> Offered {
    offer(line.as_bytes(), number, Path::new(file)).unwrap()
}

#[test]
fn a_line_becomes_the_event_that_the_same_request_would_have_made() {
    let source = r#","source":{"name":"till-7","id":"19","time":"2026-01-31T09:30:00Z"}"#;
    let Offered { event, key, .. } = offered(&line(r#"{"amount_cents":1999}"#, source), 1, "a.jsonl");
    assert_eq!(event.event_type.as_str(), "payment.refunded");
    assert_eq!(event.subject.as_str(), "payment/8841");
    assert_eq!(event.actor.role.as_deref(), Some("cashier"));
    assert_eq!(event.outcome, ledger::entry::Outcome::Failure { reason: "limit_exceeded".to_owned() });
    let ingest = json!({"source": "till-7", "id": "19", "time": "2026-01-31T09:30:00Z"});
    assert_eq!(event.detail, json!({"amount_cents": 1999, "ingest": ingest}));
    assert_eq!(event.personal[0].plaintext, "mira@example.com");
    assert_eq!(event.personal[0].person, "4711");
    assert_eq!(key, "jsonl:till-7:19");
}

#[test]
fn without_an_id_of_the_source_a_line_is_known_by_its_place() {
    let line = line("{}", "");
    let key = |number, file| offered(&line, number, file).key;
    assert_eq!(key(1, "logs/a.jsonl"), key(1, "elsewhere/a.jsonl"));
    assert_ne!(key(1, "a.jsonl"), key(2, "a.jsonl"));
    assert_ne!(key(1, "a.jsonl"), key(1, "b.jsonl"));
}

#[test]
fn a_key_is_never_longer_than_the_log_keeps() {
    let file = format!("{}.jsonl", "x".repeat(250));
    assert!(offered(&line("{}", ""), 1, &file).key.len() <= 255);
}

#[test]
fn blanks_between_the_parts_of_a_line_do_not_make_another_request() {
    let sha256 = |line: &str| offered(line, 1, "a.jsonl").sha256;
    assert_eq!(sha256(&line("{}", "")), sha256(&line("{ }", " ")));
    assert_ne!(sha256(&line("{}", "")), sha256(&line(r#"{"a":1}"#, "")));
}

#[test]
fn a_refusal_names_the_place_and_the_rule() {
    let refusal = |line: &str| offer(line.as_bytes(), 1, Path::new("a.jsonl")).unwrap_err().to_string();
    assert!(refusal(&line("{}", r#","colour":"red""#)).starts_with("/colour: "));
    assert!(refusal(&line("{}", "").replace("payment.refunded", "auditor.seen")).starts_with("/type: "));
    assert!(refusal(&line(r#"{"amount":19.99}"#, "")).contains("fraction"));
    assert!(refusal("{").contains("ends too early"));
}

#[test]
fn lines_have_their_numbers_and_blank_ones_are_passed_over() {
    let file = "{}\n\n  \r\n{\"a\":1}\r\n[]";
    let mut lines = Lines::new(file.as_bytes());
    let read: Vec<_> = lines.by_ref().map(|(number, line)| (number, line.unwrap())).collect();
    let text = |text: &str| Raw::Text(text.as_bytes().to_vec());
    assert_eq!(read, [(1, text("{}")), (4, text("{\"a\":1}")), (5, text("[]"))]);
    assert_eq!(lines.bytes_read(), file.len() as u64);
}

#[test]
fn a_line_that_is_too_long_is_passed_over_and_the_next_one_read() {
    let file = format!("{}\n{}\n{{}}\n", "x".repeat(RECORD_BYTES_MAX), "y".repeat(RECORD_BYTES_MAX + 1));
    let read: Vec<_> = Lines::new(file.as_bytes()).map(|(_, line)| line.unwrap()).collect();
    assert!(matches!(&read[..], [Raw::Text(_), Raw::TooLong, Raw::Text(_)]));
}
