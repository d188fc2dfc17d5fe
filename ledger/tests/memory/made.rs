//! A log of any length, made entry by entry; nothing but its end is kept in memory.

use ledger::checkpoint::Checkpoint;
use ledger::draft::{Draft, DraftParts, Place};
use ledger::entry::{Actor, ActorType, Context, Opened, Outcome};
use ledger::hash::EntryHash;
use ledger::id::EntryId;
use ledger::key::{Role, Signature, SigningKey};
use ledger::name::{EventType, Origin, Reference};
use ledger::signature::sign_entry;
use ledger::time::Timestamp;
use ledger::tree::Hash;
use serde_json::{Value, json};

/// Makes the entries of a log, about 570 bytes each, one a second.
pub(crate) struct Maker {
    pub(crate) origin: Origin,
    keys: [SigningKey; 3],
    size: u64,
    last: (EntryHash, Option<EntryId>),
}

impl Maker {
    pub(crate) fn new() -> Maker {
        let origin = Origin::parse("log.example.org/long").expect("an origin");
        let key = |role: Role| {
            let seed = [role as u8 + 1; 32];
            SigningKey::from_seed(&role.vkey_name(&origin), seed).expect("a key")
        };
        Maker { keys: Role::ALL.map(key), origin, size: 0, last: (EntryHash::ZERO, None) }
    }

    /// The next entry, in that stream (the first one opens the log), and its signature.
    pub(crate) fn next(&mut self, stream: &str, stream_version: u32) -> (Vec<u8>, Signature) {
        if self.size == 0 {
            let [entries, checkpoints, receipts] = &self.keys;
            let opened = Opened {
                entries_vkey: entries.vkey().clone(),
                checkpoints_vkey: checkpoints.vkey().clone(),
                receipts_vkey: receipts.vkey().clone(),
            };
            let detail = opened.detail(&self.origin);
            return self.place("ledger.opened", None, detail);
        }
        let detail = json!({
            "bundle": "compliance",
            "note": "something that happened, in as many words as an entry has on the average of a day",
            "person": "018f3b7e-0000-7000-8000-00000000c001",
        });
        self.place("thing.changed", Some((stream, stream_version)), detail)
    }

    fn place(&mut self, event_type: &str, stream: Option<(&str, u32)>, detail: Value) -> (Vec<u8>, Signature) {
        let reference = |text: &str| Reference::parse(text).expect("a reference");
        let parts = DraftParts {
            event_type: EventType::parse(event_type).expect("a type"),
            version: 1,
            subject: reference(stream.map_or("ledger/long", |(stream, _)| stream)),
            stream: stream.map(|(stream, _)| reference(stream)),
            actor: Actor { kind: ActorType::Service, id: "maker".into(), role: None },
            outcome: Outcome::Success,
            context: Context::default(),
            detail,
            personal: Vec::new(),
        };
        let seconds = 1_795_338_000 + i64::try_from(self.size).expect("a small log");
        let time = Timestamp::from_micros(seconds * 1_000_000).expect("a time");
        let place = Place {
            index: self.size,
            time,
            id: EntryId::next(self.last.1, time, [5; 10]),
            prevhash: self.last.0,
            keyid: self.keys[0].key_id(),
            stream_version: stream.map(|(_, version)| version),
        };
        let draft = Draft::new(&self.origin, parts).expect("a draft");
        let bytes = draft.place(&self.origin, &place).expect("a place for it");
        let hash = EntryHash::of(&bytes);
        self.last = (hash, Some(place.id));
        self.size += 1;
        let signature = sign_entry(&self.keys[0], &hash);
        (bytes, signature)
    }

    /// The signed checkpoint over all entries so far.
    pub(crate) fn checkpoint(&self, root: Hash) -> String {
        let checkpoint = Checkpoint { origin: self.origin.clone(), size: self.size, root };
        checkpoint.sign(&[&self.keys[1]]).expect("one key")
    }
}
