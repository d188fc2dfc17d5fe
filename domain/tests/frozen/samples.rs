//! One event of every kind, and of every form that a kind can take.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use domain::access_grant::{
    AccessExpired, AccessGrantEvent, AccessGranted, AccessRevoked, Bundle, InviteAccepted, Link, Resource, Scope,
};
use domain::activity::{self, ActivityEvent, File, Refusal};
use domain::date::Date;
use domain::event::Event;
use domain::evidence::{
    Controls, Evidence, EvidenceDescription, EvidenceEvent, EvidenceFile, EvidenceRevised, EvidenceWithdrawn, FileName,
    MediaType, Metadata,
};
use domain::name::{EngagementId, EvidenceId, GrantId, PersonId, Sha256};
use domain::note::Note;
use domain::person::{Email, Firm, PersonName};
use domain::record::{Body, Content, FieldName, FieldText, Parts, Record, RecordEvent, RecordWithdrawn, Reference};
use domain::text::{Label, Title};
use ledger::vocabulary::{Personal, Subject, Timestamp};

/// An event, its name among those of its kind, and the stream it stands in.
pub(crate) struct Sample {
    pub(crate) case: &'static str,
    pub(crate) stream: Subject,
    pub(crate) event: Event,
}

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = access_grant();
    samples.extend(activity());
    samples.extend(evidence());
    samples.extend(record());
    samples
}

fn access_grant() -> Vec<Sample> {
    let stream = domain::access_grant::AccessGrant::stream(&grant());
    let sample = |case, event| Sample { case, stream: stream.clone(), event: Event::AccessGrant(event) };
    let note = Note::parse("Audit is over.\nThank you – 監査終了").expect("a note");
    vec![
        sample("bundle", AccessGrantEvent::AccessGranted(of_bundle())),
        sample("custom", AccessGrantEvent::AccessGranted(of_choice())),
        sample("first", AccessGrantEvent::InviteAccepted(InviteAccepted { link: Link::First })),
        sample("noted", AccessGrantEvent::AccessRevoked(AccessRevoked { note: Some(note), sessions_ended: 2 })),
        sample("silent", AccessGrantEvent::AccessRevoked(AccessRevoked { note: None, sessions_ended: 0 })),
        sample("swept", AccessGrantEvent::AccessExpired(AccessExpired { expires_at: instant(), sessions_ended: 1 })),
    ]
}

fn activity() -> Vec<Sample> {
    let sample = |case, event: ActivityEvent| Sample { case, stream: event.stream(), event: Event::Activity(event) };
    let record = activity::record(Resource::Controls, "CC6.1").expect("a record");
    let evidence = activity::evidence("018f3b7e-0000-7000-8000-00000000f001").expect("a file");
    let file = File { bytes: 18_231, sha256: sha256('e') };
    let viewed = |outcome| ActivityEvent::RecordViewed { grant: grant(), record: record.clone(), outcome };
    let downloaded =
        |outcome| ActivityEvent::EvidenceDownloaded { grant: grant(), evidence: evidence.clone(), outcome };
    vec![
        sample("shown", viewed(Ok(()))),
        sample("refused", viewed(Err(Refusal::GrantRevoked))),
        sample("handed_out", downloaded(Ok(file))),
        sample("refused", downloaded(Err(Refusal::NotPermitted))),
    ]
}

fn evidence() -> Vec<Sample> {
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

fn record() -> Vec<Sample> {
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

fn of_bundle() -> AccessGranted {
    let (bundle, capabilities, resources) = Scope::of_bundle(Bundle::Compliance).expect("a bundle").into_parts();
    AccessGranted {
        bundle,
        capabilities,
        expires_at: instant(),
        firm: Firm::parse("Prüfer & Söhne").expect("a firm"),
        person: PersonId::parse("018f3b7e-0000-7000-8000-00000000c001").expect("an id"),
        resources,
        token_sha256: Some(sha256('5')),
        email: Personal::Known(Email::parse("ada@example.org").expect("an address")),
        name: Some(Personal::Known(PersonName::parse("Ada Prüfer").expect("a name"))),
    }
}

fn of_choice() -> AccessGranted {
    let scope = Scope::custom(["view", "download"], ["evidence", "controls"]).expect("a scope");
    let (bundle, capabilities, resources) = scope.into_parts();
    AccessGranted { bundle, capabilities, resources, token_sha256: None, name: None, ..of_bundle() }
}

fn grant() -> GrantId {
    GrantId::parse("018f3b7e-0000-7000-8000-00000000a001").expect("an id")
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).expect("a reference")
}

fn title(text: &str) -> Title {
    Title::parse(text).expect("a title")
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn instant() -> Timestamp {
    Timestamp::parse("2026-12-22T09:00:01.000000Z").expect("a time")
}

fn sha256(digit: char) -> Sha256 {
    Sha256::parse(&digit.to_string().repeat(64)).expect("a hash")
}
