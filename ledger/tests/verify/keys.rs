//! Keys over time: which one is in force where, and what a revocation leaves in doubt (spec §7).

use ledger::entry::Entry;
use ledger::history::{Due, HistoryError, KeyHistory};
use ledger::key::{Role, SigningKey};
use ledger::policy::Policy;
use ledger::time::Timestamp;
use ledger::verify::{Options, Question, Status, container};
use serde_json::{Value, json};

use crate::support::{Log, START, listed, read};

fn entries(log: &Log) -> Vec<Entry> {
    log.listed.entries.iter().map(|(bytes, _)| Entry::parse(bytes).unwrap()).collect()
}

fn history(entries: &[Entry]) -> KeyHistory {
    let mut history = KeyHistory::open(&entries[0]).unwrap();
    for entry in entries {
        history.apply(entry).unwrap();
    }
    history
}

#[test]
fn a_key_is_in_force_after_the_entry_that_brings_it() {
    let mut log = Log::open();
    let first = Role::ALL.map(|role| log.key(role).key_id());
    log.events(4);
    let rotated_at = Role::ALL.map(|role| log.rotate(role));
    log.events(2);
    let history = history(&entries(&log));
    for ((role, old), at) in Role::ALL.into_iter().zip(first).zip(rotated_at) {
        let new = log.key(role).key_id();
        assert_eq!(history.in_force(role, 0).vkey.key_id(), old);
        assert_eq!(history.in_force(role, at).vkey.key_id(), old);
        assert_eq!(history.in_force(role, at + 1).vkey.key_id(), new);
        assert_eq!(history.current(role).since, Some(at));
        assert_eq!(history.held(role)[0].until, Some(at));
        let name = role.vkey_name(&log.origin);
        for key_id in [old, new] {
            assert_eq!(history.known_as(&name, key_id).unwrap().key_id(), key_id);
            assert_eq!(history.known_as("another", key_id), None);
        }
    }
}

#[test]
fn the_vectors_keys_change_where_they_say() {
    let log = listed(&read("log-300.zip"));
    let entries: Vec<Entry> = log.entries.iter().map(|(bytes, _)| Entry::parse(bytes).unwrap()).collect();
    let history = history(&entries);
    let key_id = |role, position| history.in_force(role, position).vkey.key_id().to_string();
    assert_eq!([key_id(Role::Entries, 7), key_id(Role::Entries, 8)], ["e0000d08", "c0161bc3"]);
    assert_eq!([key_id(Role::Checkpoints, 40), key_id(Role::Checkpoints, 41)], ["14d4ee76", "0d6ad8cd"]);
    assert_eq!([key_id(Role::Receipts, 41), key_id(Role::Receipts, 42)], ["cab6a581", "412fc5fb"]);
}

/// A rotation of the entries key with one member changed.
fn altered_rotation(change: impl FnOnce(&mut Value)) -> HistoryError {
    let mut log = Log::open();
    log.rotate(Role::Entries);
    let mut value: Value = serde_json::from_slice(&log.listed.entries[1].0).unwrap();
    change(&mut value);
    let entry = Entry::parse(&ledger::json::canonical(&value)).unwrap();
    let mut history = KeyHistory::open(&entries(&log)[0]).unwrap();
    history.apply(&entry).unwrap_err()
}

#[test]
fn a_rotation_is_signed_by_both_keys_at_its_place() {
    let zeros = "A".repeat(86) + "==";
    let endorsement = altered_rotation(|value| value["data"]["detail"]["endorsement"] = json!(zeros));
    assert_eq!(endorsement, HistoryError::Endorsement);
    let handover = altered_rotation(|value| value["data"]["detail"]["handover"] = json!(zeros));
    assert_eq!(handover, HistoryError::Handover);
    let place = altered_rotation(|value| value["sequence"] = json!("00000000000000000002"));
    assert_eq!(place, HistoryError::Endorsement);
    let prevhash = altered_rotation(|value| value["prevhash"] = json!("0".repeat(64)));
    assert_eq!(prevhash, HistoryError::Endorsement);
    let old = altered_rotation(|value| value["data"]["detail"]["old_keyid"] = json!("00000000"));
    assert!(matches!(old, HistoryError::NotInForce { role: Role::Entries, .. }));
}

#[test]
fn a_key_never_comes_twice() {
    let mut log = Log::open();
    let first = log.key(Role::Entries).clone();
    log.rotate(Role::Entries);
    let index = log.size();
    let rotation = ledger::history::Rotation {
        origin: &log.origin,
        role: Role::Entries,
        old: log.key(Role::Entries),
        new: &first,
        index,
        prevhash: &ledger::hash::EntryHash::of(&log.listed.entries[1].0),
    };
    let detail = rotation.detail();
    log.append("ledger.key.rotated", ("ledger/x", None), detail, Vec::new());
    let entries = entries(&log);
    let mut history = history(&entries[..2]);
    assert_eq!(history.apply(&entries[2]), Err(HistoryError::Reused(first.key_id())));
}

#[test]
fn a_revoked_key_in_force_is_replaced_by_the_next_entry() {
    let mut log = Log::open();
    let revoked_at = log.revoke(Role::Checkpoints, START);
    let due = history(&entries(&log)).due();
    assert_eq!(due, Some(Due { revoked_at, role: Role::Checkpoints }));
    let mut late = Log::open();
    late.revoke(Role::Receipts, START);
    late.event("thing/1");
    late.rotate(Role::Receipts);
    let export = late.export();
    let line = late.verify(&export).line(Question::Signatures).unwrap().clone();
    assert_eq!((line.status, line.first_index), (Status::Failed, Some(2)));
    log.rotate(Role::Checkpoints);
    assert_eq!(history(&entries(&log)).due(), None);
}

#[test]
fn another_revocation_does_not_replace_a_revoked_key() {
    for other in [Role::Entries, Role::Receipts] {
        let mut log = Log::open();
        log.revoke(Role::Receipts, START);
        log.revoke(other, START);
        log.rotate(Role::Receipts);
        let export = log.export();
        let line = log.verify(&export).line(Question::Signatures).unwrap().clone();
        assert_eq!((line.status, line.first_index), (Status::Failed, Some(2)), "{other}");
    }
}

#[test]
fn a_history_keeps_what_matters_of_a_key_revoked_over_and_over() {
    let mut log = Log::open();
    let key_id = log.key(Role::Entries).key_id();
    let in_force_at = log.revoke(Role::Entries, START + 50);
    log.rotate(Role::Entries);
    for seconds in (10..40).chain(5..30) {
        let detail = json!({
            "compromised_since": format!("2026-11-22T09:00:{seconds:02}.000000Z"),
            "keyid": key_id.to_string(),
            "reason": "so it is said. ".repeat(1000),
            "role": "entries",
        });
        log.append("ledger.key.revoked", ("ledger/x", None), detail, Vec::new());
    }
    let history = history(&entries(&log));
    // The one that came while the key was in force, and of the others the one that reaches back furthest.
    let kept: Vec<u64> = history.revocations().map(|revocation| revocation.index).collect();
    assert_eq!(kept, [in_force_at, in_force_at + 2 + 30]);
    assert_eq!(history.revocation_of(Role::Entries, key_id).unwrap().index, kept[1]);
    assert_eq!(history.revocation_of(Role::Receipts, key_id), None);
}

#[test]
fn only_a_key_that_the_log_has_had_can_be_revoked() {
    let mut log = Log::open();
    let detail = json!({"compromised_since": "2026-11-22T09:00:00.000000Z", "keyid": "00000000", "reason": "", "role": "entries"});
    log.append("ledger.key.revoked", ("ledger/x", None), detail, Vec::new());
    let export = log.export();
    let line = log.verify(&export).line(Question::Signatures).unwrap().clone();
    assert_eq!((line.status, line.first_index), (Status::Failed, Some(1)));
}

#[test]
fn receipts_by_a_revoked_key_prove_nothing_from_that_time_on() {
    let mut log = Log::open();
    let key_id = log.key(Role::Receipts).key_id();
    log.revoke(Role::Receipts, START + 5);
    log.rotate(Role::Receipts);
    let history = history(&entries(&log));
    let at = |seconds: u64| Timestamp::from_micros(i64::try_from(START + seconds).unwrap() * 1_000_000).unwrap();
    assert!(!history.is_receipt_doubtful(key_id, at(4)));
    assert!(history.is_receipt_doubtful(key_id, at(5)));
    assert!(!history.is_receipt_doubtful(log.key(Role::Receipts).key_id(), at(9)));
}

fn witness() -> SigningKey {
    SigningKey::from_seed("witness.example.net", [99; 32]).unwrap()
}

/// The log's policy with one witness that must cosign.
fn witnessed_policy(log: &Log) -> Policy {
    let cosigner = ledger::cosignature::Cosigner::of(&witness());
    let vkey = log.key(Role::Checkpoints).vkey();
    Policy::parse(format!("log {vkey}\nwitness w {cosigner}\nquorum w\n").as_bytes()).unwrap()
}

/// What is said of the signatures of a log whose entries key was revoked, where a checkpoint over the first 10 entries
/// was cosigned `cosigned_after` seconds after the start, and the key compromised 20 seconds after it.
fn doubts(cosigned_after: u64) -> (Status, Option<u64>) {
    let mut log = Log::open();
    let witness = witness();
    log.events(9);
    log.seal_cosigned(&[(&witness, START + cosigned_after)]);
    log.events(5);
    log.heartbeat();
    log.events(15);
    log.revoke(Role::Entries, START + 20);
    log.rotate(Role::Entries);
    log.events(3);
    let checkpoint = log.seal_cosigned(&[(&witness, START + 60)]);
    let policy = witnessed_policy(&log);
    let options = Options { policy: Some(&policy), ..Options::default() };
    let export = log.export_at(&checkpoint);
    let verdict = container(export.as_slice(), &options).unwrap();
    assert!(!verdict.has_failed(), "{verdict:#?}");
    let line = verdict.line(Question::Signatures).unwrap();
    (line.status, line.first_index)
}

#[test]
fn what_a_quorum_saw_before_a_key_was_lost_is_not_in_doubt() {
    assert_eq!(doubts(15), (Status::NotProved, Some(10)));
    assert_eq!(doubts(19), (Status::NotProved, Some(10)));
    assert_eq!(doubts(20), (Status::NotProved, Some(0)));
}

#[test]
fn a_checkpoint_signed_by_a_revoked_key_alone_is_in_doubt() {
    let mut log = Log::open();
    log.events(4);
    log.revoke(Role::Checkpoints, START);
    let export = log.export();
    let verdict = log.verify(&export);
    let line = verdict.line(Question::Checkpoint).unwrap();
    assert_eq!((line.status, line.first_index), (Status::NotProved, Some(5)));
    assert_eq!(verdict.exit_status(&[]), 3);
    let pinned_before = log.policy();
    log.rotate(Role::Checkpoints);
    let export = log.export();
    let options = Options { policy: Some(&pinned_before), ..Options::default() };
    let verdict = container(export.as_slice(), &options).unwrap();
    assert_eq!(verdict.exit_status(&[]), 0, "{verdict:#?}");
}

#[test]
fn a_log_is_pinned_by_each_key_it_has_had() {
    let mut log = Log::open();
    let mut policies = vec![log.policy()];
    for _ in 0..3 {
        log.events(3);
        log.rotate(Role::Checkpoints);
        policies.push(log.policy());
    }
    let export = log.export();
    for policy in &policies {
        let options = Options { policy: Some(policy), ..Options::default() };
        assert_eq!(container(export.as_slice(), &options).unwrap().exit_status(&[]), 0);
    }
    let stranger = SigningKey::from_seed(log.origin.as_str(), [200; 32]).unwrap();
    let policy = Policy::for_log(stranger.vkey());
    let verdict = container(export.as_slice(), &Options { policy: Some(&policy), ..Options::default() }).unwrap();
    assert_eq!(verdict.line(Question::Authenticity).unwrap().status, Status::Failed);
}

#[test]
fn a_policy_for_other_logs_only_fails() {
    let export = Log::open().export();
    let policy = crate::support::trust();
    let verdict = container(export.as_slice(), &Options { policy: Some(&policy), ..Options::default() }).unwrap();
    assert_eq!(verdict.line(Question::Authenticity).unwrap().status, Status::Failed);
}
