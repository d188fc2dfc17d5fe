//! Given what has happened, when something is asked, then this happens or is refused.

use std::collections::BTreeMap;

use cqrs_es::DomainEvent;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use ledger::vocabulary::{Actor, ActorType, Recorded, Timestamp};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::date::Date;
use crate::text::{Label, Title};

#[rstest]
#[case::added(Command::Add(content("Access reviews")))]
#[case::imported(Command::Import(content("Access reviews")))]
fn a_record_is_added(#[case] command: Command) {
    given(vec![]).when(command).then_expect_events(vec![added("Access reviews")]);
}

#[test]
fn a_record_that_is_there_is_not_added_again() {
    let refused = RecordError::AlreadyAdded;
    given(vec![added("Access reviews")]).when(Command::Add(content("Another"))).then_expect_error(refused);
}

#[rstest]
#[case::changed(Command::Change(content("Reviews of access")))]
#[case::imported(Command::Import(content("Reviews of access")))]
fn a_record_says_something_else(#[case] command: Command) {
    let changed = RecordEvent::RecordChanged(content("Reviews of access"));
    given(vec![added("Access reviews")]).when(command).then_expect_events(vec![changed]);
}

#[rstest]
#[case::changed(Command::Change(content("Access reviews")))]
#[case::imported(Command::Import(content("Access reviews")))]
fn a_record_that_already_says_that_stays_as_it_is(#[case] command: Command) {
    given(vec![added("Access reviews")]).when(command).then_expect_error(RecordError::NothingChanged);
}

#[test]
fn a_list_imported_twice_changes_nothing_the_second_time() {
    let mut record = Record::default();
    let import = || Command::Import(content("Access reviews"));
    record.apply(record.decide(import()).unwrap());
    assert_eq!(record.decide(import()), Err(RecordError::NothingChanged));
    // Also when what is compared has been written and read since.
    let stored = serde_json::from_value(added("Access reviews").detail()).unwrap();
    assert_eq!(Record::Live(stored).decide(import()), Err(RecordError::NothingChanged));
}

#[rstest]
#[case::changed(Command::Change(content("A")))]
#[case::withdrawn(withdraw())]
fn a_record_that_is_not_there_is_neither_changed_nor_withdrawn(#[case] command: Command) {
    given(vec![]).when(command).then_expect_error(RecordError::NotAdded);
}

#[test]
fn a_record_is_withdrawn_once() {
    given(vec![added("A")]).when(withdraw()).then_expect_events(vec![withdrawn()]);
    given(vec![added("A"), withdrawn()]).when(withdraw()).then_expect_error(RecordError::AlreadyWithdrawn);
}

#[test]
fn a_withdrawn_record_is_not_changed() {
    let given = given(vec![added("A"), withdrawn()]);
    given.when(Command::Change(content("B"))).then_expect_error(RecordError::AlreadyWithdrawn);
}

#[rstest]
#[case::added(Command::Add(content("A")))]
#[case::imported(Command::Import(content("A")))]
fn a_withdrawn_record_comes_back_even_as_it_was(#[case] command: Command) {
    given(vec![added("A"), withdrawn()]).when(command).then_expect_events(vec![added("A")]);
}

#[test]
fn every_state_is_reached_by_its_events() {
    let replay = |events: Vec<RecordEvent>| {
        let mut record = Record::default();
        for event in events {
            record.apply(event);
        }
        record
    };
    assert_eq!(replay(vec![]).state(), "absent");
    assert_eq!(replay(vec![added("A")]).live(), Some(&content("A")));
    let gone = replay(vec![added("A"), withdrawn()]);
    assert_eq!((gone.state(), gone.live(), gone.content()), ("withdrawn", None, Some(&content("A"))));
    assert_eq!(replay(vec![added("A"), withdrawn(), added("B")]).live(), Some(&content("B")));
    assert_eq!(replay(vec![withdrawn()]).state(), "absent", "without content there is no record");
}

#[test]
fn the_longest_reference_fits_a_subject_after_every_type() {
    let longest = Reference::parse(&"x".repeat(REFERENCE_CHARS_MAX)).unwrap();
    for resource in Resource::ALL {
        assert!(Record::stream(*resource, &longest).as_str().starts_with(&format!("record/{resource}/xx")));
    }
    let reference = Reference::parse("2026/0042").unwrap();
    assert_eq!(Record::stream(Resource::Invoices, &reference).as_str(), "record/invoices/2026/0042");
    let viewed = crate::activity::record(Resource::Invoices, reference.as_str()).unwrap();
    assert_eq!(viewed, Record::stream(Resource::Invoices, &reference), "what is viewed is what is recorded");
}

#[rstest]
#[case("", ReferenceError::Length { chars: 0 })]
#[case(&"x".repeat(181), ReferenceError::Length { chars: 181 })]
#[case("a b", ReferenceError::Character)]
#[case("A.5§1", ReferenceError::Character)]
#[case("a?b", ReferenceError::Character)]
#[case("/a", ReferenceError::Part)]
#[case("a/", ReferenceError::Part)]
#[case("a//b", ReferenceError::Part)]
#[case("..", ReferenceError::Part)]
#[case("a/./b", ReferenceError::Part)]
fn a_text_that_is_no_part_of_a_subject_or_address_is_no_reference(#[case] text: &str, #[case] error: ReferenceError) {
    assert_eq!(Reference::parse(text), Err(error));
}

#[rstest]
#[case("a", true)]
#[case("due_on_2", true)]
#[case("", false)]
#[case("2nd", false)]
#[case("_a", false)]
#[case("riskTier", false)]
#[case("größe", false)]
fn a_name_of_a_field_is_a_word(#[case] text: &str, #[case] holds: bool) {
    assert_eq!(FieldName::parse(text).is_ok(), holds);
    assert_eq!(FieldName::parse(&"x".repeat(FIELD_NAME_CHARS_MAX + 1)).ok(), None);
}

#[test]
fn a_record_has_so_many_dates_and_fields_and_no_more() {
    let name = |number: usize| FieldName::parse(&format!("n{number}")).unwrap();
    let date = Date::parse("2026-11-26").unwrap();
    let value = FieldText::parse("x").unwrap();
    let dated = |count| Parts { dates: (0..count).map(|number| (name(number), date)).collect(), ..parts("A") };
    let filled =
        |count| Parts { fields: (0..count).map(|number| (name(number), value.clone())).collect(), ..parts("A") };
    assert!(Content::new(dated(20)).is_ok() && Content::new(filled(50)).is_ok());
    assert_eq!(Content::new(dated(21)), Err(ContentError::Dates { count: 21 }));
    assert_eq!(Content::new(filled(51)), Err(ContentError::Fields { count: 51 }));
}

#[test]
fn a_content_has_so_many_bytes_and_no_more() {
    let body = |count| Parts { body: Some(Body::parse(&"\"".repeat(count)).unwrap()), ..parts("A") };
    assert!(Content::new(body(BODY_CHARS_MAX)).is_ok(), "40,000 bytes with their backslashes");
    let wide = Parts { body: Some(Body::parse(&"監".repeat(BODY_CHARS_MAX)).unwrap()), ..parts("A") };
    assert!(matches!(Content::new(wide), Err(ContentError::TooLarge { bytes }) if 60_000 < bytes));
    let empty = Content::new(parts("A")).unwrap();
    let around = RecordEvent::RecordAdded(empty).detail().to_string().len() + r#","body":"""#.len();
    let rest = CONTENT_BYTES_MAX - around - 40_000;
    let with_field = |length: usize| {
        let mut parts = body(BODY_CHARS_MAX);
        let (whole, last) = (length / FIELD_CHARS_MAX, length % FIELD_CHARS_MAX);
        for (number, chars) in std::iter::repeat_n(FIELD_CHARS_MAX, whole).chain([last.max(1)]).enumerate() {
            parts.fields.insert(
                FieldName::parse(&format!("f{number}")).unwrap(),
                FieldText::parse(&"x".repeat(chars)).unwrap(),
            );
        }
        Content::new(parts)
    };
    assert!(with_field(rest - 100).is_ok());
    assert!(matches!(with_field(rest), Err(ContentError::TooLarge { .. })));
}

#[test]
fn a_recorded_content_beyond_its_bounds_is_not_read() {
    let mut detail = added("A").detail();
    assert!(serde_json::from_value::<Content>(detail.clone()).is_ok());
    detail["fields"] =
        (0..51).map(|number| (format!("n{number}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    assert!(serde_json::from_value::<Content>(detail).is_err());
}

#[test]
fn the_framework_sees_the_frozen_name_and_version() {
    let event = withdrawn();
    assert_eq!((event.event_type().as_str(), event.event_version().as_str()), ("organisation.record.withdrawn", "1"));
}

fn given(events: Vec<RecordEvent>) -> AggregateTestExecutor<Record> {
    let actor = Actor { kind: ActorType::ApiKey, id: "018f3b7e-0000-7000-8000-00000000b001".into(), role: None };
    TestFramework::with(Ctx::of(actor, Timestamp::EPOCH)).given(events)
}

fn added(title: &str) -> RecordEvent {
    RecordEvent::RecordAdded(content(title))
}

fn withdrawn() -> RecordEvent {
    RecordEvent::RecordWithdrawn(RecordWithdrawn { note: Some(Note::parse("Merged into CC6.2").unwrap()) })
}

fn withdraw() -> Command {
    Command::Withdraw { note: Some(Note::parse("Merged into CC6.2").unwrap()) }
}

fn content(title: &str) -> Content {
    let mut parts = parts(title);
    parts.status = Some(Label::parse("implemented").unwrap());
    parts.dates.insert(FieldName::parse("due_on").unwrap(), Date::parse("2026-12-31").unwrap());
    parts.fields.insert(FieldName::parse("framework").unwrap(), FieldText::parse("SOC 2").unwrap());
    Content::new(parts).unwrap()
}

fn parts(title: &str) -> Parts {
    Parts {
        body: None,
        dates: BTreeMap::new(),
        fields: BTreeMap::new(),
        owner: None,
        status: None,
        title: Title::parse(title).unwrap(),
    }
}
