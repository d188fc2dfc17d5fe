//! Entries: every rejection, one change at a time.

use ledger::entry::{Actor, ActorType, Context, DataError, DetailError, ENTRY_BYTES_MAX, Entry, EntryError, Outcome};
use ledger::id::EntryIdError;
use ledger::json::{self, JsonError, JsonProblem, ShapeError};
use ledger::key::{Role, SigningKey, VkeyError};
use ledger::name::{EventType, EventTypeError, OriginError, ReferenceError};
use ledger::sealed::SealedError;
use ledger::time::TimestampError;
use rstest::rstest;
use serde_json::{Value, json};

use crate::vectors::{entries, key, origin};

/// An entry of the vectors as a value that can be changed.
fn entry(index: usize) -> Value {
    serde_json::from_slice(entries().nth(index).unwrap()).unwrap()
}

/// Entry 1 of the vectors: in a stream, with a context and a sealed value.
fn changed(change: fn(&mut Value)) -> Result<Entry, EntryError> {
    let mut value = entry(1);
    change(&mut value);
    Entry::parse(&json::canonical(&value))
}

fn remove(object: &mut Value, member: &str) {
    object.as_object_mut().unwrap().remove(member).unwrap();
}

#[test]
fn an_entry_gives_typed_access_to_all_that_it_says() {
    let entry = changed(|_| ()).unwrap();
    assert_eq!(entry.origin, origin());
    assert_eq!(entry.event_type.as_str(), "auditor.access.granted");
    assert_eq!((entry.version, entry.sequence), (1, 1));
    assert_eq!(entry.keyid, key("entries").key_id());
    assert_eq!(entry.time.to_string(), "2026-11-22T09:00:01.007919Z");
    let stream = entry.stream.unwrap();
    assert_eq!((stream.stream, stream.version), (entry.subject, 1));
    let (id, role) = ("018f3b7e-0000-7000-8000-00000000b001".into(), Some("owner".into()));
    assert_eq!(entry.actor, Actor { kind: ActorType::User, id, role });
    assert_eq!(entry.outcome, Outcome::Success);
    assert_eq!(entry.context.session.as_deref(), Some("5f2c9a17"));
    assert_eq!(entry.context.ip, None);
    assert_eq!(entry.detail["firm"], "KPMG");
    assert_eq!(entry.sealed[0].field(), "email");
    assert_eq!(entry.ledger_event, None);
}

#[test]
fn an_entry_that_fails_has_a_reason() {
    let entry = changed(|e| {
        e["data"]["outcome"] = json!("failure");
        e["data"]["reason"] = json!("grant_revoked");
    });
    let entry = entry.unwrap();
    assert_eq!(entry.outcome, Outcome::Failure { reason: "grant_revoked".into() });
    assert_eq!((entry.outcome.as_str(), entry.outcome.reason()), ("failure", Some("grant_revoked")));
}

// rows: C21
#[test]
fn whoever_acts_is_one_of_five_types() {
    let mut words = ActorType::ALL.map(ActorType::as_str);
    words.sort_unstable();
    assert_eq!(words, ["api_key", "auditor", "service", "system", "user"]);
}

#[rstest]
#[case(|e: &mut Value| remove(e, "keyid"), ShapeError::Missing { object: "an entry", member: "keyid" })]
#[case(|e: &mut Value| remove(e, "data"), ShapeError::Missing { object: "an entry", member: "data" })]
#[case(|e: &mut Value| e["extra"] = json!(1), ShapeError::Unknown { object: "an entry", member: "extra".into() })]
#[case(|e: &mut Value| e["id"] = json!(1), ShapeError::Kind { object: "an entry", member: "id", expected: "a text" })]
#[case(|e: &mut Value| *e = json!([]), ShapeError::NotAnObject { object: "an entry" })]
#[case(|e: &mut Value| e["streamversion"] = json!(-1), ShapeError::Kind { object: "an entry", member: "streamversion", expected: "a number from 0 on" })]
fn attributes_are_a_closed_world(#[case] change: fn(&mut Value), #[case] error: ShapeError) {
    assert_eq!(changed(change), Err(EntryError::Shape(error)));
}

#[rstest]
#[case(|e: &mut Value| e["specversion"] = json!("1.1"), EntryError::Constant { attribute: "specversion", found: "1.1".into() })]
#[case(|e: &mut Value| e["datacontenttype"] = json!("text/plain"), EntryError::Constant { attribute: "datacontenttype", found: "text/plain".into() })]
#[case(|e: &mut Value| e["source"] = json!("ledger.example.com/acme"), EntryError::Source("ledger.example.com/acme".into()))]
#[case(|e: &mut Value| e["source"] = json!("//ledger.example.com"), EntryError::Origin(OriginError::NoPath))]
#[case(|e: &mut Value| e["type"] = json!("granted"), EntryError::Type(EventTypeError::Form))]
#[case(|e: &mut Value| e["type"] = json!("ledger.granted"), EntryError::Type(EventTypeError::UnknownOfLedger("ledger.granted".into())))]
#[case(|e: &mut Value| e["subject"] = json!("grant"), EntryError::Reference { attribute: "subject", source: ReferenceError::Kind })]
#[case(|e: &mut Value| e["stream"] = json!("grant/ "), EntryError::Reference { attribute: "stream", source: ReferenceError::IdCharacter })]
#[case(|e: &mut Value| e["time"] = json!("2026-11-22T09:00:01Z"), EntryError::Time(TimestampError::Form))]
#[case(|e: &mut Value| e["id"] = json!("0199f000-0000-4001-8000-000000000001"), EntryError::Id(EntryIdError::Version))]
#[case(|e: &mut Value| e["sequence"] = json!("1"), EntryError::Sequence("1".into()))]
#[case(|e: &mut Value| e["sequence"] = json!("+0000000000000000001"), EntryError::Sequence("+0000000000000000001".into()))]
#[case(|e: &mut Value| e["sequence"] = json!("00009007199254740991"), EntryError::Sequence("00009007199254740991".into()))]
#[case(|e: &mut Value| e["prevhash"] = json!("00"), EntryError::Prevhash(ledger::hash::EntryHashError))]
#[case(|e: &mut Value| e["keyid"] = json!("E0000D08"), EntryError::KeyId(ledger::key::KeyIdError))]
#[case(|e: &mut Value| remove(e, "stream"), EntryError::HalfStream)]
#[case(|e: &mut Value| remove(e, "streamversion"), EntryError::HalfStream)]
#[case(|e: &mut Value| e["streamversion"] = json!(0), EntryError::StreamVersion(0))]
#[case(|e: &mut Value| e["streamversion"] = json!(2_147_483_648_u64), EntryError::StreamVersion(2_147_483_648))]
#[case(|e: &mut Value| e["sequence"] = json!("00000000000000000000"), EntryError::NotOpened)]
fn attributes_have_their_forms(#[case] change: fn(&mut Value), #[case] error: EntryError) {
    assert_eq!(changed(change), Err(error));
}

#[rstest]
#[case("http://ledger.example.com/schemas/auditor.access.granted/1")]
#[case("https://other.example.com/schemas/auditor.access.granted/1")]
#[case("https://ledger.example.com/acme/schemas/auditor.access.granted/1")]
#[case("https://ledger.example.com/schemas/auditor.access.revoked/1")]
#[case("https://ledger.example.com/schemas/auditor.access.granted")]
#[case("https://ledger.example.com/schemas/auditor.access.granted/")]
#[case("https://ledger.example.com/schemas/auditor.access.granted/0")]
#[case("https://ledger.example.com/schemas/auditor.access.granted/01")]
#[case("https://ledger.example.com/schemas/auditor.access.granted/-1")]
#[case("https://ledger.example.com/schemas/auditor.access.granted/1/")]
#[case("https://ledger.example.com/schemas/auditor.access.granted/1.0")]
fn the_dataschema_is_made_of_authority_type_and_version(#[case] text: &str) {
    let mut value = entry(1);
    value["dataschema"] = json!(text);
    assert_eq!(Entry::parse(&json::canonical(&value)), Err(EntryError::Dataschema(text.into())));
}

#[test]
fn the_greatest_numbers_are_taken() {
    let entry = changed(|e| {
        e["sequence"] = json!("00009007199254740990");
        e["streamversion"] = json!(2_147_483_647);
        e["dataschema"] = json!("https://ledger.example.com/schemas/auditor.access.granted/4294967295");
    });
    assert_eq!(entry.unwrap().version, u32::MAX);
}

#[rstest]
#[case(|d: &mut Value| remove(d, "actor"), ShapeError::Missing { object: "data", member: "actor" }.into())]
#[case(|d: &mut Value| d["more"] = json!({}), ShapeError::Unknown { object: "data", member: "more".into() }.into())]
#[case(|d: &mut Value| d["detail"] = json!([]), ShapeError::NotAnObject { object: "detail" }.into())]
#[case(|d: &mut Value| d["actor"]["email"] = json!("x"), ShapeError::Unknown { object: "actor", member: "email".into() }.into())]
#[case(|d: &mut Value| d["actor"]["type"] = json!("robot"), DataError::ActorType("robot".into()))]
#[case(|d: &mut Value| d["actor"]["id"] = json!(""), DataError::Empty { object: "actor", member: "id" })]
#[case(|d: &mut Value| d["actor"]["role"] = json!(""), DataError::Empty { object: "actor", member: "role" })]
#[case(|d: &mut Value| d["context"]["ip"] = json!(""), DataError::Empty { object: "context", member: "ip" })]
#[case(|d: &mut Value| d["context"]["host"] = json!("x"), ShapeError::Unknown { object: "context", member: "host".into() }.into())]
#[case(|d: &mut Value| d["context"]["session"] = json!("123456789"), DataError::Session)]
#[case(|d: &mut Value| d["outcome"] = json!("perhaps"), DataError::Outcome("perhaps".into()))]
#[case(|d: &mut Value| d["outcome"] = json!("failure"), DataError::ReasonMissing)]
#[case(|d: &mut Value| d["reason"] = json!("why"), DataError::ReasonUnexpected)]
#[case(|d: &mut Value| { d["outcome"] = json!("failure"); d["reason"] = json!("Why not"); }, DataError::Reason("Why not".into()))]
#[case(|d: &mut Value| { d["outcome"] = json!("failure"); d["reason"] = json!(""); }, DataError::Reason(String::new()))]
#[case(|d: &mut Value| d["sealed"] = json!([]), DataError::SealedEmpty)]
#[case(|d: &mut Value| d["sealed"] = json!([{}]), DataError::Sealed { index: 0, source: ShapeError::Missing { object: "a sealed value", member: "alg" }.into() })]
#[case(|d: &mut Value| d["sealed"][0]["of"] = json!("other"), DataError::Sealed { index: 0, source: SealedError::Of("other".into()) })]
#[case(
    |d: &mut Value| { let twice = d["sealed"][0].clone(); d["sealed"].as_array_mut().unwrap().push(twice); },
    DataError::SealedTwice { field: "email".into(), kid: "018f3b7e-0000-7000-8000-00000000e001".into() },
)]
fn data_is_a_closed_world(#[case] change: fn(&mut Value), #[case] error: DataError) {
    let mut value = entry(1);
    change(&mut value["data"]);
    assert_eq!(Entry::parse(&json::canonical(&value)), Err(EntryError::Data(error)));
}

#[test]
fn a_context_may_be_empty_and_may_have_all_members() {
    let mut value = entry(1);
    value["data"]["context"] = json!({});
    assert_eq!(Entry::parse(&json::canonical(&value)).unwrap().context, Context::default());
    let all = json!({"ip": "a", "request_id": "b", "service": "c", "session": "äöüßäöüß", "user_agent": "e"});
    value["data"]["context"] = all;
    let context = Entry::parse(&json::canonical(&value)).unwrap().context;
    assert_eq!(context.session.as_deref(), Some("äöüßäöüß"));
    assert_eq!(context.user_agent.as_deref(), Some("e"));
}

#[rstest]
#[case("\n", JsonProblem::WhiteSpace)]
#[case(" ", JsonProblem::WhiteSpace)]
#[case("{}", JsonProblem::Trailing)]
fn nothing_follows_an_entry(#[case] more: &str, #[case] problem: JsonProblem) {
    let entry = entries().next().unwrap();
    let longer = [entry, more.as_bytes()].concat();
    assert_eq!(Entry::parse(&longer), Err(EntryError::Json(JsonError { offset: entry.len(), problem })));
}

#[test]
fn an_entry_has_at_most_65535_bytes() {
    let with_detail = |bytes: usize| {
        let mut value = entry(1);
        value["data"]["detail"] = json!({"text": "x".repeat(bytes)});
        json::canonical(&value)
    };
    let around = with_detail(0).len();
    assert!(Entry::parse(&with_detail(ENTRY_BYTES_MAX - around)).is_ok());
    let too_large = with_detail(ENTRY_BYTES_MAX - around + 1);
    assert_eq!(Entry::parse(&too_large), Err(EntryError::TooLarge { bytes: 65_536 }));
}

/// Of the entry at `index`, which is of a type that the ledger gives a meaning to.
fn detail_changed(index: usize, change: fn(&mut Value)) -> EntryError {
    let mut value = entry(index);
    assert!(Entry::parse(&json::canonical(&value)).unwrap().ledger_event.is_some());
    change(&mut value["data"]["detail"]);
    Entry::parse(&json::canonical(&value)).unwrap_err()
}

/// A key that the vectors' log does not have.
fn another_key(role: Role, seed: u8) -> String {
    SigningKey::from_seed(&role.vkey_name(&origin()), [seed; 32]).unwrap().vkey().to_string()
}

#[rstest]
#[case::opened_closed_world(0, |d: &mut Value| d["more"] = json!(1), ShapeError::Unknown { object: "detail", member: "more".into() }.into())]
#[case::opened_format(0, |d: &mut Value| d["format"] = json!("countersign/2"), DetailError::Format("countersign/2".into()))]
#[case::opened_origin(0, |d: &mut Value| d["origin"] = json!("a/b"), DetailError::Origin("a/b".into()))]
#[case::opened_role(0, |d: &mut Value| d["entries_vkey"] = json!(another_key(Role::Receipts, 1)), DetailError::VkeyName { member: "entries_vkey", found: "ledger.example.com/acme/receipts".into() })]
#[case::opened_key(0, |d: &mut Value| d["receipts_vkey"] = json!("x"), DetailError::Vkey { member: "receipts_vkey", source: VkeyError::Form })]
#[case::opened_one_key_twice(0, |d: &mut Value| { d["entries_vkey"] = json!(another_key(Role::Entries, 1)); d["receipts_vkey"] = json!(another_key(Role::Receipts, 1)); }, DetailError::KeyTwice)]
#[case::rotated_handover(7, |d: &mut Value| remove(d, "handover"), ShapeError::Missing { object: "detail", member: "handover" }.into())]
#[case::rotated_signature(7, |d: &mut Value| d["handover"] = json!("AAAA"), DetailError::Signature("handover"))]
#[case::rotated_endorsement(7, |d: &mut Value| d["endorsement"] = json!("no"), DetailError::Signature("endorsement"))]
#[case::rotated_role(7, |d: &mut Value| d["role"] = json!("keys"), ledger::key::Role::parse("keys").unwrap_err().into())]
#[case::rotated_old(7, |d: &mut Value| d["old_keyid"] = json!("0"), DetailError::KeyId(ledger::key::KeyIdError))]
#[case::rotated_to_another_role(7, |d: &mut Value| d["new_vkey"] = json!(another_key(Role::Checkpoints, 1)), DetailError::VkeyName { member: "new_vkey", found: "ledger.example.com/acme".into() })]
#[case::attested_version(9, |d: &mut Value| d["version"] = json!(2_147_483_648_u64), DetailError::Version(2_147_483_648))]
#[case::attested_stream(9, |d: &mut Value| d["stream"] = json!("x"), DetailError::Stream(ReferenceError::Kind))]
#[case::attested_closed_world(9, |d: &mut Value| d["note"] = json!("x"), ShapeError::Unknown { object: "detail", member: "note".into() }.into())]
#[case::destroyed_which(60, |d: &mut Value| d["kid"] = json!("x"), DetailError::Kid)]
#[case::heartbeat_keys(200, |d: &mut Value| d["keys"] = json!("3"), ShapeError::Kind { object: "detail", member: "keys", expected: "a number from 0 on" }.into())]
#[case::heartbeat_checkpoint(200, |d: &mut Value| remove(d, "checkpoint"), ShapeError::Missing { object: "detail", member: "checkpoint" }.into())]
fn a_detail_with_a_meaning_has_its_shape(
    #[case] index: usize,
    #[case] change: fn(&mut Value),
    #[case] error: DetailError,
) {
    assert_eq!(detail_changed(index, change), EntryError::Detail(error));
}

#[rstest]
#[case("ledger.heartbeat", json!({"checkpoint": "", "keys": 0}))]
#[case("ledger.recovered", json!({}))]
#[case("stream.attested", json!({"stream": "a/b", "version": 0}))]
fn what_the_ledger_says_of_itself_never_fails(#[case] event_type: &str, #[case] detail: Value) {
    let mut value = entry(1);
    value["type"] = json!(event_type);
    value["dataschema"] = json!(format!("https://ledger.example.com/schemas/{event_type}/1"));
    value["data"]["detail"] = detail;
    assert!(Entry::parse(&json::canonical(&value)).is_ok());
    value["data"]["outcome"] = json!("failure");
    value["data"]["reason"] = json!("why");
    let error = EntryError::Detail(DetailError::Failure(EventType::parse(event_type).unwrap()));
    assert_eq!(Entry::parse(&json::canonical(&value)), Err(error));
}

#[test]
fn a_revocation_says_since_when_which_key_why_and_its_role() {
    let mut value = entry(200);
    value["type"] = json!("ledger.key.revoked");
    value["dataschema"] = json!("https://ledger.example.com/schemas/ledger.key.revoked/1");
    let detail = json!({"compromised_since": "2026-11-22T09:00:00.000000Z", "keyid": "e0000d08", "reason": "", "role": "entries"});
    value["data"]["detail"] = detail.clone();
    let entry = Entry::parse(&json::canonical(&value)).unwrap();
    let Some(ledger::entry::LedgerEvent::KeyRevoked(revoked)) = entry.ledger_event.as_deref() else {
        panic!("{entry:?}")
    };
    assert_eq!(revoked.detail(), detail);
    value["data"]["detail"]["compromised_since"] = json!("yesterday");
    let error = EntryError::Detail(DetailError::Time(TimestampError::Form));
    assert_eq!(Entry::parse(&json::canonical(&value)), Err(error));
}

#[test]
fn a_failed_erasure_destroys_nothing() {
    let mut value = entry(60);
    value["data"]["outcome"] = json!("failure");
    value["data"]["reason"] = json!("vault_unavailable");
    assert_eq!(Entry::parse(&json::canonical(&value)).unwrap().ledger_event, None);
}

#[test]
fn only_entry_0_opens_the_log() {
    let mut value = entry(0);
    value["sequence"] = json!("00000000000000000001");
    assert_eq!(Entry::parse(&json::canonical(&value)), Err(EntryError::OpenedAgain { sequence: 1 }));
    let mut value = entry(0);
    value["prevhash"] = json!("01".repeat(32));
    assert_eq!(Entry::parse(&json::canonical(&value)), Err(EntryError::FirstPrevhash));
}
