use ledger::vocabulary::{Outcome, Personal, ReadError, Recorded, Stored};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::access_grant::AccessGrant;

const GRANT: &str = "018f3b7e-0000-7000-8000-00000000a001";

#[test]
fn an_act_stands_in_the_stream_of_its_grant() {
    assert_eq!(viewed(Ok(())).stream().as_str(), format!("activity/{GRANT}"));
    assert_eq!(AccessGrant::stream(&grant()).as_str(), format!("access_grant/{GRANT}"));
}

#[test]
fn a_refused_act_is_a_failure_with_its_reason() {
    let event = viewed(Err(Refusal::GrantExpired));
    assert_eq!(event.outcome(), Outcome::Failure { reason: "grant_expired".into() });
    assert_eq!(event.detail(), json!({ "grant": GRANT }));
}

#[test]
fn a_subject_names_the_type_of_record_and_its_id() {
    assert_eq!(record(Resource::Controls, "CC6.1").unwrap().as_str(), "record/controls/CC6.1");
    assert_eq!(evidence("a/b").unwrap().as_str(), "evidence/a/b");
}

#[rstest]
#[case("")]
#[case("ada@example.org")]
#[case("a b")]
fn an_id_that_no_subject_can_have_is_refused(#[case] id: &str) {
    assert!(record(Resource::Controls, id).is_err());
    assert!(evidence(id).is_err());
}

#[test]
fn an_id_as_long_as_a_subject_can_be_is_taken() {
    let room = Subject::ID_CHARACTERS_MAX - "controls/".len();
    assert!(record(Resource::Controls, &"x".repeat(room)).is_ok());
    assert!(record(Resource::Controls, &"x".repeat(room + 1)).is_err());
}

#[test]
fn a_download_without_its_file_or_a_refusal_with_one_does_not_read() {
    let file = json!({ "bytes": 1, "grant": GRANT, "sha256": "0".repeat(64) });
    let bare = json!({ "grant": GRANT });
    let failure = Outcome::Failure { reason: "not_permitted".into() };
    let is_shape = |detail, outcome| matches!(read(detail, outcome, "evidence/1"), Err(ReadError::Shape { .. }));
    assert!(read(file.clone(), &Outcome::Success, "evidence/1").is_ok());
    assert!(read(bare.clone(), &failure, "evidence/1").is_ok());
    assert!(is_shape(bare, &Outcome::Success));
    assert!(is_shape(file.clone(), &failure));
    assert!(is_shape(json!({ "bytes": 1, "grant": GRANT }), &Outcome::Success));
    let elsewhere = read(file, &Outcome::Success, "record/evidence/1");
    assert!(matches!(elsewhere, Err(ReadError::Subject { .. })));
}

#[test]
fn an_export_without_its_table_or_a_refusal_with_one_does_not_read() {
    let table = json!({ "bytes": 1, "grant": GRANT, "rows": 0, "sha256": "0".repeat(64) });
    let bare = json!({ "grant": GRANT });
    let failure = Outcome::Failure { reason: "not_permitted".into() };
    let read = |detail, outcome, subject| read_as("auditor.records.exported", detail, outcome, subject);
    let is_shape = |detail, outcome| matches!(read(detail, outcome, "records/risks"), Err(ReadError::Shape { .. }));
    assert!(read(table.clone(), &Outcome::Success, "records/risks").is_ok());
    assert!(read(bare.clone(), &failure, "records/risks").is_ok());
    assert!(is_shape(bare, &Outcome::Success));
    assert!(is_shape(table.clone(), &failure));
    for elsewhere in ["records/payroll", "record/risks", "records/risks/1"] {
        let read = read(table.clone(), &Outcome::Success, elsewhere);
        assert!(matches!(read, Err(ReadError::Subject { .. })), "{elsewhere}");
    }
}

#[test]
fn all_records_of_a_type_are_named_by_another_word_than_one_of_them() {
    assert_eq!(records(Resource::Controls).as_str(), "records/controls");
    assert_eq!(record(Resource::Controls, "all").unwrap().as_str(), "record/controls/all");
}

#[test]
fn an_attempt_without_a_grant_stands_apart() {
    let attempt =
        |grant| ActivityEvent::AcceptAttempted { grant, email_hash: None, outcome: Err(Refusal::TokenUnknown) };
    let unknown = attempt(None);
    assert_eq!(unknown.stream().as_str(), "activity/unknown");
    assert_eq!(unknown.subject(&unknown.stream()).as_str(), "access_grant/unknown");
    assert_eq!(unknown.detail(), json!({}));
    let known = attempt(Some(grant()));
    assert_eq!(known.stream(), stream(&grant()));
    assert_eq!(known.subject(&known.stream()), AccessGrant::stream(&grant()));
}

#[test]
fn a_session_does_not_read_with_the_subject_of_another_grant_or_as_failed() {
    let detail = || json!({ "grant": GRANT, "session": "5f2c9a17" });
    let subject = format!("access_grant/{GRANT}");
    let read = |outcome, subject: &str| read_as("auditor.session.logout", detail(), outcome, subject);
    assert!(read(&Outcome::Success, &subject).is_ok());
    assert!(matches!(read(&Outcome::Success, "access_grant/unknown"), Err(ReadError::Subject { .. })));
    let failure = Outcome::Failure { reason: "session_ended".into() };
    assert!(matches!(read(&failure, &subject), Err(ReadError::Outcome { .. })));
}

#[test]
fn reasons_are_in_the_order_of_their_words_and_words_of_the_format() {
    assert!(Refusal::ALL.is_sorted_by_key(|word| word.as_str()));
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    assert!(Refusal::ALL.iter().all(|word| is_word(word.as_str())));
}

#[rstest]
#[case("5f2c9a17", true)]
#[case("5F2C9A17", false)]
#[case("5f2c9a1", false)]
#[case("5f2c9a170", false)]
fn a_prefix_of_a_session_has_eight_digits(#[case] text: &str, #[case] is_one: bool) {
    assert_eq!(SessionPrefix::parse(text).is_ok(), is_one);
}

#[test]
fn an_unknown_reason_or_type_does_not_read() {
    let failure = Outcome::Failure { reason: "bad_weather".into() };
    let error = read(json!({ "grant": GRANT }), &failure, "evidence/1").unwrap_err();
    assert_eq!(error.to_string(), "auditor.evidence.downloaded/1 cannot have the outcome bad_weather");
    let subject = evidence("1").unwrap();
    let stored = Stored {
        name: "auditor.evidence.downloaded",
        version: 2,
        subject: &subject,
        outcome: &Outcome::Success,
        detail: json!({}),
        personal: &[],
    };
    assert!(matches!(ActivityEvent::read(&stored), Err(ReadError::Unknown { version: 2, .. })));
}

#[test]
fn a_personal_value_keeps_to_itself() {
    let value = Personal::Known("ada@example.org");
    assert_eq!(format!("{value:?}"), "Known(..)");
    assert_eq!(value.try_map(|_| Err::<(), _>("refused")), Err("refused"));
    assert_eq!(Personal::<&str>::Erased.try_map(|_| Err::<(), _>("refused")), Ok(Personal::Erased));
}

fn read(detail: Value, outcome: &Outcome, subject: &str) -> Result<ActivityEvent, ReadError> {
    read_as("auditor.evidence.downloaded", detail, outcome, subject)
}

fn read_as(name: &str, detail: Value, outcome: &Outcome, subject: &str) -> Result<ActivityEvent, ReadError> {
    let subject = Subject::parse(subject).unwrap();
    ActivityEvent::read(&Stored { name, version: 1, subject: &subject, outcome, detail, personal: &[] })
}

fn viewed(outcome: Result<(), Refusal>) -> ActivityEvent {
    let record = record(Resource::Controls, "CC6.1").unwrap();
    ActivityEvent::RecordViewed { grant: grant(), record, outcome }
}

fn grant() -> GrantId {
    GrantId::parse(GRANT).unwrap()
}
