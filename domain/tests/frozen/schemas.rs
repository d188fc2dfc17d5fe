//! The schemas that are served at `/schemas/<type>/<version>` say what is written, and no more.

use std::collections::BTreeSet;
use std::fs;

use domain::event::{self, Description};
use ledger::vocabulary::Recorded;
use serde_json::{Value, json};

use crate::json_schema::check;
use crate::samples::{Sample, samples};
use crate::{files_below, here};

#[test]
fn every_event_holds_to_its_schema() {
    for Sample { case, event, .. } in samples() {
        let schema = parsed(event::schema(event.kind().name, event.kind().version).unwrap());
        check(&schema, &event.detail(), &format!("{} {case}", event.kind())).unwrap();
    }
}

#[test]
fn a_detail_with_a_member_less_or_more_breaks_its_schema() {
    for Sample { event, .. } in samples() {
        let schema = parsed(event::schema(event.kind().name, event.kind().version).unwrap());
        let detail = event.detail();
        let mut more = detail.clone();
        more["another"] = json!(1);
        assert!(check(&schema, &more, "more").is_err(), "{}", event.kind());
        for name in schema["required"].as_array().unwrap() {
            let mut less = detail.clone();
            less.as_object_mut().unwrap().remove(name.as_str().unwrap());
            assert!(check(&schema, &less, "less").is_err(), "{} without {name}", event.kind());
        }
    }
}

#[test]
fn every_property_of_a_schema_is_written_by_some_event() {
    for Description { kind, schema, .. } in event::descriptions() {
        let schema = parsed(schema);
        let described: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let of_kind = samples().into_iter().filter(|sample| sample.event.kind() == *kind);
        let written = of_kind.flat_map(|sample| sample.event.detail().as_object().unwrap().clone());
        assert_eq!(described, written.map(|(name, _)| name).collect(), "{kind}");
    }
}

#[test]
fn every_schema_says_what_it_is_of_and_what_it_means() {
    for (name, version, schema) in event::schemas() {
        let schema = parsed(schema);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["title"], format!("{name}, version {version}"));
        assert_described(name, &schema);
    }
}

#[test]
fn every_schema_file_is_served() {
    let served = event::schemas().map(|(name, version, _)| here(&format!("schemas/{name}/{version}.json")));
    let files = files_below(&here("schemas"));
    assert_eq!(files, served.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
    for path in files {
        let name = path.parent().and_then(|dir| dir.file_name()).unwrap().to_str().unwrap();
        let version = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        assert_eq!(event::schema(name, version), Some(fs::read_to_string(&path).unwrap().as_str()));
    }
    assert_eq!(event::schema("auditor.access.granted", 99), None);
    assert_eq!(event::schema("auditor.access", 1), None);
}

/// An object says what it is, and so does each of its members.
fn assert_described(name: &str, schema: &Value) {
    assert!(schema["description"].as_str().is_some_and(|text| text.ends_with('.')), "{name}: {schema}");
    for property in schema["properties"].as_object().into_iter().flat_map(|properties| properties.values()) {
        assert_described(name, property);
    }
}

pub(crate) fn parsed(schema: &str) -> Value {
    serde_json::from_str(schema).expect("a schema is JSON")
}
