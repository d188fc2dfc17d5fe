//! One event of every kind, and of every form that a kind can take.

mod access_grant;
mod activity;
mod credential;
mod engagement;
mod evidence;
mod member;
mod organisation;
mod record;

use domain::date::Date;
use domain::event::Event;
use domain::name::{EmailHash, GrantId, PersonId, Sha256};
use domain::note::Note;
use domain::record::Reference;
use domain::tally::Tally;
use domain::text::{Label, Title};
use ledger::vocabulary::{Subject, Timestamp};

/// An event, its name among those of its kind, and the stream it stands in.
pub(crate) struct Sample {
    pub(crate) case: &'static str,
    pub(crate) stream: Subject,
    pub(crate) event: Event,
}

pub(crate) fn samples() -> Vec<Sample> {
    let vocabularies = [
        access_grant::samples(),
        activity::samples(),
        organisation::samples(),
        member::samples(),
        credential::samples(),
        engagement::samples(),
        evidence::samples(),
        record::samples(),
    ];
    vocabularies.into_iter().flatten().collect()
}

/// What was written in older versions reads as these, by the version that it was written in.
pub(crate) fn older() -> Vec<(u32, Sample)> {
    access_grant::older()
}

fn grant() -> GrantId {
    GrantId::parse("018f3b7e-0000-7000-8000-00000000a001").expect("an id")
}

/// The member whom the samples are about.
fn person() -> PersonId {
    PersonId::parse("018f3b7e-0000-7000-8000-00000000d001").expect("an id")
}

/// Of an auditor.
fn email_hash() -> EmailHash {
    EmailHash::parse("0f1e2d3c4b5a6978").expect("a hash")
}

fn note() -> Note {
    Note::parse("Audit is over.\nThank you – 監査終了").expect("a note")
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

fn tally() -> Tally {
    let again = Timestamp::parse("2026-12-22T09:09:58.250000Z").expect("a time");
    Tally::one(instant()).and(Tally::one(again)).and(Tally::one(again))
}

fn sha256(digit: char) -> Sha256 {
    Sha256::parse(&digit.to_string().repeat(64)).expect("a hash")
}
