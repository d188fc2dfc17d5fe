//! No name, address or user agent of any record stands in the clear.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::dataset::{real, sample};
use crate::ingest::AuditEvent;

/// Members whose texts can name a person, wherever they stand in a record.
const PERSONAL: [&str; 16] = [
    "userName",
    "arn",
    "ARN",
    "principalId",
    "accessKeyId",
    "sourceIPAddress",
    "userAgent",
    "errorMessage",
    "roleSessionName",
    "bucketName",
    "roleName",
    "roleArn",
    "secretId",
    "clientProvidedHostHeader",
    "iPAddress",
    "value",
];

/// What stands in the clear of an entry, as one text.
fn clear(event: &AuditEvent) -> String {
    let outcome = format!("{:?}", event.outcome);
    let context = format!("{:?}", event.context);
    let actor = format!("{:?}", event.actor);
    json!([event.event_type.as_str(), event.subject.as_str(), actor, outcome, context, event.detail]).to_string()
}

fn personal(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) if PERSONAL.contains(&name.as_str()) => {
                        found.insert(text.to_owned());
                    }
                    _ => personal(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| personal(value, found)),
        _ => {}
    }
}

/// The names of AWS's services are in the clear as the source of the event; short switches name nobody.
fn names_nobody(text: &str) -> bool {
    text.len() < 4 || text.ends_with(".amazonaws.com") || matches!(text, "true" | "false" | "available" | "default")
}

fn check(events: &[(Value, AuditEvent)]) {
    for (record, event) in events {
        let clear = clear(event);
        let mut found = BTreeSet::new();
        personal(record, &mut found);
        let account = record["recipientAccountId"].as_str().unwrap();
        for text in found.iter().filter(|text| !names_nobody(text) && *text != account) {
            assert!(!clear.contains(text.as_str()), "{text:?} of {} stands in {clear}", record["eventID"]);
        }
        assert!(!clear.contains('@'), "{clear}");
        assert!(!clear.contains("arn:"), "{clear}");
    }
}

#[test]
fn nothing_personal_of_the_sample_is_in_the_clear() {
    check(&sample());
}

#[test]
fn nothing_personal_of_the_real_records_is_in_the_clear() {
    if let Some(events) = real() {
        check(&events);
    }
}
