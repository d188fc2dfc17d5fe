use ledger::vocabulary::Personal;
use rstest::rstest;
use serde_json::json;

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
    let subject = Subject::parse(subject).unwrap();
    let name = "auditor.evidence.downloaded";
    ActivityEvent::read(&Stored { name, version: 1, subject: &subject, outcome, detail, personal: &[] })
}

fn viewed(outcome: Result<(), Refusal>) -> ActivityEvent {
    let record = record(Resource::Controls, "CC6.1").unwrap();
    ActivityEvent::RecordViewed { grant: grant(), record, outcome }
}

fn grant() -> GrantId {
    GrantId::parse(GRANT).unwrap()
}
