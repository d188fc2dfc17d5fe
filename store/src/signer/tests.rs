//! What the signer signs, what it refuses, and what it remembers.

use ledger::checkpoint::Checkpoint;
use ledger::tree::{consistency_proof, leaf_hash};
use rstest::rstest;

use super::*;

/// A signer in a directory of its own, for logs of which only the leaves matter.
struct Desk {
    directory: tempfile::TempDir,
    origin: Origin,
    key: KeyId,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let origin = Origin::parse("ledger.example.com/acme").unwrap();
        let key = keys_in(&directory).create(&origin, Role::Checkpoints).unwrap().key_id();
        Self { directory, origin, key }
    }

    fn seals(&self) -> SealDirectory {
        SealDirectory::new(self.directory.path())
    }

    fn signer(&self) -> Signer {
        Signer::open(&self.seals(), &keys_in(&self.directory), &self.origin).unwrap().expect("nobody else holds it")
    }

    /// Asks for a checkpoint over the first `size` of these leaves, proved from what the signer remembers.
    fn ask(&self, signer: &mut Signer, leaves: &[Hash], size: u64) -> Result<String, SignerError> {
        let before = signer.record().map_or(0, |record| record.head.size);
        let proof = if before <= size { consistency_proof(before, size, &mut &*leaves).unwrap() } else { Vec::new() };
        signer.sign(&self.wish(leaves, size, &proof))
    }

    fn wish<'a>(&'a self, leaves: &[Hash], size: u64, proof: &'a [Hash]) -> Wish<'a> {
        let root = tree::root_at(size, &mut &*leaves).unwrap();
        let (keys, past) = (std::slice::from_ref(&self.key), Past::NeverSealed);
        Wish { head: TreeHead { size, root }, entry: EntryHash::of(&size.to_be_bytes()), proof, keys, past }
    }
}

fn keys_in(directory: &tempfile::TempDir) -> KeyDirectory {
    KeyDirectory::new(directory.path().join("keys"))
}

fn leaves(history: &str, count: u64) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(format!("{history} {index}").as_bytes())).collect()
}

fn kind(error: &SignerError) -> &'static str {
    match error {
        SignerError::Smaller { .. } => "smaller",
        SignerError::OtherRoot { .. } => "other root",
        SignerError::NotAnExtension { .. } => "not an extension",
        SignerError::NoRecord(_) => "no record",
        SignerError::OtherKey { .. } => "other key",
        SignerError::Key(_) => "key",
        SignerError::Malformed { .. } => "malformed",
        SignerError::OtherLog { .. } => "other log",
        _ => "else",
    }
}

#[test]
fn a_log_that_grows_is_signed_and_remembered() {
    let desk = Desk::new();
    let leaves = leaves("a", 40);
    for size in [1, 2, 7, 8, 40] {
        let note = desk.ask(&mut desk.signer(), &leaves, size).unwrap();
        let (checkpoint, note_signed) = Checkpoint::parse(&note).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (size, tree::root_at(size, &mut &*leaves).unwrap()));
        let key = keys_in(&desk.directory).find(&desk.origin, Role::Checkpoints, desk.key).unwrap();
        assert_eq!(note_signed.open([key.vkey()], []).unwrap().signed, [key.vkey()]);
        let record = read_record(&desk.seals(), &desk.origin).unwrap().unwrap();
        assert_eq!((record.head.size, record.checkpoint), (size, note));
    }
}

#[test]
fn the_size_that_was_signed_gives_the_same_checkpoint_again() {
    let desk = Desk::new();
    let leaves = leaves("a", 5);
    let first = desk.ask(&mut desk.signer(), &leaves, 5).unwrap();
    assert_eq!(desk.ask(&mut desk.signer(), &leaves, 5).unwrap(), first);
}

/// After size 10 of history `a` was signed.
#[rstest]
#[case::a_smaller_log("a", 9, "smaller")]
#[case::nothing_at_all("a", 0, "smaller")]
#[case::the_same_size_with_another_root("b", 10, "other root")]
#[case::a_larger_log_of_another_history("b", 11, "not an extension")]
#[case::one_that_has_grown_far("b", 64, "not an extension")]
fn what_does_not_extend_the_record_is_refused(#[case] history: &str, #[case] size: u64, #[case] expected: &str) {
    let desk = Desk::new();
    desk.ask(&mut desk.signer(), &leaves("a", 10), 10).unwrap();
    let refused = desk.ask(&mut desk.signer(), &leaves(history, 64), size).unwrap_err();
    assert_eq!(kind(&refused), expected);
    // Refused also by who opens it next, and what was signed is still what counts.
    let record = read_record(&desk.seals(), &desk.origin).unwrap().unwrap();
    assert_eq!(record.head.size, 10);
    desk.ask(&mut desk.signer(), &leaves("a", 64), 64).unwrap();
}

#[test]
fn a_history_that_differs_only_below_the_signed_size_is_refused() {
    let desk = Desk::new();
    let honest = leaves("a", 20);
    desk.ask(&mut desk.signer(), &honest, 10).unwrap();
    let mut forged = honest;
    forged[3] = leaf_hash(b"another");
    assert_eq!(kind(&desk.ask(&mut desk.signer(), &forged, 20).unwrap_err()), "not an extension");
}

#[test]
fn a_proof_that_is_missing_or_of_other_sizes_is_refused() {
    let desk = Desk::new();
    let leaves = leaves("a", 20);
    desk.ask(&mut desk.signer(), &leaves, 10).unwrap();
    let of_other_sizes = consistency_proof(9, 20, &mut &*leaves).unwrap();
    for proof in [&[][..], &of_other_sizes] {
        let refused = desk.signer().sign(&desk.wish(&leaves, 20, proof)).unwrap_err();
        assert_eq!(kind(&refused), "not an extension");
    }
}

#[test]
fn a_log_that_is_not_new_is_not_signed_without_a_record() {
    let desk = Desk::new();
    let leaves = leaves("a", 3);
    let wish = Wish { past: Past::Sealed, ..desk.wish(&leaves, 3, &[]) };
    assert_eq!(kind(&desk.signer().sign(&wish).unwrap_err()), "no record");
    assert!(read_record(&desk.seals(), &desk.origin).unwrap().is_none());
}

#[test]
fn an_adopted_tree_head_is_where_signing_goes_on() {
    let desk = Desk::new();
    desk.ask(&mut desk.signer(), &leaves("a", 10), 10).unwrap();
    let other = leaves("b", 20);
    let head = TreeHead { size: 8, root: tree::root_at(8, &mut &*other).unwrap() };
    let before = desk.signer().adopt(head, EntryHash::of(b"8"), desk.key).unwrap();
    assert_eq!(before.unwrap().head.size, 10);
    assert_eq!(kind(&desk.ask(&mut desk.signer(), &leaves("a", 12), 12).unwrap_err()), "not an extension");
    desk.ask(&mut desk.signer(), &other, 8).unwrap();
    desk.ask(&mut desk.signer(), &other, 20).unwrap();
}

#[test]
fn the_first_checkpoint_after_a_rotation_is_signed_by_the_old_key_and_the_new() {
    let desk = Desk::new();
    let keys = keys_in(&desk.directory);
    let leaves = leaves("a", 6);
    desk.ask(&mut desk.signer(), &leaves, 3).unwrap();
    let new = keys.create(&desk.origin, Role::Checkpoints).unwrap();
    let proof = consistency_proof(3, 5, &mut &*leaves).unwrap();
    let both = [desk.key, new.key_id()];
    let note = desk.signer().sign(&Wish { keys: &both, ..desk.wish(&leaves, 5, &proof) }).unwrap();
    let old = keys.find(&desk.origin, Role::Checkpoints, desk.key).unwrap();
    let (_, note) = Checkpoint::parse(&note).unwrap();
    assert_eq!(note.open([old.vkey(), new.vkey()], []).unwrap().signed, [old.vkey(), new.vkey()]);
    let proof = consistency_proof(5, 6, &mut &*leaves).unwrap();
    let refused = desk.signer().sign(&Wish { proof: &proof, ..desk.wish(&leaves, 6, &proof) }).unwrap_err();
    assert_eq!(kind(&refused), "other key", "the old key alone does not go on");
}

#[test]
fn a_key_that_is_not_here_signs_nothing_and_nothing_is_remembered() {
    let desk = Desk::new();
    let leaves = leaves("a", 3);
    let elsewhere = [KeyId::from_bytes([1, 2, 3, 4])];
    let refused = desk.signer().sign(&Wish { keys: &elsewhere, ..desk.wish(&leaves, 3, &[]) }).unwrap_err();
    assert_eq!(kind(&refused), "key");
    assert!(read_record(&desk.seals(), &desk.origin).unwrap().is_none());
}

#[test]
fn a_log_has_one_signer_at_a_time() {
    let desk = Desk::new();
    let held = desk.signer();
    assert!(Signer::open(&desk.seals(), &keys_in(&desk.directory), &desk.origin).unwrap().is_none());
    drop(held);
    assert!(Signer::open(&desk.seals(), &keys_in(&desk.directory), &desk.origin).unwrap().is_some());
}

#[test]
fn a_checkpoint_that_cannot_be_remembered_is_not_given_out() {
    let desk = Desk::new();
    let leaves = leaves("a", 9);
    let mut signer = desk.signer();
    desk.ask(&mut signer, &leaves, 3).unwrap();
    let path = desk.seals().signer_record(&desk.origin);
    // A directory in its place: it can be neither replaced nor read as a record.
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir_all(path.join("x")).unwrap();
    assert!(matches!(desk.ask(&mut signer, &leaves, 9), Err(SignerError::Io { .. })));
    assert_eq!(signer.record().unwrap().head.size, 3, "what is not durable is not remembered either");
}

#[rstest]
#[case::empty("", "malformed")]
#[case::cut_off("{\"checkpoint\":\"", "malformed")]
#[case::another_log_was_put_there(
    r#"{"checkpoint":"","entry":"0000000000000000000000000000000000000000000000000000000000000000","key":"01020304","origin":"ledger.example.com/other","root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","size":0}"#,
    "other log"
)]
fn a_damaged_record_is_not_taken_for_none(#[case] content: &str, #[case] expected: &str) {
    let desk = Desk::new();
    drop(desk.signer());
    std::fs::write(desk.seals().signer_record(&desk.origin), content).unwrap();
    let opened = Signer::open(&desk.seals(), &keys_in(&desk.directory), &desk.origin);
    assert_eq!(kind(&opened.unwrap_err()), expected);
}

#[test]
fn a_record_with_a_changed_size_is_malformed() {
    let desk = Desk::new();
    let leaves = leaves("a", 9);
    desk.ask(&mut desk.signer(), &leaves, 9).unwrap();
    let path = desk.seals().signer_record(&desk.origin);
    let changed = std::fs::read_to_string(&path).unwrap().replace("\"size\":9", "\"size\":8");
    std::fs::write(&path, changed).unwrap();
    assert_eq!(kind(&read_record(&desk.seals(), &desk.origin).unwrap_err()), "malformed");
}
