//! The tree against the frozen vectors and against two independent implementations of RFC 6962.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use digest::consts::U32;
use digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update};
use ledger::tree::{
    self, Frontier, FrontierError, Hash, HashError, HashReader, Node, ProofError, ProveError, RangeError, TreeHead,
};
use proptest::prelude::*;
use serde_json::Value;
use sha2::Digest as _;

/// Our SHA-256 in the form that `ct_merkle` takes; the tree on top of it is its own.
#[derive(Clone, Default)]
struct Sha256(sha2::Sha256);

impl HashMarker for Sha256 {}

impl OutputSizeUser for Sha256 {
    type OutputSize = U32;
}

impl Update for Sha256 {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

impl FixedOutput for Sha256 {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(&self.0.finalize());
    }
}

/// All hashes that a log stores, as `tlog_tiles` numbers them.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl tlog_tiles::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| tree::leaf_hash(&entry(index))).collect()
}

fn head(leaves: &[Hash], size: u64) -> TreeHead {
    TreeHead { size, root: tree::root_at(size, &mut &*leaves).unwrap() }
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/expected.json")).unwrap()
}

fn hashes(list: &Value) -> Vec<Hash> {
    list.as_array().unwrap().iter().map(|hash| hash.as_str().unwrap().parse().unwrap()).collect()
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap()
}

fn vector_leaves(vectors: &Value) -> Vec<Hash> {
    let list = vectors["leaf_hash_hex"].as_array().unwrap();
    list.iter().map(|hash| Hash::from_hex(hash.as_str().unwrap()).unwrap()).collect()
}

#[test]
fn leaf_hashes_are_those_of_the_vectors() {
    let entries = include_str!("vectors/entries.jsonl");
    let found: Vec<_> = entries.lines().map(|entry| tree::leaf_hash(entry.as_bytes())).collect();
    assert_eq!(found, vector_leaves(&vectors()));
}

#[test]
fn roots_are_those_of_the_vectors() {
    let vectors = vectors();
    let leaves = vector_leaves(&vectors);
    let roots = vectors["roots_hex"].as_object().unwrap();
    assert!(roots.len() > 10);
    for (size, root) in roots {
        let size: usize = size.parse().unwrap();
        let mut frontier = Frontier::new();
        for leaf in &leaves[..size] {
            frontier.push(*leaf);
        }
        assert_eq!(format!("{:x}", frontier.root()), root.as_str().unwrap(), "root of {size}");
        assert_eq!(tree::root_at(size as u64, &mut &*leaves).unwrap(), frontier.root());
    }
}

#[test]
fn inclusion_proofs_are_those_of_the_vectors() {
    let vectors = vectors();
    let leaves = vector_leaves(&vectors);
    for vector in vectors["inclusion"].as_array().unwrap() {
        let (index, size) = (number(vector, "index"), number(vector, "size"));
        let proof = tree::inclusion_proof(index, size, &mut &*leaves).unwrap();
        assert_eq!(proof, hashes(&vector["proof_b64"]), "entry {index} of {size}");
        let leaf = &leaves[usize::try_from(index).unwrap()];
        tree::verify_inclusion(leaf, index, size, &proof, &head(&leaves, size).root).unwrap();
    }
}

#[test]
fn consistency_proofs_are_those_of_the_vectors() {
    let vectors = vectors();
    let leaves = vector_leaves(&vectors);
    for vector in vectors["consistency"].as_array().unwrap() {
        let (old, new) = (number(vector, "old"), number(vector, "new"));
        let proof = tree::consistency_proof(old, new, &mut &*leaves).unwrap();
        assert_eq!(proof, hashes(&vector["proof_b64"]), "{old} to {new}");
        tree::verify_consistency(&head(&leaves, old), &head(&leaves, new), &proof).unwrap();
    }
}

#[test]
fn every_proof_to_size_300_is_that_of_ct_merkle() {
    let leaves = leaves(300);
    let mut oracle: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
    for size in 1..=300 {
        oracle.push(entry(size - 1));
        let head = head(&leaves, size);
        assert_eq!(oracle.root().as_bytes().as_slice(), head.root.as_bytes(), "root of {size}");
        for index in 0..size {
            let proof = tree::inclusion_proof(index, size, &mut &*leaves).unwrap();
            let at = usize::try_from(index).unwrap();
            assert_eq!(oracle.prove_inclusion(at).as_bytes(), bytes(&proof), "entry {index} of {size}");
            tree::verify_inclusion(&leaves[at], index, size, &proof, &head.root).unwrap();
        }
    }
}

#[test]
fn every_consistency_proof_to_size_300_is_that_of_ct_merkle() {
    let leaves = leaves(300);
    let heads: Vec<_> = (0..=300).map(|size| head(&leaves, size)).collect();
    let mut oracle: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
    for new in 1..=300 {
        oracle.push(entry(new as u64 - 1));
        for old in 1..=new {
            let proof = tree::consistency_proof(old as u64, new as u64, &mut &*leaves).unwrap();
            assert_eq!(oracle.prove_consistency(new - old).as_bytes(), bytes(&proof), "{old} to {new}");
            tree::verify_consistency(&heads[old], &heads[new], &proof).unwrap();
        }
    }
}

#[test]
fn every_proof_to_size_300_is_that_of_tlog_tiles() {
    let leaves = leaves(300);
    let mut stored = Stored::default();
    for size in 1..=300 {
        let more = tlog_tiles::stored_hashes(size - 1, &entry(size - 1), &stored).unwrap();
        stored.0.extend(more);
        let root = head(&leaves, size).root;
        assert_eq!(tlog_tiles::tree_hash(size, &stored).unwrap().0, root.0);
        for other in 0..size {
            let theirs = tlog_tiles::prove_record(size, other, &stored).unwrap();
            let ours = tree::inclusion_proof(other, size, &mut &*leaves).unwrap();
            assert!(theirs.iter().map(|hash| hash.0).eq(ours.iter().map(|hash| hash.0)), "entry {other} of {size}");
            let theirs = tlog_tiles::prove_tree(size, other + 1, &stored).unwrap();
            let ours = tree::consistency_proof(other + 1, size, &mut &*leaves).unwrap();
            assert!(theirs.iter().map(|hash| hash.0).eq(ours.iter().map(|hash| hash.0)), "{} to {size}", other + 1);
        }
    }
}

fn bytes(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn the_empty_tree_is_extended_by_every_tree_without_a_proof() {
    let leaves = leaves(5);
    let proof = tree::consistency_proof(0, 5, &mut &*leaves).unwrap();
    assert_eq!(proof, []);
    assert_eq!(tree::verify_consistency(&head(&leaves, 0), &head(&leaves, 5), &proof), Ok(()));
    let no_empty_root = TreeHead { size: 0, root: leaves[0] };
    assert_eq!(tree::verify_consistency(&no_empty_root, &head(&leaves, 5), &proof), Err(ProofError::OldRoot));
    let superfluous = tree::verify_consistency(&head(&leaves, 0), &head(&leaves, 5), &leaves[..1]);
    assert_eq!(superfluous, Err(ProofError::TooLong));
}

#[test]
fn equal_sizes_are_consistent_when_their_roots_are_equal() {
    let leaves = leaves(6);
    let (six, other) = (head(&leaves, 6), TreeHead { size: 6, root: leaves[0] });
    assert_eq!(tree::verify_consistency(&six, &six, &[]), Ok(()));
    assert_eq!(tree::verify_consistency(&six, &other, &[]), Err(ProofError::Root));
    assert_eq!(tree::verify_consistency(&six, &six, &leaves[..1]), Err(ProofError::TooLong));
}

#[test]
fn a_proof_that_there_cannot_be_is_refused() {
    let leaves = leaves(4);
    let beyond = RangeError::Index { index: 4, size: 4 };
    assert_eq!(tree::inclusion_proof(4, 4, &mut &*leaves), Err(ProveError::Range(beyond)));
    assert_eq!(tree::verify_inclusion(&leaves[0], 4, 4, &[], &leaves[0]), Err(ProofError::Range(beyond)));
    let shrinks = RangeError::Sizes { old: 4, new: 3 };
    assert_eq!(tree::consistency_proof(4, 3, &mut &*leaves), Err(ProveError::Range(shrinks)));
    assert_eq!(tree::verify_consistency(&head(&leaves, 4), &head(&leaves, 3), &[]), Err(ProofError::Range(shrinks)));
}

#[test]
fn a_source_that_fails_is_not_a_proof() {
    struct Broken;
    impl HashReader for Broken {
        type Error = Node;
        fn hash(&mut self, node: Node) -> Result<Hash, Node> {
            Err(node)
        }
    }
    let missing = Node { level: 1, index: 1 };
    assert_eq!(tree::consistency_proof(2, 4, &mut Broken), Err(ProveError::Read(missing)));
}

proptest! {
    #[test]
    fn a_changed_inclusion_proof_does_not_verify(size in 1_u64..600, at in any::<prop::sample::Index>(), change: Change) {
        let leaves = leaves(size);
        let place = at.index(leaves.len());
        let index = place as u64;
        let root = head(&leaves, size).root;
        let proof = tree::inclusion_proof(index, size, &mut &*leaves).unwrap();
        if let Some(changed) = change.apply(&proof) {
            prop_assert!(tree::verify_inclusion(&leaves[place], index, size, &changed, &root).is_err());
        }
        prop_assert!(tree::verify_inclusion(&root, index, size, &proof, &root).is_err() || size == 1);
        for other in [index.wrapping_sub(1), index + 1, size - 1 - index] {
            let verdict = tree::verify_inclusion(&leaves[place], other, size, &proof, &root);
            prop_assert_eq!(verdict.is_ok(), other == index);
        }
    }

    #[test]
    fn a_changed_consistency_proof_does_not_verify(new in 2_u64..600, at in any::<prop::sample::Index>(), change: Change) {
        let leaves = leaves(new);
        let old = head(&leaves, at.index(leaves.len() - 1) as u64 + 1);
        let new = head(&leaves, new);
        let proof = tree::consistency_proof(old.size, new.size, &mut &*leaves).unwrap();
        if let Some(changed) = change.apply(&proof) {
            prop_assert!(tree::verify_consistency(&old, &new, &changed).is_err());
        }
        let another_old = TreeHead { root: leaves[0], ..old };
        prop_assert!(tree::verify_consistency(&another_old, &new, &proof).is_err() || another_old == old);
        let another_new = TreeHead { root: leaves[0], ..new };
        prop_assert!(tree::verify_consistency(&old, &another_new, &proof).is_err());
    }

    #[test]
    fn a_frontier_survives_its_bytes_and_comes_out_of_stored_hashes(size in 0_u64..600) {
        let leaves = leaves(size);
        let mut frontier = Frontier::new();
        for leaf in &leaves {
            frontier.push(*leaf);
        }
        prop_assert_eq!(&Frontier::from_bytes(&frontier.to_bytes()).unwrap(), &frontier);
        prop_assert_eq!(&Frontier::read(size, &mut &*leaves).unwrap(), &frontier);
        prop_assert_eq!(&Frontier::from_peaks(size, frontier.peaks().to_vec()).unwrap(), &frontier);
        prop_assert_eq!(frontier.size(), size);
    }

    #[test]
    fn a_hash_has_one_spelling_in_each_alphabet(bytes: [u8; 32]) {
        let hash = Hash(bytes);
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        prop_assert_eq!(Hash::from_hex(&format!("{hash:x}")), Ok(hash));
        let upper = format!("{hash:x}").to_uppercase();
        prop_assert_eq!(Hash::from_hex(&upper).is_ok(), upper == format!("{hash:x}"));
    }
}

#[test]
fn another_spelling_of_a_hash_is_refused() {
    let text = Hash([0; 32]).to_string();
    let parse = |text: &str| text.parse::<Hash>();
    assert_eq!(parse(text.trim_end_matches('=')), Err(HashError::Base64));
    assert_eq!(parse(&text.replace("A=", "B=")), Err(HashError::Base64), "stray bits behind the last byte");
    assert_eq!(parse(&format!(" {text}")), Err(HashError::Base64));
    assert_eq!(parse("AAAA"), Err(HashError::Length(3)));
    assert_eq!(Hash::from_hex("00"), Err(HashError::Length(1)));
    assert_eq!(Hash::from_hex(&"0g".repeat(32)), Err(HashError::Hex));
}

#[test]
fn bytes_that_are_no_frontier_are_refused() {
    let mut bytes = Frontier::from_peaks(3, vec![Hash([1; 32]), Hash([2; 32])]).unwrap().to_bytes();
    assert_eq!(Frontier::from_bytes(&bytes[..7]), Err(FrontierError::Length(7)));
    assert_eq!(Frontier::from_bytes(&bytes[..71]), Err(FrontierError::Length(71)));
    bytes[7] = 1;
    assert_eq!(Frontier::from_bytes(&bytes), Err(FrontierError::Peaks { size: 1, expected: 1, found: 2 }));
}

/// A way to damage a list of hashes.
#[derive(Debug, Clone)]
enum Change {
    Drop(prop::sample::Index),
    Repeat(prop::sample::Index),
    Flip(prop::sample::Index, u8),
    Swap(prop::sample::Index),
}

impl Change {
    /// The damaged list, or `None` where the change leaves it as it is.
    fn apply(&self, proof: &[Hash]) -> Option<Vec<Hash>> {
        let mut changed = proof.to_vec();
        match self {
            _ if proof.is_empty() => changed.push(Hash([0; 32])),
            Change::Drop(at) => drop(changed.remove(at.index(proof.len()))),
            Change::Repeat(at) => changed.insert(at.index(proof.len()), proof[at.index(proof.len())]),
            Change::Flip(at, bit) => changed[at.index(proof.len())].0[usize::from(bit / 8)] ^= 1 << (bit % 8),
            Change::Swap(at) => changed.swap(at.index(proof.len()), 0),
        }
        (changed != proof).then_some(changed)
    }
}

impl Arbitrary for Change {
    type Parameters = ();
    type Strategy = BoxedStrategy<Change>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Change> {
        let at = any::<prop::sample::Index>;
        prop_oneof![
            at().prop_map(Change::Drop),
            at().prop_map(Change::Repeat),
            (at(), any::<u8>()).prop_map(|(at, bit)| Change::Flip(at, bit)),
            at().prop_map(Change::Swap),
        ]
        .boxed()
    }
}

#[test]
fn a_reader_of_leaves_in_memory_cannot_fail() {
    let leaves = leaves(8);
    let root: Result<Hash, Infallible> = (&*leaves).hash(Node { level: 3, index: 0 });
    assert_eq!(root.unwrap(), head(&leaves, 8).root);
}
