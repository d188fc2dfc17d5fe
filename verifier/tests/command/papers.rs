//! Receipts and proofs, as the service hands them out.

use std::fs;
use std::path::{Path, PathBuf};

use ledger::proof::TlogProof;
use ledger::tree::{Hash, leaf_hash, node_hash};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::program::{Run, members, path, run, table};

/// Something that the frozen files say of the log.
fn expected(name: &str) -> String {
    table("expected.json")[name].as_str().unwrap().to_owned()
}

fn entry(index: usize) -> String {
    let entries = String::from_utf8(members("log-10.zip")["entries.jsonl"].clone()).unwrap();
    entries.lines().nth(index).unwrap().to_owned()
}

/// The proof of an entry under the checkpoint of the first ten.
fn proof_of(index: usize) -> String {
    let entries = members("log-10.zip");
    let note = String::from_utf8(entries["log/checkpoint"].clone()).unwrap();
    let leaves: Vec<Hash> = (0..10).map(|index| leaf_hash(entry(index).as_bytes())).collect();
    TlogProof::new(index as u64, path_of(&leaves, index), &note).unwrap().to_string()
}

/// RFC 6962 §2.1.1, written down from there.
fn path_of(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(half);
    let (mut path, other) =
        if index < half { (path_of(left, index), right) } else { (path_of(right, index - half), left) };
    path.push(root(other));
    path
}

fn root(leaves: &[Hash]) -> Hash {
    if let [one] = leaves {
        return *one;
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    node_hash(&root(left), &root(right))
}

/// A receipt in the form of the service.
fn receipt() -> Value {
    json!({
        "keys": [{"entry": entry(0), "index": 0, "proof": proof_of(0)}],
        "receipt": expected("receipt"),
        "state": "sealed",
    })
}

struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(tempdir().unwrap())
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let file = self.0.path().join(name);
        fs::write(&file, content).unwrap();
        file
    }
}

/// In the order in which the service writes the members.
fn written(receipt: &Value) -> String {
    let (keys, note, state) = (&receipt["keys"], &receipt["receipt"], &receipt["state"]);
    format!("{{\"receipt\":{note},\"state\":{state},\"keys\":{keys}}}")
}

fn pinned(file: &Path) -> Run {
    run([file.as_os_str(), "--trust".as_ref(), path("trust.policy").as_ref()])
}

#[test]
fn a_receipt_is_checked_as_it_was_handed_out() {
    let place = Place::new();
    let file = place.file("acme-5.receipt.json", &written(&receipt()));
    let checked = pinned(&file);
    assert_eq!(checked.status, 0, "{}{}", checked.stdout, checked.stderr);
    for line in ["format", "signatures", "tree", "authenticity"] {
        assert_eq!(checked.line(line), "ok", "{}", checked.stdout);
    }
    let said = checked.said();
    assert!(said.contains("promised that entry 5, recorded 2026-11-22T09:00:05.039595Z"), "{said}");
    assert!(said.contains("Whether the promise was kept, the log shows"), "{said}");
    let unpinned = run([&file]);
    assert_eq!((unpinned.status, unpinned.line("authenticity")), (3, "not checked"));
}

#[test]
fn several_receipts_in_one_file_are_checked_together() {
    let place = Place::new();
    let (mut false_one, good) = (receipt(), written(&receipt()));
    let checked = pinned(&place.file("receipts.jsonl", &format!("{good}\n{good}\n")));
    assert_eq!(checked.status, 0, "{}", checked.stdout);
    assert!(checked.said().contains("2 receipts of the log ledger.example.com/acme"), "{}", checked.said());
    false_one["receipt"] = expected("receipt").replace("\n5\n", "\n6\n").into();
    let checked = pinned(&place.file("receipts.jsonl", &format!("{good}\n{}\n", written(&false_one))));
    assert_eq!((checked.status, checked.line("signatures")), (1, "FAILED"), "{}", checked.stdout);
    assert!(checked.said().contains("First entry concerned: 6."), "{}", checked.said());
}

#[rstest]
#[case::another_time("receipt", "09:00:05", "09:00:06", "signatures")]
#[case::another_key("entry", "AYoXM6Wk0X", "AYoXM6Wk0Y", "signatures")]
#[case::another_entry("entry", "2026-11-22T09:00:00.000000Z", "2026-11-22T09:00:00.000001Z", "tree")]
#[case::another_root("proof", "\n10\n", "\n11\n", "tree")]
#[case::no_receipt("receipt", "/receipts\n", "\n", "format")]
fn a_receipt_that_was_changed_fails_where_it_was(
    #[case] member: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] line: &str,
) {
    let place = Place::new();
    let mut changed = receipt();
    let value = if member == "receipt" { &mut changed["receipt"] } else { &mut changed["keys"][0][member] };
    assert!(value.as_str().unwrap().contains(from));
    *value = value.as_str().unwrap().replace(from, to).into();
    let checked = pinned(&place.file("acme-5.receipt.json", &written(&changed)));
    assert_eq!((checked.status, checked.line(line)), (1, "FAILED"), "{}", checked.stdout);
}

#[test]
fn a_receipt_that_came_before_the_first_checkpoint_or_lost_its_keys_is_left_open() {
    let place = Place::new();
    let mut early = receipt();
    early["keys"][0]["proof"] = Value::Null;
    for content in [written(&early), expected("receipt")] {
        let checked = pinned(&place.file("acme-5.receipt.json", &content));
        assert_eq!((checked.status, checked.line("tree")), (3, "not proved"), "{}", checked.stdout);
        assert_eq!(checked.line("authenticity"), "not proved", "{}", checked.stdout);
    }
}

#[test]
fn a_receipt_that_was_cut_off_is_told_from_an_export() {
    let place = Place::new();
    let whole = written(&receipt());
    let checked = pinned(&place.file("acme-5.receipt.json", &whole[..whole.len() - 9]));
    assert_eq!((checked.status, checked.line("format")), (1, "FAILED"), "{}", checked.stdout);
    assert!(!checked.stdout.contains("container"), "{}", checked.stdout);
}

#[test]
fn a_proof_is_checked_with_the_entry_beside_it_by_either_name() {
    let place = Place::new();
    let proof = place.file("acme-5.tlog-proof", &expected("tlog_proof"));
    let alone = pinned(&proof);
    assert_eq!(
        (alone.status, alone.line("tree"), alone.line("authenticity")),
        (3, "not proved", "ok"),
        "{}",
        alone.stdout
    );
    assert!(alone.said().contains("under the same name with .json"), "{}", alone.said());
    let bytes = place.file("acme-5.json", &entry(5));
    for file in [proof, bytes] {
        let checked = pinned(&file);
        assert_eq!((checked.status, checked.line("tree")), (0, "ok"), "{}{}", checked.stdout, checked.stderr);
    }
}

#[test]
fn a_proof_beside_another_entry_fails() {
    let place = Place::new();
    let proof = place.file("acme-5.tlog-proof", &expected("tlog_proof"));
    place.file("acme-5.json", &entry(6));
    let checked = pinned(&proof);
    assert_eq!((checked.status, checked.line("tree")), (1, "FAILED"), "{}", checked.stdout);
    assert_eq!(checked.line("authenticity"), "FAILED", "not judged");
}

#[test]
fn a_single_entry_is_told_what_it_lacks() {
    let place = Place::new();
    let checked = pinned(&place.file("acme-5.json", &entry(5)));
    assert_eq!((checked.status, checked.stdout.as_str()), (2, ""));
    assert!(checked.stderr.contains("a single entry"), "{}", checked.stderr);
}

#[test]
fn papers_of_a_log_that_the_policy_does_not_know_fail() {
    let place = Place::new();
    let policy = fs::read_to_string(path("trust.policy")).unwrap();
    let other = place.file("other.policy", &other_log(&policy));
    let file = place.file("acme-5.receipt.json", &written(&receipt()));
    let checked = run([file.as_os_str(), "--trust".as_ref(), other.as_ref()]);
    assert_eq!((checked.status, checked.line("authenticity")), (1, "FAILED"), "{}", checked.stdout);
}

/// The policy with a key of another log in the place of the first.
fn other_log(policy: &str) -> String {
    let log = ledger::key::SigningKey::from_seed("ledger.example.com/other", [7; 32]).unwrap();
    let lines = policy
        .lines()
        .map(|line| if line.starts_with("log ") { format!("log {}", log.vkey()) } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}
