//! The format's frozen vectors contain events of ours, written by an independent implementation.

use std::fs;

use domain::event::{self, Event};
use ledger::vocabulary::{Of, OpenedPart, Outcome, Personal, Recorded, Stored, Subject};
use serde_json::Value;

use crate::here;
use crate::json_schema::check;
use crate::schemas::parsed;

#[test]
fn our_events_in_the_vectors_read_and_are_written_alike() {
    let vectors = fs::read_to_string(here("../ledger/tests/vectors/entries.jsonl")).unwrap();
    let entries = vectors.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ours = entries.filter(|entry| Event::has_type(entry["type"].as_str().unwrap()));
    let mut count = 0;
    for entry in ours {
        let event = read(&entry);
        let stream = Subject::parse(entry["stream"].as_str().unwrap()).unwrap();
        // What was written in an older version is read as the newest, and written as that.
        if event.kind().version == version(&entry) {
            assert_eq!(event.detail(), entry["data"]["detail"]);
        }
        assert_eq!(event.subject(&stream).as_str(), entry["subject"]);
        let schema = parsed(event::schema(event.kind().name, version(&entry)).unwrap());
        check(&schema, &entry["data"]["detail"], event.kind().name).unwrap();
        count += 1;
    }
    assert!(7 <= count, "only {count} of our events in the vectors");
}

fn read(entry: &Value) -> Event {
    let (data, text) = (&entry["data"], |value: &Value| value.as_str().expect("a text").to_owned());
    let subject = Subject::parse(&text(&entry["subject"])).expect("a subject");
    let reason = data["reason"].as_str();
    let outcome = reason.map_or(Outcome::Success, |reason| Outcome::Failure { reason: reason.into() });
    let sealed = data["sealed"].as_array().into_iter().flatten();
    let personal: Vec<_> = sealed
        .map(|sealed| OpenedPart { field: text(&sealed["field"]), of: Of::Subject, value: Personal::Erased })
        .collect();
    event::read(Stored {
        name: &text(&entry["type"]),
        version: version(entry),
        subject: &subject,
        outcome: &outcome,
        detail: data["detail"].clone(),
        personal: &personal,
    })
    .unwrap_or_else(|error| panic!("{entry}: {error}"))
}

fn version(entry: &Value) -> u32 {
    let schema = entry["dataschema"].as_str().expect("a text");
    schema.rsplit('/').next().and_then(|version| version.parse().ok()).expect("a version")
}
