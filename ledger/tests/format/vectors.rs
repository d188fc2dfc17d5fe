//! The frozen vectors, and that each of them comes out of this code bit for bit.

use std::sync::LazyLock;

use ledger::checkpoint::Checkpoint;
use ledger::draft::{Draft, DraftParts, Personal, Place};
use ledger::entry::{Entry, LedgerEvent};
use ledger::hash::EntryHash;
use ledger::id::EntryId;
use ledger::key::{Signature, SigningKey, Vkey};
use ledger::name::Origin;
use ledger::policy::Policy;
use ledger::proof::TlogProof;
use ledger::receipt::Receipt;
use ledger::sealed::{DataKey, SealedPlace, SealedValue};
use ledger::signature::{sign_entry, verify_entry};
use serde_json::Value;

/// What the independent implementation made of the entries.
pub(crate) static EXPECTED: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../vectors/expected.json")).unwrap());

/// The 300 entries.
pub(crate) fn entries() -> impl Iterator<Item = &'static [u8]> {
    include_str!("../vectors/entries.jsonl").lines().map(str::as_bytes)
}

/// The log that the vectors are of.
pub(crate) fn origin() -> Origin {
    Origin::parse(text(&EXPECTED["origin"])).unwrap()
}

/// A key by its name in the vectors: a role, and `/2` for the key that follows the first.
pub(crate) fn key(name: &str) -> SigningKey {
    let seed = hex::decode(text(&EXPECTED["seeds_hex"][name])).unwrap().try_into().unwrap();
    SigningKey::from_seed(Vkey::parse(text(&EXPECTED["vkeys"][name])).unwrap().name(), seed).unwrap()
}

pub(crate) fn text(value: &'static Value) -> &'static str {
    value.as_str().unwrap()
}

/// Base64 of a signature.
fn signature(value: &'static Value) -> Signature {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text(value)).unwrap().try_into().unwrap()
}

/// What was drafted for an entry, but for its personal values.
pub(crate) fn parts_of(entry: &Entry) -> DraftParts {
    DraftParts {
        event_type: entry.event_type.clone(),
        version: entry.version,
        subject: entry.subject.clone(),
        stream: entry.stream.as_ref().map(|place| place.stream.clone()),
        actor: entry.actor.clone(),
        outcome: entry.outcome.clone(),
        context: entry.context.clone(),
        detail: entry.detail.clone(),
        personal: Vec::new(),
    }
}

/// Where an entry stands.
pub(crate) fn place_of(entry: &Entry) -> Place {
    Place {
        index: entry.sequence,
        time: entry.time,
        id: entry.id,
        prevhash: entry.prevhash,
        keyid: entry.keyid,
        stream_version: entry.stream.as_ref().map(|place| place.version),
    }
}

fn personal_of(value: &SealedValue) -> Personal {
    let sealed = &EXPECTED["sealed"];
    let nonce = std::array::from_fn(|place| u8::try_from(place).unwrap());
    Personal {
        field: value.field().to_owned(),
        of: value.of(),
        kid: value.kid().to_owned(),
        key: data_key(),
        nonce,
        plaintext: text(&sealed["plaintext"]).to_owned(),
    }
}

fn data_key() -> DataKey {
    DataKey::from_bytes(hex::decode(text(&EXPECTED["sealed"]["data_key_hex"])).unwrap().try_into().unwrap())
}

#[test]
fn every_entry_is_made_again_from_its_parts() {
    for bytes in entries() {
        let entry = Entry::parse(bytes).unwrap();
        let personal = entry.sealed.iter().map(personal_of).collect();
        let draft = Draft::new(&origin(), DraftParts { personal, ..parts_of(&entry) }).unwrap();
        let made = draft.place(&origin(), &place_of(&entry)).unwrap();
        assert_eq!(str::from_utf8(&made), str::from_utf8(bytes));
    }
}

#[test]
fn every_entry_has_its_hash_and_follows_the_one_before_it() {
    let mut before: Option<Entry> = None;
    for (index, bytes) in entries().enumerate() {
        let entry = Entry::parse(bytes).unwrap();
        let hash = EntryHash::of(bytes);
        assert_eq!(hash.to_string(), EXPECTED["entry_hash_hex"][index]);
        assert_eq!(entry.sequence, u64::try_from(index).unwrap());
        if let Some(before) = before {
            assert!(before.id < entry.id && before.time <= entry.time);
        }
        assert_eq!(index == 0, entry.prevhash == EntryHash::ZERO);
        if let Some(next) = entries().nth(index + 1) {
            assert_eq!(Entry::parse(next).unwrap().prevhash, hash);
        }
        before = Some(entry);
    }
}

#[test]
fn every_signature_is_made_again_and_verifies() {
    let keys = [key("entries"), key("entries/2")];
    for (index, bytes) in entries().enumerate() {
        let entry = Entry::parse(bytes).unwrap();
        let key = keys.iter().find(|key| key.key_id() == entry.keyid).unwrap();
        let made = sign_entry(key, &EntryHash::of(bytes));
        assert_eq!(made, signature(&EXPECTED["entry_signature_b64"][index]), "entry {index}");
        assert!(verify_entry(key.vkey(), &EntryHash::of(bytes), &made));
        assert!(!verify_entry(key.vkey(), &EntryHash::ZERO, &made));
    }
}

#[test]
fn the_keys_of_all_roles_are_made_again_from_their_seeds() {
    for name in ["entries", "entries/2", "checkpoints", "checkpoints/2", "receipts", "receipts/2"] {
        let expected = text(&EXPECTED["vkeys"][name]);
        assert_eq!(key(name).vkey().to_string(), expected);
        assert_eq!(Vkey::parse(expected).unwrap(), *key(name).vkey());
    }
}

#[test]
fn the_first_entry_opens_the_log_with_the_first_keys() {
    let first = Entry::parse(entries().next().unwrap()).unwrap();
    let Some(LedgerEvent::Opened(opened)) = first.ledger_event.as_deref() else { panic!("not opened: {first:?}") };
    assert_eq!(opened.entries_vkey, *key("entries").vkey());
    assert_eq!(opened.checkpoints_vkey, *key("checkpoints").vkey());
    assert_eq!(opened.receipts_vkey, *key("receipts").vkey());
    assert_eq!(opened.detail(&origin()), first.detail);
}

#[test]
fn events_of_the_ledger_are_read_as_what_they_are_and_written_back() {
    let mut kinds = std::collections::BTreeSet::new();
    for entry in entries().map(|bytes| Entry::parse(bytes).unwrap()) {
        let Some(event) = entry.ledger_event.as_deref() else { continue };
        let detail = match event {
            LedgerEvent::Opened(opened) => opened.detail(&origin()),
            LedgerEvent::Heartbeat(heartbeat) => heartbeat.detail(),
            LedgerEvent::KeyRotated(rotated) => rotated.detail(),
            LedgerEvent::KeyRevoked(revoked) => revoked.detail(),
            LedgerEvent::StreamAttested(attested) => attested.detail(),
            LedgerEvent::SealedKeyDestroyed(destroyed) => {
                assert_eq!(destroyed.kid, entry.detail["kid"]);
                entry.detail.clone()
            }
            LedgerEvent::Recovered(_) => panic!("no vector has a recovery: {entry:?}"),
        };
        assert_eq!(detail, entry.detail);
        kinds.insert(entry.event_type);
    }
    assert_eq!(kinds.len(), 5, "{kinds:?}");
}

#[test]
fn every_checkpoint_is_made_again_and_opens_under_its_key() {
    let (old, new) = (key("checkpoints"), key("checkpoints/2"));
    for (size, expected) in EXPECTED["checkpoints"].as_object().unwrap() {
        let expected = expected.as_str().unwrap();
        let (checkpoint, note) = Checkpoint::parse(expected).unwrap();
        assert_eq!(checkpoint.size.to_string(), *size);
        assert_eq!(format!("{:x}", checkpoint.root), EXPECTED["roots_hex"][size]);
        // The key of checkpoints is rotated by entry 40.
        let keys: &[&SigningKey] = match checkpoint.size {
            ..41 => &[&old],
            41 => &[&old, &new],
            _ => &[&new],
        };
        assert_eq!(checkpoint.sign(keys).unwrap(), expected);
        let opened = note.open(keys.iter().map(|key| key.vkey()), []).unwrap();
        assert_eq!(opened.signed.len(), keys.len());
        assert!(opened.ignored.is_empty());
    }
}

#[test]
fn the_sealed_value_is_made_again_and_opens() {
    let sealed = &EXPECTED["sealed"];
    let value = SealedValue::parse(&sealed["value"]).unwrap();
    let personal = personal_of(&value);
    let (origin, entry) = (origin(), EntryId::parse(text(&sealed["entry_id"])).unwrap());
    let place = SealedPlace { origin: &origin, entry, field: "email", kid: value.kid(), of: value.of() };
    assert_eq!(SealedValue::seal(&place, &personal.key, personal.nonce, &personal.plaintext), value);
    assert_eq!(*value.open(&origin, entry, &data_key()).unwrap(), personal.plaintext);
}

#[test]
fn the_receipt_is_made_again_and_verifies() {
    let expected = text(&EXPECTED["receipt"]);
    let receipt = Receipt::verify(expected, key("receipts").vkey()).unwrap();
    assert_eq!(receipt.sign(&key("receipts")).unwrap(), expected);
    let entry = entries().nth(5).unwrap();
    assert_eq!(receipt.hash, EntryHash::of(entry));
    assert_eq!(receipt.time, Entry::parse(entry).unwrap().time);
    assert_eq!((receipt.sequence, receipt.checkpoint_size), (5, 4));
    assert_eq!(format!("{:x}", receipt.checkpoint_root), EXPECTED["roots_hex"]["4"]);
}

#[test]
fn the_proof_is_made_again_and_proves_its_entry_only() {
    let expected = text(&EXPECTED["tlog_proof"]);
    let proof = TlogProof::parse(expected).unwrap();
    assert_eq!(proof.to_string(), expected);
    let again = TlogProof::new(proof.index, proof.hashes.clone(), text(&EXPECTED["checkpoints"]["10"])).unwrap();
    assert_eq!(again, proof);
    for (index, entry) in entries().take(10).enumerate() {
        assert_eq!(proof.verify(entry).is_ok(), index == 5);
    }
}

#[test]
fn the_policy_that_pins_the_log_is_made_again() {
    let expected = include_bytes!("../vectors/trust.policy");
    assert_eq!(Policy::for_log(key("checkpoints").vkey()).to_bytes(), expected);
    assert_eq!(Policy::parse(expected).unwrap(), Policy::for_log(key("checkpoints").vkey()));
}
