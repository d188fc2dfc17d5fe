use ledger::vocabulary::{Kind, ReadError, Recorded, Stored};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::event::Description;

const MEMBER: &str = "018f3b7e-0000-7000-8000-00000000d001";
const SESSION: &str = "00112233445566778899aabbccddeeff";

#[test]
fn an_act_stands_in_the_stream_of_the_credentials_and_is_about_the_member() {
    let event = event(Act::PasswordSet);
    assert_eq!(event.stream().as_str(), format!("credential/{MEMBER}"));
    assert_eq!(event.subject(&event.stream()).as_str(), format!("member/{MEMBER}"));
}

#[test]
fn a_refused_attempt_is_a_failure_with_its_reason_and_opens_nothing() {
    let event = event(Act::SignedIn { method: Method::PasswordTotp, outcome: Err(CredentialRefusal::WrongCode) });
    assert_eq!(event.outcome(), Outcome::Failure { reason: "wrong_code".into() });
    assert_eq!(event.detail(), json!({ "method": "password_totp" }));
}

#[test]
fn a_sign_in_without_its_session_or_a_refusal_with_one_does_not_read() {
    let (open, bare) = (json!({ "method": "passkey", "session": SESSION }), json!({ "method": "passkey" }));
    let failure = Outcome::Failure { reason: "locked".into() };
    let is_shape = |detail, outcome| matches!(read(SIGNED_IN, detail, outcome), Err(ReadError::Shape { .. }));
    assert!(read(SIGNED_IN, open.clone(), &Outcome::Success).is_ok());
    assert!(read(SIGNED_IN, bare.clone(), &failure).is_ok());
    assert!(is_shape(bare, &Outcome::Success));
    assert!(is_shape(open, &failure));
}

#[test]
fn only_signing_in_and_confirming_can_fail() {
    let failure = Outcome::Failure { reason: "wrong_passkey".into() };
    let step_up = json!({ "method": "passkey", "session": SESSION });
    assert!(read("credential.stepped_up", step_up, &failure).is_ok());
    for Description { kind: Kind { name, .. }, .. } in DESCRIPTIONS {
        if ["credential.signed_in", "credential.stepped_up", "credential.refusals.counted"].contains(name) {
            continue;
        }
        assert!(matches!(read(name, json!({}), &failure), Err(ReadError::Outcome { .. })), "{name}");
    }
}

#[test]
fn refusals_that_are_counted_are_a_members_or_nobodys_and_never_a_success() {
    let at = |micros| Tally::one(Timestamp::from_micros(micros).unwrap());
    let act = Act::RefusalsCounted { refusal: CredentialRefusal::WrongPassword, tally: at(0).and(at(1)) };
    let nobodys = CredentialEvent { member: None, act: act.clone() };
    assert_eq!(nobodys.subject(&nobodys.stream()).as_str(), "member/unknown");
    let detail = event(act.clone()).detail();
    let times = json!({ "count": 2, "first": "1970-01-01T00:00:00.000000Z", "last": "1970-01-01T00:00:00.000001Z" });
    assert_eq!(detail, times);
    let (name, failure) = ("credential.refusals.counted", event(act.clone()).outcome());
    assert_eq!(read(name, detail.clone(), &failure).unwrap(), event(act));
    assert!(matches!(read(name, detail, &Outcome::Success), Err(ReadError::Outcome { .. })));
    let none = json!({ "count": 0, "first": "1970-01-01T00:00:00.000000Z", "last": "1970-01-01T00:00:00.000001Z" });
    assert!(matches!(read(name, none, &failure), Err(ReadError::Shape { .. })));
}

#[test]
fn whoever_asks_for_a_job_with_another_secret_is_nobody_and_reads_as_that() {
    let event = CredentialEvent::job_refused();
    assert_eq!((event.stream().as_str(), event.detail()), ("credential/unknown", json!({ "method": "job_secret" })));
    let (subject, outcome) = (event.subject(&event.stream()), event.outcome());
    let (name, version, detail) = (SIGNED_IN, 1, event.detail());
    let stored = Stored { name, version, subject: &subject, outcome: &outcome, detail, personal: &[] };
    assert_eq!(CredentialEvent::read(&stored).unwrap(), event);
    let of_member = read(SIGNED_IN, json!({ "method": "job_secret" }), &outcome);
    assert!(of_member.is_err(), "no member has that secret");
}

#[test]
fn whoever_comes_with_no_good_api_key_is_nobody_and_reads_as_that() {
    let event = CredentialEvent::key_refused();
    assert_eq!((event.stream().as_str(), event.detail()), ("credential/unknown", json!({ "method": "api_key" })));
    let (subject, outcome) = (event.subject(&event.stream()), event.outcome());
    assert_eq!(outcome, Outcome::Failure { reason: "wrong_key".into() });
    let (name, version, detail) = (SIGNED_IN, 1, event.detail());
    let stored = Stored { name, version, subject: &subject, outcome: &outcome, detail, personal: &[] };
    assert_eq!(CredentialEvent::read(&stored).unwrap(), event);
}

#[test]
fn whoever_is_unknown_stands_in_a_stream_of_their_own_and_has_only_tried() {
    let event = CredentialEvent::unknown(Method::PasswordTotp);
    assert_eq!(event.stream().as_str(), "credential/unknown");
    assert_eq!(event.outcome(), Outcome::Failure { reason: "unknown_member".into() });
    let unknown = event.subject(&event.stream());
    let read_of = |subject: &Subject, reason: &str| {
        let (outcome, detail) = (Outcome::Failure { reason: reason.into() }, json!({ "method": "password_totp" }));
        let (name, version) = (SIGNED_IN, 1);
        CredentialEvent::read(&Stored { name, version, subject, outcome: &outcome, detail, personal: &[] })
    };
    assert_eq!(read_of(&unknown, "unknown_member").unwrap(), event);
    let is_of_nobody = |read| matches!(read, Err(ReadError::Subject { .. }));
    assert!(is_of_nobody(read_of(&unknown, "wrong_code")));
    assert!(is_of_nobody(read_of(&Subject::parse(&format!("member/{MEMBER}")).unwrap(), "unknown_member")));
    let step_up = json!({ "method": "passkey", "session": SESSION });
    let failure = Outcome::Failure { reason: "unknown_member".into() };
    assert!(matches!(read("credential.stepped_up", step_up, &failure), Err(ReadError::Outcome { .. })));
}

#[test]
fn an_unknown_reason_does_not_read() {
    let failure = Outcome::Failure { reason: "bad_weather".into() };
    let error = read(SIGNED_IN, json!({ "method": "passkey" }), &failure).unwrap_err();
    assert_eq!(error.to_string(), "credential.signed_in/1 cannot have the outcome bad_weather");
}

#[rstest]
#[case::another_thing("credential/018f3b7e-0000-7000-8000-00000000d001")]
#[case::no_id("member/grace")]
#[case::more("member/018f3b7e-0000-7000-8000-00000000d001/x")]
fn an_act_is_about_a_member_and_nothing_else(#[case] subject: &str) {
    let subject = Subject::parse(subject).unwrap();
    let (name, version, outcome, detail) = ("credential.password.set", 1, &Outcome::Success, json!({}));
    let stored = Stored { name, version, subject: &subject, outcome, detail, personal: &[] };
    assert!(matches!(CredentialEvent::read(&stored), Err(ReadError::Subject { .. })));
}

#[rstest]
#[case::a_token(json!({ "session": "0".repeat(96) }))]
#[case::a_prefix(json!({ "session": "00112233" }))]
#[case::upper_case(json!({ "session": SESSION.to_uppercase() }))]
fn a_session_is_named_by_its_whole_id(#[case] detail: Value) {
    let read = read("credential.signed_out", detail, &Outcome::Success);
    assert!(matches!(read, Err(ReadError::Shape { .. })));
}

#[test]
fn a_confirmation_is_fresh_for_fifteen_minutes() {
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
    assert_eq!(require_fresh(Some(at(1000)), at(1000)), Ok(()));
    assert_eq!(require_fresh(Some(at(1000)), at(1900)), Ok(()));
    assert_eq!(require_fresh(Some(at(1000)), at(1901)), Err(NotFresh));
    assert_eq!(require_fresh(Some(at(1001)), at(1000)), Ok(()), "by a clock that is ahead");
    assert_eq!(require_fresh(None, at(0)), Err(NotFresh));
    assert_eq!(NotFresh.to_string(), "MFA re-confirmation required for privileged action");
}

#[test]
fn holding_a_link_that_went_by_mail_confirms_nobody() {
    let confirming: Vec<_> = Method::ALL.iter().filter(|method| method.confirms()).map(|m| m.as_str()).collect();
    assert_eq!(confirming, ["passkey", "password_recovery_code", "password_totp", "sign_in_link"]);
}

#[test]
fn words_are_in_the_order_in_which_they_sort() {
    assert!(Method::ALL.is_sorted_by_key(|word| word.as_str()));
    assert!(EndedBy::ALL.is_sorted_by_key(|word| word.as_str()));
    assert!(CredentialRefusal::ALL.is_sorted_by_key(|word| word.as_str()));
}

const SIGNED_IN: &str = "credential.signed_in";

fn read(name: &str, detail: Value, outcome: &Outcome) -> Result<CredentialEvent, ReadError> {
    let subject = Subject::parse(&format!("member/{MEMBER}")).unwrap();
    CredentialEvent::read(&Stored { name, version: 1, subject: &subject, outcome, detail, personal: &[] })
}

fn event(act: Act) -> CredentialEvent {
    CredentialEvent::of(&PersonId::parse(MEMBER).unwrap(), act)
}
