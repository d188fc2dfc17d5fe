//! Stored shapes are frozen: what a golden file holds is written like that today and can be read for ever.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use domain::event::{self, Event};
use ledger::vocabulary::{Of, OpenedPart, Outcome, Personal, Recorded, Stored, Subject};
use serde_json::{Value, json};

use crate::json_schema::check;
use crate::samples::{Sample, older, samples};
use crate::schemas::parsed;
use crate::{blessing, files_below, here};

#[test]
fn every_event_is_written_as_its_golden_file_says() {
    for sample in samples() {
        let (path, written) = (path_of(&sample), text(&frozen(&sample)));
        // A missing file may be made; one that is there is never changed: a new shape is a new version.
        if blessing() && !path.exists() {
            fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("the directory can be made");
            fs::write(&path, &written).expect("the file can be written");
        }
        let golden = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(golden, written, "{} is frozen: another shape is another version", path.display());
    }
}

#[test]
fn every_golden_file_reads_as_the_event_that_it_froze() {
    let newest = samples().into_iter().map(|sample| (sample.event.kind().version, sample));
    let samples: Vec<_> = newest.chain(older()).collect();
    for (path, golden) in goldens() {
        let case = path.file_stem().unwrap().to_str().unwrap();
        let named = |(version, sample): &&(u32, Sample)| {
            sample.case == case && golden["type"] == sample.event.kind().name && golden["version"] == *version
        };
        let (_, sample) = samples.iter().find(named).unwrap_or_else(|| panic!("{}: no such sample", path.display()));
        assert_eq!(read(&golden), sample.event, "{}", path.display());
    }
}

#[test]
fn every_golden_file_holds_to_the_schema_of_its_version() {
    for (path, golden) in goldens() {
        let schema = event::schema(golden["type"].as_str().unwrap(), version(&golden)).unwrap();
        check(&parsed(schema), &golden["detail"], &path.display().to_string()).unwrap();
    }
}

#[test]
fn every_version_of_every_kind_has_a_golden_file() {
    let versions: BTreeSet<_> = event::schemas().map(|(name, version, _)| (name.to_owned(), version)).collect();
    let frozen =
        goldens().into_iter().map(|(_, golden)| (golden["type"].as_str().unwrap().to_owned(), version(&golden)));
    assert_eq!(versions, frozen.collect());
}

#[test]
fn what_is_personal_stands_neither_in_detail_nor_in_a_serialised_event() {
    for sample in samples() {
        let event = &sample.event;
        let open = [event.detail().to_string(), serialised(event), format!("{event:?}")];
        for part in event.personal() {
            assert!(open.iter().all(|text| !text.contains(&part.plaintext)), "{} of {}", part.field, event.kind());
        }
    }
}

#[test]
fn an_event_whose_data_key_is_gone_still_reads() {
    for sample in samples() {
        let golden = frozen(&sample);
        let mut sealed = opened(&golden);
        for part in &mut sealed {
            part.value = Personal::Erased;
        }
        let event = read_with(&golden, &sealed);
        assert_eq!(event.detail(), sample.event.detail());
        assert!(event.personal().is_empty(), "there is nothing left to seal");
    }
}

/// As the framework keeps it; what has no state is never kept.
fn serialised(event: &Event) -> String {
    match event {
        Event::AccessGrant(event) => serde_json::to_string(event),
        Event::Organisation(event) => serde_json::to_string(event),
        Event::Member(event) => serde_json::to_string(event),
        Event::Engagement(event) => serde_json::to_string(event),
        Event::Evidence(event) => serde_json::to_string(event),
        Event::Record(event) => serde_json::to_string(event),
        Event::Activity(_) | Event::Credential(_) => Ok(String::new()),
    }
    .expect("an event serialises")
}

/// All golden files, of all versions.
fn goldens() -> Vec<(PathBuf, Value)> {
    let parse = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("the file can be read");
        (path, serde_json::from_str(&text).expect("a golden file is JSON"))
    };
    files_below(&here("golden")).into_iter().map(parse).collect()
}

fn version(golden: &Value) -> u32 {
    golden["version"].as_u64().and_then(|version| u32::try_from(version).ok()).expect("a version")
}

fn path_of(sample: &Sample) -> PathBuf {
    here(&format!("golden/{}/{}.json", sample.event.kind(), sample.case))
}

fn frozen(sample: &Sample) -> Value {
    let event = &sample.event;
    let (outcome, reason) = match event.outcome() {
        Outcome::Success => ("success", Value::Null),
        Outcome::Failure { reason } => ("failure", Value::from(reason.as_str())),
    };
    let sealed: Vec<_> = event
        .personal()
        .iter()
        .map(|part| {
            json!({
                "field": part.field, "of": part.of.as_str(), "person": part.person, "plaintext": part.plaintext,
            })
        })
        .collect();
    json!({
        "type": event.kind().name,
        "version": event.kind().version,
        "stream": sample.stream.as_str(),
        "subject": event.subject(&sample.stream).as_str(),
        "outcome": outcome,
        "reason": reason,
        "detail": event.detail(),
        "sealed": sealed,
    })
}

fn text(golden: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(golden).expect("a value has a text"))
}

fn read(golden: &Value) -> Event {
    read_with(golden, &opened(golden))
}

fn read_with(golden: &Value, personal: &[OpenedPart]) -> Event {
    let subject = Subject::parse(golden["subject"].as_str().expect("a text")).expect("a subject");
    let reason = golden["reason"].as_str();
    let outcome = reason.map_or(Outcome::Success, |reason| Outcome::Failure { reason: reason.into() });
    event::read(Stored {
        name: golden["type"].as_str().expect("a text"),
        version: version(golden),
        subject: &subject,
        outcome: &outcome,
        detail: golden["detail"].clone(),
        personal,
    })
    .expect("a golden event reads")
}

fn opened(golden: &Value) -> Vec<OpenedPart> {
    let part = |part: &Value| OpenedPart {
        field: part["field"].as_str().expect("a text").to_owned(),
        of: part["of"].as_str().and_then(Of::parse).expect("actor or subject"),
        value: Personal::Known(part["plaintext"].as_str().expect("a text").to_owned()),
    };
    golden["sealed"].as_array().expect("an array").iter().map(part).collect()
}
