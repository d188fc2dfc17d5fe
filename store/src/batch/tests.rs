use std::collections::HashMap;

use ledger::draft::DraftParts;
use ledger::entry::{Actor, ActorType, Context, Entry, Outcome};
use ledger::key::SigningKey;
use ledger::name::EventType;
use proptest::prelude::*;

use super::*;

const STREAMS: [&str; 3] = ["case/1", "case/2", "case/3"];

fn origin() -> Origin {
    Origin::parse("ledger.example.com/acme").unwrap()
}

fn key(role: Role) -> SigningKey {
    SigningKey::from_seed(&role.vkey_name(&origin()), [role as u8 + 1; 32]).unwrap()
}

/// A log that holds its entry 0.
fn tip() -> Tip {
    let keys = KeysInForce {
        entries: key(Role::Entries).key_id(),
        checkpoints: key(Role::Checkpoints).key_id(),
        receipts: key(Role::Receipts).key_id(),
    };
    let head = Head {
        size: 1,
        hash: EntryHash::of(b"entry 0"),
        keys,
        last_id: None,
        last_time: Timestamp::EPOCH,
        key_entries: 0,
        heartbeat_size: 0,
        heartbeat_time: 0,
    };
    Tip { head, streams: StreamVersions::default() }
}

fn event(stream: Option<usize>) -> NewEvent {
    let parts = DraftParts {
        event_type: EventType::parse("record.noted").unwrap(),
        version: 1,
        subject: Reference::parse("record/1").unwrap(),
        stream: stream.map(|place| Reference::parse(STREAMS[place]).unwrap()),
        actor: Actor { kind: ActorType::Service, id: "test".to_owned(), role: None },
        outcome: Outcome::Success,
        context: Context::default(),
        detail: serde_json::json!({}),
        personal: Vec::new(),
    };
    Draft::new(&origin(), parts).unwrap().into()
}

/// The streams of a request's events, and the version it expects.
fn asked() -> impl Strategy<Value = (Vec<Option<usize>>, Option<u32>)> {
    (prop::collection::vec(prop::option::of(0..STREAMS.len()), 1..5), prop::option::of(0_u32..4))
}

fn write((streams, expected): (Vec<Option<usize>>, Option<u32>)) -> Write {
    let expected = expected.map_or(ExpectedVersion::Any, ExpectedVersion::Exact);
    Write { events: streams.into_iter().map(event).collect(), expected, idempotency: None }
}

proptest! {
    #[test]
    fn whatever_is_asked_places_links_times_and_versions_follow_each_other(
        requests in prop::collection::vec((asked(), 0_i64..1_000), 1..20),
    ) {
        let (mut tip, origin) = (tip(), origin());
        let mut versions: HashMap<String, u32> = HashMap::new();
        for (asked, clock) in requests {
            let request = write(asked);
            let before = tip.head.clone();
            let mut entropy = || [7; 10];
            let mut moment = Moment { now: Timestamp::from_micros(clock).unwrap(), entropy: &mut entropy };
            match decide(&mut tip, &origin, &request, &mut moment) {
                Err(AppendError::Conflict { stream, expected, actual }) => {
                    prop_assert_eq!(actual, versions.get(&stream).copied().unwrap_or(0));
                    prop_assert_ne!(actual, expected);
                    prop_assert_eq!(&tip.head, &before, "a refusal moves nothing");
                }
                Err(other) => prop_assert!(false, "{other}"),
                Ok(placed) => {
                    prop_assert_eq!(placed.len(), request.events.len());
                    let (mut hash, mut id, mut time) = (before.hash, before.last_id, before.last_time);
                    for (offset, entry) in placed.iter().enumerate() {
                        let parsed = Entry::parse(&entry.bytes).unwrap();
                        prop_assert_eq!(parsed.sequence, before.size + offset as u64);
                        prop_assert_eq!(parsed.prevhash, hash);
                        prop_assert!(id < Some(parsed.id) && time <= parsed.time);
                        if let Some(place) = parsed.stream {
                            let version = versions.entry(place.stream.as_str().to_owned()).or_default();
                            *version += 1;
                            prop_assert_eq!(place.version, *version);
                        }
                        (hash, id, time) = (entry.hash, Some(parsed.id), parsed.time);
                    }
                    prop_assert_eq!(tip.head.size, before.size + placed.len() as u64);
                    prop_assert_eq!(tip.head.hash, hash);
                }
            }
        }
    }
}

#[test]
fn a_heartbeat_never_names_an_older_checkpoint_than_one_before_it() {
    let (mut tip, origin) = (tip(), origin());
    tip.head.size = 100;
    let mut entropy = || [7; 10];
    let mut beat = |size| {
        let heartbeat = NewEvent::Heartbeat { checkpoint: None, size };
        let write = Write { events: vec![heartbeat], expected: ExpectedVersion::Any, idempotency: None };
        let mut moment = Moment { now: Timestamp::EPOCH, entropy: &mut entropy };
        decide(&mut tip, &origin, &write, &mut moment).is_ok()
    };
    assert_eq!([beat(50), beat(49), beat(50), beat(200)], [true, false, true, false]);
}

#[test]
fn versions_of_streams_outlive_one_generation_and_no_more() {
    let mut versions = StreamVersions::default();
    let name = |number: usize| Reference::parse(&format!("case/{number}")).unwrap();
    for number in 0..=STREAMS_PER_GENERATION_MAX {
        versions.set(name(number), 1);
    }
    versions.age();
    assert_eq!(versions.known(&name(0)), Some(1), "what the batch before decided is still known");
    for number in 0..=STREAMS_PER_GENERATION_MAX {
        versions.set(name(1_000_000 + number), 1);
    }
    versions.age();
    assert_eq!(versions.known(&name(0)), None);
}
