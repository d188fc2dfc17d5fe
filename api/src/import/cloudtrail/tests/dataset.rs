//! Every record at hand maps: the sample that ships with the service, and a large set of real ones where it is present.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pseudonyms;
use crate::import::Format;
use crate::import::cloudtrail::map;
use crate::import::files;
use crate::import::reader;
use crate::import::records::{Raw, Records};
use crate::ingest::AuditEvent;

/// The records of some files with the events that they give.
fn mapped(paths: &[PathBuf]) -> Vec<(Value, AuditEvent)> {
    let files = files::find(paths, Format::Cloudtrail).unwrap();
    let records = files.iter().flat_map(|file| Records::new(std::fs::File::open(&file.path).unwrap()));
    let mapped = records.map(|raw| {
        let Raw::Text(text) = raw.unwrap() else { panic!("a record that is too long") };
        let record = reader::read(&text).unwrap();
        let event = map(&record, String::from_utf8(text).unwrap(), &pseudonyms()).unwrap();
        (record, event)
    });
    mapped.collect()
}

pub(super) fn sample() -> Vec<(Value, AuditEvent)> {
    mapped(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/cloudtrail.json")])
}

/// 2,122 real records, which are not part of the project.
pub(super) fn real() -> Option<Vec<(Value, AuditEvent)>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cloudtrail");
    if !directory.is_dir() {
        println!("skipped: {} is not there", directory.display());
        return None;
    }
    Some(mapped(&[directory]))
}

#[test]
fn every_record_of_the_sample_maps() {
    let events = sample();
    assert_eq!(events.len(), 42);
    let types: std::collections::BTreeSet<_> = events.iter().map(|(_, event)| event.event_type.as_str()).collect();
    assert!(types.contains("aws_devops_guru.search_insights"), "{types:?}");
}

#[test]
fn the_sample_shows_failures_services_resources_and_a_number_with_a_fraction() {
    let events: Vec<_> = sample().into_iter().map(|(_, event)| event).collect();
    let some = |test: fn(&AuditEvent) -> bool| events.iter().any(test);
    assert!(some(|event| event.outcome.as_str() == "failure"));
    assert!(some(|event| event.actor.kind == ledger::entry::ActorType::Service));
    assert!(some(|event| event.subject.as_str().starts_with("aws_s3_bucket/")));
    assert!(some(|event| event.actor.role.as_deref() == Some("root")));
    assert!(some(|event| event.detail["request"]["StartTimeRange"]["FromTime"] == "1772010045.5"));
}

#[test]
fn every_real_record_maps() {
    let Some(events) = real() else { return };
    assert_eq!(events.len(), 2_122);
}
