//! Of a record of any type.

use std::collections::BTreeMap;

use domain::access_grant::Resource;
use domain::event::Event;
use domain::note::Note;
use domain::record::{Body, Content, FieldName, FieldText, Parts, Record, RecordEvent, RecordWithdrawn};

use super::{Sample, date, label, reference, title};

pub(super) fn samples() -> Vec<Sample> {
    let stream = |resource, text| Record::stream(resource, &reference(text));
    let sample = |case, stream, event| Sample { case, stream, event: Event::Record(event) };
    let note = Note::parse("Merged into CC6.2").expect("a note");
    let withdrawn = |note| RecordEvent::RecordWithdrawn(RecordWithdrawn { note });
    let invoice = stream(Resource::Invoices, "2026/0042");
    let risk = stream(Resource::Risks, "R-042");
    let control = stream(Resource::Controls, "CC6.1");
    vec![
        sample("bare", invoice, RecordEvent::RecordAdded(Content::new(bare_record()).expect("it is short"))),
        sample("full", risk.clone(), RecordEvent::RecordAdded(full_record())),
        sample("full", risk, RecordEvent::RecordChanged(full_record())),
        sample("noted", control.clone(), withdrawn(Some(note))),
        sample("silent", control, withdrawn(None)),
    ]
}

fn bare_record() -> Parts {
    let title = title("Hosting, March");
    Parts { body: None, dates: BTreeMap::new(), fields: BTreeMap::new(), owner: None, status: None, title }
}

fn full_record() -> Content {
    let name = |text: &str| FieldName::parse(text).expect("a name");
    let field = |text: &str| FieldText::parse(text).expect("a text");
    let parts = Parts {
        body: Some(Body::parse("A supplier fails.\n\nThen there is no \"hosting\".").expect("a text")),
        dates: BTreeMap::from([(name("reviewed_on"), date("2026-01-15")), (name("due_on"), date("2026-12-31"))]),
        fields: BTreeMap::from([(name("treatment"), field("mitigate")), (name("likelihood"), field("3"))]),
        owner: Some(label("Risk Office")),
        status: Some(label("open")),
        title: title("A supplier fails"),
    };
    Content::new(parts).expect("it is short")
}
