//! Of a piece of evidence.

use std::num::NonZeroU32;

use domain::event::Event;
use domain::evidence::{
    Controls, Evidence, EvidenceDescription, EvidenceEvent, EvidenceFile, EvidenceRevised, EvidenceWithdrawn, FileName,
    MediaType, Metadata,
};
use domain::name::{EngagementId, EvidenceId};
use domain::note::Note;

use super::{Sample, date, label, reference, sha256, title};

pub(super) fn samples() -> Vec<Sample> {
    let id = EvidenceId::parse("018f3b7e-0000-7000-8000-00000000f001").expect("an id");
    let sample = |case, event| Sample { case, stream: Evidence::stream(&id), event: Event::Evidence(event) };
    let revised = |revision| EvidenceRevised { file: evidence_file(), revision };
    let note = Note::parse("Of another quarter").expect("a note");
    vec![
        sample("bare", EvidenceEvent::EvidenceAdded(bare_metadata())),
        sample("full", EvidenceEvent::EvidenceAdded(full_metadata())),
        sample("full", EvidenceEvent::EvidenceChanged(full_metadata())),
        sample("first", EvidenceEvent::EvidenceRevised(revised(NonZeroU32::MIN))),
        sample("noted", EvidenceEvent::EvidenceWithdrawn(EvidenceWithdrawn { note: Some(note) })),
        sample("silent", EvidenceEvent::EvidenceWithdrawn(EvidenceWithdrawn { note: None })),
    ]
}

fn bare_metadata() -> Metadata {
    Metadata {
        controls: Controls::default(),
        description: None,
        effective_on: date("2026-03-31"),
        engagement: None,
        owner: None,
        reviewed_on: None,
        title: title("Access review, first quarter"),
        vendor: None,
    }
}

fn full_metadata() -> Metadata {
    let controls = ["CC6.2", "CC6.1"].map(reference);
    let description = EvidenceDescription::parse("Who had access to what,\n\tand who said so – 監査").expect("a text");
    Metadata {
        controls: Controls::new(controls).expect("two"),
        description: Some(description),
        engagement: Some(EngagementId::parse("018f3b7e-0000-7000-8000-00000000e001").expect("an id")),
        owner: Some(label("Security Team")),
        reviewed_on: Some(date("2026-04-15")),
        vendor: Some(reference("acme-cloud")),
        ..bare_metadata()
    }
}

fn evidence_file() -> EvidenceFile {
    EvidenceFile {
        bytes: 48_211,
        media_type: MediaType::parse("application/pdf").expect("a media type"),
        name: FileName::parse("Zugriffsprüfung 2026-Q1.pdf").expect("a name"),
        sha256: sha256('f'),
    }
}
