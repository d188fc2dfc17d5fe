//! One event of every kind, and of every form that a kind can take.

mod credential;
mod engagement;
mod member;
mod organisation;

use domain::access_grant::{
    AccessExpired, AccessGrantEvent, AccessGranted, AccessRevoked, Bundle, InviteAccepted, Link, Resource, Scope,
};
use domain::activity::{self, ActivityEvent, File, Refusal};
use domain::event::Event;
use domain::name::{GrantId, PersonId, Sha256};
use domain::note::Note;
use domain::person::{Email, Firm, PersonName};
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
    samples.extend(organisation::samples());
    samples.extend(member::samples());
    samples.extend(credential::samples());
    samples.extend(engagement::samples());
    samples
}

fn access_grant() -> Vec<Sample> {
    let stream = domain::access_grant::AccessGrant::stream(&grant());
    let sample = |case, event| Sample { case, stream: stream.clone(), event: Event::AccessGrant(event) };
    vec![
        sample("bundle", AccessGrantEvent::AccessGranted(of_bundle())),
        sample("custom", AccessGrantEvent::AccessGranted(of_choice())),
        sample("first", AccessGrantEvent::InviteAccepted(InviteAccepted { link: Link::First })),
        sample("noted", AccessGrantEvent::AccessRevoked(AccessRevoked { note: Some(note()), sessions_ended: 2 })),
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

/// The member whom the samples are about.
fn person() -> PersonId {
    PersonId::parse("018f3b7e-0000-7000-8000-00000000d001").expect("an id")
}

fn note() -> Note {
    Note::parse("Audit is over.\nThank you – 監査終了").expect("a note")
}

fn instant() -> Timestamp {
    Timestamp::parse("2026-12-22T09:00:01.000000Z").expect("a time")
}

fn sha256(digit: char) -> Sha256 {
    Sha256::parse(&digit.to_string().repeat(64)).expect("a hash")
}
