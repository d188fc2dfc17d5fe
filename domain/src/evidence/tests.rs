//! Given what has happened, when something is asked, then this happens or is refused.

use cqrs_es::DomainEvent;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use ledger::vocabulary::{Actor, ActorType, Recorded, Timestamp};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::date::Date;
use crate::name::Sha256;
use crate::record::Reference;
use crate::text::Title;

#[test]
fn evidence_begins_without_a_file() {
    given(vec![]).when(Command::Add(metadata("Review"))).then_expect_events(vec![added()]);
    let evidence = replay(vec![added()]);
    assert_eq!(evidence.live().unwrap().newest(), None, "no evidence attached");
    assert_eq!(evidence.file_at(1), None);
}

#[test]
fn evidence_that_begins_with_its_file_is_what_two_commands_would_have_made() {
    let begun = Evidence::begun(metadata("Review"), None);
    assert_eq!(begun, [added()]);
    let EvidenceEvent::EvidenceRevised(first) = revised(1, 'a') else { panic!("a revision") };
    assert_eq!(Evidence::begun(metadata("Review"), Some(first.file.clone())), [added(), revised(1, 'a')]);
    let second = replay(vec![added()]).decide(Command::Revise(first.file));
    assert_eq!(second, Ok(revised(1, 'a')));
}

#[rstest]
#[case::live(vec![added()])]
#[case::withdrawn(vec![added(), withdrawn()])]
fn evidence_is_not_added_twice_in_one_stream(#[case] before: Vec<EvidenceEvent>) {
    given(before).when(Command::Add(metadata("Another"))).then_expect_error(EvidenceError::AlreadyAdded);
}

#[test]
fn something_else_is_said_of_evidence() {
    let changed = EvidenceEvent::EvidenceChanged(metadata("Review, first quarter"));
    let asked = Command::Change(metadata("Review, first quarter"));
    given(vec![added(), revised(1, 'a')]).when(asked).then_expect_events(vec![changed.clone()]);
    let evidence = replay(vec![added(), revised(1, 'a'), changed]);
    let held = evidence.live().unwrap();
    assert_eq!(held.metadata.title.as_str(), "Review, first quarter");
    assert!(held.newest().is_some(), "its file stays");
}

#[test]
fn saying_the_same_of_evidence_changes_nothing() {
    given(vec![added()]).when(Command::Change(metadata("Review"))).then_expect_error(EvidenceError::NothingChanged);
}

#[test]
fn every_file_is_a_revision_and_none_goes_away() {
    given(vec![added()]).when(Command::Revise(file('a'))).then_expect_events(vec![revised(1, 'a')]);
    given(vec![added(), revised(1, 'a')]).when(Command::Revise(file('b'))).then_expect_events(vec![revised(2, 'b')]);
    let evidence = replay(vec![added(), revised(1, 'a'), revised(2, 'b'), revised(3, 'a')]);
    let hashes = [1, 2, 3].map(|revision| evidence.file_at(revision).unwrap().sha256.clone());
    assert_eq!(hashes, [file('a').sha256, file('b').sha256, file('a').sha256]);
    assert_eq!((evidence.file_at(0), evidence.file_at(4), evidence.file_at(u32::MAX)), (None, None, None));
    assert_eq!(evidence.live().unwrap().newest(), Some((NonZeroU32::new(3).unwrap(), &file('a'))));
}

#[test]
fn attaching_the_newest_file_again_changes_nothing() {
    let refused = EvidenceError::NothingChanged;
    given(vec![added(), revised(1, 'a')]).when(Command::Revise(file('a'))).then_expect_error(refused);
    let renamed = EvidenceFile { name: FileName::parse("other.pdf").unwrap(), ..file('a') };
    let evidence = replay(vec![added(), revised(1, 'a')]);
    assert!(evidence.decide(Command::Revise(renamed)).is_ok(), "under another name it is another revision");
}

#[test]
fn evidence_has_a_thousand_revisions_at_most() {
    let mut evidence = replay(vec![added()]);
    for revision in 1..=1_000 {
        let event = evidence.decide(Command::Revise(file(if revision % 2 == 0 { 'a' } else { 'b' }))).unwrap();
        evidence.apply(event);
    }
    assert_eq!(evidence.decide(Command::Revise(file('c'))), Err(EvidenceError::TooManyRevisions));
}

#[test]
fn withdrawn_evidence_hands_out_nothing_and_keeps_what_was_recorded() {
    given(vec![added(), revised(1, 'a')]).when(withdraw()).then_expect_events(vec![withdrawn()]);
    let evidence = replay(vec![added(), revised(1, 'a'), withdrawn()]);
    assert_eq!((evidence.file_at(1), evidence.live()), (None, None));
    assert_eq!(evidence.held().unwrap().file_at(1), Some(&file('a')));
}

#[rstest]
#[case::never_added(vec![], EvidenceError::NotAdded)]
#[case::withdrawn(vec![added(), withdrawn()], EvidenceError::AlreadyWithdrawn)]
fn evidence_that_is_not_live_stays_as_it_is(#[case] before: Vec<EvidenceEvent>, #[case] refused: EvidenceError) {
    for asked in [Command::Change(metadata("Other")), Command::Revise(file('b')), withdraw()] {
        assert_eq!(replay(before.clone()).decide(asked), Err(refused));
    }
}

#[test]
fn every_state_is_reached_by_its_events() {
    assert_eq!(replay(vec![]).state(), "absent");
    assert_eq!(replay(vec![added(), revised(1, 'a')]).state(), "live");
    assert_eq!(replay(vec![added(), withdrawn()]).state(), "withdrawn");
    assert_eq!(replay(vec![revised(1, 'a'), withdrawn()]).state(), "absent", "without metadata there is no evidence");
}

#[rstest]
#[case("access review 2026-Q1.pdf")]
#[case("監査.pdf")]
#[case(".env")]
#[case("a:b|c?.txt")]
#[case(&"é".repeat(255))]
fn a_files_name_is_taken_as_it_is_given(#[case] name: &str) {
    assert_eq!(FileName::parse(name).unwrap().as_str(), name);
}

#[rstest]
#[case("", FileNameError::Length { chars: 0 })]
#[case(&"é".repeat(256), FileNameError::Length { chars: 256 })]
#[case("../../etc/passwd", FileNameError::Path)]
#[case("C:\\secrets.txt", FileNameError::Path)]
#[case(".", FileNameError::Path)]
#[case("..", FileNameError::Path)]
#[case("a\r\nSet-Cookie: b", FileNameError::Control)]
#[case("a\0", FileNameError::Control)]
fn a_name_that_is_no_files_is_refused(#[case] name: &str, #[case] error: FileNameError) {
    assert_eq!(FileName::parse(name), Err(error));
}

#[rstest]
#[case("application/pdf", true)]
#[case("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true)]
#[case("image/svg+xml", true)]
#[case("text/plain; charset=utf-8", false)]
#[case("Text/Plain", false)]
#[case("text", false)]
#[case("text/", false)]
#[case("/plain", false)]
#[case("text/html/x", false)]
#[case("text/html\r\n", false)]
fn a_media_type_is_two_words_in_lower_case(#[case] text: &str, #[case] holds: bool) {
    assert_eq!(MediaType::parse(text).is_ok(), holds);
    assert_eq!(MediaType::parse(MediaType::unknown().as_str()), Ok(MediaType::unknown()));
}

#[test]
fn evidence_is_for_a_hundred_controls_at_most() {
    let reference = |number| Reference::parse(&format!("CC{number}")).unwrap();
    assert!(Controls::new((0..100).map(reference)).is_ok());
    assert_eq!(Controls::new((0..101).map(reference)), Err(ControlsError { count: 101 }));
    assert_eq!(Controls::new([reference(1), reference(1)]).unwrap().iter().count(), 1);
}

#[test]
fn recorded_controls_out_of_order_or_empty_are_not_read() {
    let read = |controls| {
        let mut detail = added().detail();
        detail["controls"] = controls;
        serde_json::from_value::<Metadata>(detail).is_ok()
    };
    assert!(read(json!(["CC6.1", "CC6.2"])));
    assert!(!read(json!(["CC6.2", "CC6.1"])));
    assert!(!read(json!([])));
    assert!(!read(json!(["a b"])));
}

#[test]
fn a_revision_is_counted_from_one() {
    let mut detail = revised(1, 'a').detail();
    assert!(serde_json::from_value::<EvidenceRevised>(detail.clone()).is_ok());
    detail["revision"] = json!(0);
    assert!(serde_json::from_value::<EvidenceRevised>(detail).is_err());
}

#[test]
fn the_framework_sees_the_frozen_name_and_version() {
    let event = added();
    assert_eq!((event.event_type().as_str(), event.event_version().as_str()), ("evidence.added", "1"));
}

fn given(events: Vec<EvidenceEvent>) -> AggregateTestExecutor<Evidence> {
    let actor = Actor { kind: ActorType::ApiKey, id: "018f3b7e-0000-7000-8000-00000000b001".into(), role: None };
    TestFramework::with(Ctx::of(actor, Timestamp::EPOCH)).given(events)
}

fn replay(events: Vec<EvidenceEvent>) -> Evidence {
    let mut evidence = Evidence::default();
    for event in events {
        evidence.apply(event);
    }
    evidence
}

fn added() -> EvidenceEvent {
    EvidenceEvent::EvidenceAdded(metadata("Review"))
}

fn revised(revision: u32, digit: char) -> EvidenceEvent {
    let revision = NonZeroU32::new(revision).unwrap();
    EvidenceEvent::EvidenceRevised(EvidenceRevised { file: file(digit), revision })
}

fn withdrawn() -> EvidenceEvent {
    EvidenceEvent::EvidenceWithdrawn(EvidenceWithdrawn { note: Some(Note::parse("Wrong quarter").unwrap()) })
}

fn withdraw() -> Command {
    Command::Withdraw { note: Some(Note::parse("Wrong quarter").unwrap()) }
}

fn metadata(title: &str) -> Metadata {
    Metadata {
        controls: Controls::default(),
        description: None,
        effective_on: Date::parse("2026-03-31").unwrap(),
        engagement: None,
        owner: None,
        reviewed_on: None,
        title: Title::parse(title).unwrap(),
        vendor: None,
    }
}

fn file(digit: char) -> EvidenceFile {
    EvidenceFile {
        bytes: 48_211,
        media_type: MediaType::parse("application/pdf").unwrap(),
        name: FileName::parse("review.pdf").unwrap(),
        sha256: Sha256::parse(&digit.to_string().repeat(64)).unwrap(),
    }
}
