use ledger::entry::{ActorType, Outcome};
use ledger::sealed::Of;
use rstest::rstest;
use serde_json::{Value, json};

use super::{AuditEvent, persons_of};

fn least() -> Value {
    json!({"type": "payment.refunded", "subject": "payment/8841", "actor": {"type": "user", "id": "4711"}, "outcome": "success"})
}

fn with(pointer: &str, value: Value) -> Value {
    let mut event = json!({
        "type": "payment.refunded",
        "version": 2,
        "subject": "payment/8841",
        "actor": {"type": "service", "id": "till-7", "role": "cashier"},
        "outcome": "failure",
        "reason": "limit_exceeded",
        "context": {"request_id": "r-1", "session": "1a2b3c4d", "service": "till"},
        "detail": {"amount_cents": 1999},
        "personal": {"actor": {"email": "mira@example.com"}, "subject": {"name": "Mira"}},
        "source": {"name": "till-7", "id": "19", "time": "2026-01-31T09:30:00.5Z"},
    });
    if let Some((parent, name)) = pointer.rsplit_once('/') {
        event.pointer_mut(parent).unwrap()[name] = value;
    }
    event
}

#[test]
fn the_least_event_has_four_members() {
    let event = AuditEvent::read(least()).unwrap();
    assert_eq!((event.version, &event.outcome), (1, &Outcome::Success));
    assert_eq!(event.detail, json!({}));
    for name in ["type", "subject", "actor", "outcome"] {
        let mut event = least();
        event.as_object_mut().unwrap().remove(name);
        let refused = AuditEvent::read(event).unwrap_err();
        assert_eq!((refused.pointer, refused.rule.as_str()), (format!("/{name}"), "is required"));
    }
}

#[test]
fn every_member_is_taken_over() {
    let event = AuditEvent::read(with("", json!(null))).unwrap();
    assert_eq!((event.event_type.as_str(), event.version), ("payment.refunded", 2));
    assert_eq!((event.actor.kind, event.actor.role.as_deref()), (ActorType::Service, Some("cashier")));
    assert_eq!(event.outcome, Outcome::Failure { reason: "limit_exceeded".to_owned() });
    assert_eq!(event.context.session.as_deref(), Some("1a2b3c4d"));
    let ingest = json!({"source": "till-7", "id": "19", "time": "2026-01-31T09:30:00.5Z"});
    assert_eq!(event.detail, json!({"amount_cents": 1999, "ingest": ingest}));
    let sealed: Vec<_> =
        event.personal.iter().map(|text| (text.field.as_str(), text.of, text.person.as_str())).collect();
    assert_eq!(sealed, [("email", Of::Actor, "till-7"), ("name", Of::Subject, "payment/8841")]);
    assert_eq!(persons_of([&event]).len(), 2);
}

#[test]
fn the_api_key_stands_beside_what_the_source_says() {
    let event = AuditEvent::read(with("", json!(null))).unwrap().received_by("k3v9xq2m");
    assert_eq!((event.ingest("id"), event.ingest("api_key")), (Some("19"), Some("k3v9xq2m")));
    let event = AuditEvent::read(least()).unwrap().received_by("k3v9xq2m");
    assert_eq!(event.detail, json!({"ingest": {"api_key": "k3v9xq2m"}}));
}

#[rstest]
#[case("/id", json!("x"), "is given by the log")]
#[case("/time", json!("x"), "is given by the log")]
#[case("/sequence", json!(1), "is given by the log")]
#[case("/stream", json!("a/b"), "is given by the log")]
#[case("/type", json!("auditor.access.granted"), "only this service")]
#[case("/type", json!("ledger.heartbeat"), "only this service")]
#[case("/type", json!("drift.found"), "only this service")]
#[case("/type", json!("Payment"), "a type is")]
#[case("/type", json!(7), "must be a text")]
#[case("/version", json!(0), "must be from 1")]
#[case("/version", json!(2_147_483_648_u64), "must be from 1")]
#[case("/version", json!("1"), "whole number")]
#[case("/subject", json!("mira@example.com"), "a reference begins")]
#[case("/actor", json!("mira"), "must be an object")]
#[case("/actor/type", json!("auditor"), "must be user, service or api_key")]
#[case("/actor/type", json!("system"), "must be user, service or api_key")]
#[case("/actor/id", json!("mira@example.com"), "opaque id")]
#[case("/actor/id", json!(""), "opaque id")]
#[case("/actor/name", json!("Mira"), "there is no such member")]
#[case("/actor/role", json!(""), "must not be empty")]
#[case("/outcome", json!("perhaps"), "must be success or failure")]
#[case("/outcome", json!("success"), "stands only beside")]
#[case("/reason", json!("Not This"), "must have the form")]
#[case("/context/ip", json!("192.0.2.1"), "is personal")]
#[case("/context/user_agent", json!("x"), "is personal")]
#[case("/context/session", json!("123456789"), "at most 8")]
#[case("/context/other", json!("x"), "there is no such member")]
#[case("/detail", json!([]), "must be an object")]
#[case("/detail/ingest", json!({}), "is written by this service")]
#[case("/personal/actor/E-Mail", json!("x"), "must have a name")]
#[case("/personal/actor/email", json!(""), "must not be empty")]
#[case("/personal/actor/email", json!(1), "must be a text")]
#[case("/personal/other", json!({}), "there is no such member")]
#[case("/source/time", json!("2026-01-31T09:30:00+01:00"), "must be a time in UTC")]
#[case("/source/time", json!("2026-02-30T09:30:00Z"), "must be a time in UTC")]
#[case("/source/colour", json!("red"), "there is no such member")]
#[case("/a~1b~0c", json!(1), "there is no such member")]
fn a_refusal_names_the_place_and_the_rule(#[case] pointer: &str, #[case] value: Value, #[case] rule: &str) {
    let name = pointer.replace("a~1b~0c", "a/b~c");
    let refused = match pointer {
        "/a~1b~0c" => {
            let mut event = least();
            event[&name[1..]] = value;
            AuditEvent::read(event).unwrap_err()
        }
        _ => AuditEvent::read(with(pointer, value)).unwrap_err(),
    };
    // A success with a reason is refused where the reason stands.
    let place = if rule == "stands only beside" { "/reason" } else { pointer };
    assert_eq!(refused.pointer, place);
    assert!(refused.rule.contains(rule), "{refused}");
}

#[test]
fn what_is_no_object_is_refused_as_a_whole() {
    assert_eq!(AuditEvent::read(json!([])).unwrap_err().to_string(), "the event: must be an object");
}

#[test]
fn personal_texts_do_not_show_in_debug_output() {
    let event = AuditEvent::read(with("", json!(null))).unwrap();
    assert!(!format!("{:?}", event.personal).contains("mira"));
}
