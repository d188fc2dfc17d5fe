//! Drafts: what is refused before it is queued, and that what comes out is an entry.

use ledger::draft::{Draft, DraftError, DraftParts, Personal, Place};
use ledger::entry::{
    Actor, ActorType, Context, DataError, DetailError, ENTRY_BYTES_MAX, Entry, Outcome, SEQUENCE_MAX,
    STREAM_VERSION_MAX,
};
use ledger::hash::EntryHash;
use ledger::id::EntryId;
use ledger::json::{self, ShapeError, ValueError};
use ledger::key::KeyId;
use ledger::name::{EventType, Origin, Reference};
use ledger::sealed::{DataKey, Of, SealedError};
use ledger::time::Timestamp;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::vectors::{entries, origin, parts_of, place_of};

const KID: &str = "018f3b7e-0000-7000-8000-00000000e001";

fn parts() -> DraftParts {
    DraftParts {
        event_type: EventType::parse("invoice.paid").unwrap(),
        version: 1,
        subject: Reference::parse("invoice/1").unwrap(),
        stream: Some(Reference::parse("invoice/1").unwrap()),
        actor: Actor { kind: ActorType::Service, id: "billing".into(), role: None },
        outcome: Outcome::Success,
        context: Context::default(),
        detail: json!({}),
        personal: vec![personal("email", "a@b.example")],
    }
}

fn place() -> Place {
    Place {
        index: 7,
        time: Timestamp::from_micros(1_795_338_001_007_919).unwrap(),
        id: EntryId::parse("0199f000-0000-7001-8000-000000000001").unwrap(),
        prevhash: EntryHash::of(b"before"),
        keyid: KeyId::from_bytes([1, 2, 3, 4]),
        stream_version: Some(3),
    }
}

fn personal(field: &str, plaintext: &str) -> Personal {
    let (key, nonce) = (DataKey::from_bytes([7; 32]), [9; 24]);
    Personal { field: field.into(), of: Of::Subject, kid: KID.into(), key, nonce, plaintext: plaintext.into() }
}

#[rstest]
#[case(|p: &mut DraftParts| p.version = 0, DraftError::Version)]
#[case(|p: &mut DraftParts| p.detail = json!([]), ShapeError::NotAnObject { object: "detail" }.into())]
#[case(|p: &mut DraftParts| p.detail = json!({"a": 1.5}), ValueError::Number("1.5".into()).into())]
#[case(|p: &mut DraftParts| p.detail = json!({"a": "\0"}), ValueError::NulCharacter.into())]
#[case(|p: &mut DraftParts| p.actor.id = String::new(), DataError::Empty { object: "actor", member: "id" }.into())]
#[case(|p: &mut DraftParts| p.actor.id = "\0".into(), ValueError::NulCharacter.into())]
#[case(|p: &mut DraftParts| p.actor.role = Some(String::new()), DataError::Empty { object: "actor", member: "role" }.into())]
#[case(|p: &mut DraftParts| p.actor.role = Some("\0".into()), ValueError::NulCharacter.into())]
#[case(|p: &mut DraftParts| p.context.ip = Some(String::new()), DataError::Empty { object: "context", member: "ip" }.into())]
#[case(|p: &mut DraftParts| p.context.user_agent = Some("\0".into()), ValueError::NulCharacter.into())]
#[case(|p: &mut DraftParts| p.context.session = Some("123456789".into()), DataError::Session.into())]
#[case(|p: &mut DraftParts| p.outcome = Outcome::Failure { reason: "Why".into() }, DataError::Reason("Why".into()).into())]
#[case(|p: &mut DraftParts| p.personal[0].field = "E-mail".into(), DraftError::Personal { field: "E-mail".into(), source: SealedError::Field })]
#[case(|p: &mut DraftParts| p.personal[0].kid = "1".into(), DraftError::Personal { field: "email".into(), source: SealedError::Kid })]
#[case(|p: &mut DraftParts| p.personal.push(personal("email", "x")), DataError::SealedTwice { field: "email".into(), kid: KID.into() }.into())]
#[case(|p: &mut DraftParts| p.event_type = EventType::parse("ledger.heartbeat").unwrap(), DetailError::from(ShapeError::Missing { object: "detail", member: "checkpoint" }).into())]
fn what_could_not_be_read_back_is_not_drafted(#[case] change: fn(&mut DraftParts), #[case] error: DraftError) {
    let mut parts = parts();
    change(&mut parts);
    assert_eq!(Draft::new(&origin(), parts).unwrap_err(), error);
}

#[rstest]
#[case(|p: &mut Place| p.stream_version = None, DraftError::StreamVersion(None))]
#[case(|p: &mut Place| p.stream_version = Some(0), DraftError::StreamVersion(Some(0)))]
#[case(|p: &mut Place| p.stream_version = Some(STREAM_VERSION_MAX + 1), DraftError::StreamVersion(Some(STREAM_VERSION_MAX + 1)))]
#[case(|p: &mut Place| p.index = SEQUENCE_MAX + 1, DraftError::Index(SEQUENCE_MAX + 1))]
#[case(|p: &mut Place| p.index = 0, DraftError::First { event_type: EventType::parse("invoice.paid").unwrap(), index: 0, prevhash: EntryHash::of(b"before") })]
fn a_place_that_does_not_fit_is_refused(#[case] change: fn(&mut Place), #[case] error: DraftError) {
    let mut place = place();
    change(&mut place);
    assert_eq!(Draft::new(&origin(), parts()).unwrap().place(&origin(), &place), Err(error));
}

#[test]
fn a_draft_without_a_stream_takes_no_stream_version() {
    let draft = Draft::new(&origin(), DraftParts { stream: None, ..parts() }).unwrap();
    assert_eq!(draft.place(&origin(), &place()), Err(DraftError::StreamVersion(Some(3))));
    assert!(draft.place(&origin(), &Place { stream_version: None, ..place() }).is_ok());
}

#[test]
fn a_log_opens_once_and_after_nothing() {
    let first = Entry::parse(entries().next().unwrap()).unwrap();
    let draft = Draft::new(&origin(), parts_of(&first)).unwrap();
    assert!(draft.place(&origin(), &place_of(&first)).is_ok());
    for (index, prevhash) in [(1, EntryHash::ZERO), (0, EntryHash::of(b""))] {
        let error = DraftError::First { event_type: first.event_type.clone(), index, prevhash };
        assert_eq!(draft.place(&origin(), &Place { index, prevhash, ..place_of(&first) }), Err(error));
    }
}

#[test]
fn a_draft_for_one_log_does_not_get_into_another() {
    let other = Origin::parse("ledger.example.com/other").unwrap();
    let error = DraftError::OtherLog { of: origin(), at: other.clone() };
    assert_eq!(Draft::new(&origin(), parts()).unwrap().place(&other, &place()), Err(error));
}

#[test]
fn neither_drafts_nor_personal_values_show_what_is_personal() {
    let parts = parts();
    let shown = format!("{parts:?} {:?}", Draft::new(&origin(), parts.clone()).unwrap());
    assert!(!shown.contains("a@b.example") && !shown.contains("7, 7"), "{shown}");
}

#[rstest]
#[case::in_the_clear(|length: usize| DraftParts { detail: json!({"text": "x".repeat(length)}), ..parts() }, 1)]
#[case::sealed(|length: usize| DraftParts { personal: vec![personal("a", "y"), personal("record", &"x".repeat(length))], ..parts() }, 4)]
fn what_may_become_too_large_is_refused_before_it_has_a_place(
    #[case] with: fn(usize) -> DraftParts,
    #[case] step: usize,
) {
    let lengths: Vec<usize> = (0..ENTRY_BYTES_MAX).collect();
    let fitting = lengths.partition_point(|length| Draft::new(&origin(), with(*length)).is_ok());
    let largest = Draft::new(&origin(), with(fitting - 1)).unwrap();
    assert!(ENTRY_BYTES_MAX - step < largest.bytes_max(), "{}", largest.bytes_max());
    let last = Place { stream_version: Some(STREAM_VERSION_MAX), ..place() };
    let bytes = largest.place(&origin(), &last).unwrap();
    assert_eq!(bytes.len(), largest.bytes_max());
    assert!(Entry::parse(&bytes).is_ok());
    let error = Draft::new(&origin(), with(ENTRY_BYTES_MAX)).unwrap_err();
    assert!(matches!(error, DraftError::TooLarge { bytes } if ENTRY_BYTES_MAX < bytes), "{error}");
}

#[test]
fn a_detail_may_be_nested_as_deep_as_the_entry_allows() {
    let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }));
    let deepest = Draft::new(&origin(), DraftParts { detail: nested(30), ..parts() }).unwrap();
    assert!(Entry::parse(&deepest.place(&origin(), &place()).unwrap()).is_ok());
    let error = Draft::new(&origin(), DraftParts { detail: nested(31), ..parts() }).unwrap_err();
    assert_eq!(error, ValueError::TooDeep.into());
}

/// A text that may stand anywhere in an entry.
fn texts() -> impl Strategy<Value = String> {
    "[^\0]{1,8}"
}

prop_compose! {
    fn contexts()(
        ip in prop::option::of(texts()),
        request_id in prop::option::of(texts()),
        service in prop::option::of(texts()),
        session in prop::option::of(texts()),
        user_agent in prop::option::of(texts()),
    ) -> Context {
        Context { ip, request_id, service, session, user_agent }
    }
}

prop_compose! {
    fn actors()(kind in prop::sample::select(&ActorType::ALL), id in texts(), role in prop::option::of(texts())) -> Actor {
        Actor { kind, id, role }
    }
}

prop_compose! {
    fn details()(value in crate::json::values()) -> Value {
        if value.is_object() { value } else { json!({ "value": value }) }
    }
}

prop_compose! {
    fn personals()(
        field in "[a-z][a-z0-9_]{0,5}",
        of in prop::sample::select(&[Of::Actor, Of::Subject]),
        kid in any::<[u8; 16]>(),
        key in any::<[u8; 32]>(),
        nonce in any::<[u8; 24]>(),
        plaintext in any::<String>(),
    ) -> Personal {
        let kid = uuid::Uuid::from_bytes(kid).to_string();
        Personal { field, of, kid, key: DataKey::from_bytes(key), nonce, plaintext }
    }
}

prop_compose! {
    fn drafts()(
        event_type in "[a-k][a-z0-9_]{0,5}(\\.[a-z][a-z0-9_]{0,5}){1,3}",
        version in 1..=u32::MAX,
        subject in "[a-z][a-z0-9_]{0,5}/[A-Za-z0-9._:/-]{1,200}",
        stream in prop::option::of("[a-z][a-z0-9_]{0,5}/[A-Za-z0-9._:/-]{1,20}"),
        actor in actors(),
        reason in prop::option::of("[a-z][a-z0-9_]{0,5}"),
        context in contexts(),
        detail in details(),
        personal in prop::collection::vec(personals(), 0..3),
    ) -> DraftParts {
        DraftParts {
            event_type: EventType::parse(&event_type).unwrap(),
            version,
            subject: Reference::parse(&subject).unwrap(),
            stream: stream.map(|stream| Reference::parse(&stream).unwrap()),
            actor,
            outcome: reason.map_or(Outcome::Success, |reason| Outcome::Failure { reason }),
            context,
            detail,
            personal,
        }
    }
}

prop_compose! {
    fn places()(
        index in 1..=SEQUENCE_MAX,
        micros in 0..253_402_300_800_000_000_i64,
        entropy in any::<[u8; 10]>(),
        prevhash in any::<[u8; 32]>(),
        keyid in any::<[u8; 4]>(),
        stream_version in 1..=STREAM_VERSION_MAX,
    ) -> Place {
        let time = Timestamp::from_micros(micros).unwrap();
        Place {
            index,
            time,
            id: EntryId::next(None, time, entropy),
            prevhash: EntryHash::from_bytes(prevhash),
            keyid: KeyId::from_bytes(keyid),
            stream_version: Some(stream_version),
        }
    }
}

proptest! {
    #[test]
    fn what_is_drafted_and_placed_is_read_back(parts in drafts(), mut place in places()) {
        if parts.stream.is_none() {
            place.stream_version = None;
        }
        let draft = Draft::new(&origin(), parts.clone()).unwrap();
        let bytes = draft.place(&origin(), &place).unwrap();
        prop_assert!(bytes.len() <= draft.bytes_max() && draft.bytes_max() < bytes.len() + 10);

        let entry = Entry::parse(&bytes).unwrap();
        prop_assert_eq!(place_of(&entry), place);
        let (read, personal) = (parts_of(&entry), parts.personal.clone());
        prop_assert_eq!(format!("{read:?}"), format!("{:?}", DraftParts { personal: Vec::new(), ..parts }));
        prop_assert_eq!(entry.sealed.len(), personal.len());
        for (value, personal) in entry.sealed.iter().zip(&personal) {
            prop_assert_eq!((value.field(), value.kid(), value.of()), (&*personal.field, &*personal.kid, personal.of));
            let opened = value.open(&origin(), entry.id, &personal.key).unwrap();
            prop_assert_eq!(&*opened, &personal.plaintext);
        }

        let value: Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(&json::canonical(&value), &bytes);
        prop_assert_eq!(&serde_json_canonicalizer::to_vec(&value).unwrap(), &bytes);
    }
}
