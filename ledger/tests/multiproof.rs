//! Multiproofs of random selections, and all the ways in which they must fail.

use std::collections::BTreeSet;
use std::convert::Infallible;

use ledger::multiproof::{self, CheckError, LineError, Lines, MakeError};
use ledger::tree::{self, Hash};
use proptest::prelude::*;

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| tree::leaf_hash(&index.to_be_bytes())).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    tree::root_at(leaves.len() as u64, &mut &*leaves).unwrap()
}

fn make(leaves: &[Hash], included: &[u64]) -> Result<Vec<Hash>, MakeError<Infallible, Infallible>> {
    let mut proof = Vec::new();
    multiproof::make(leaves.len() as u64, included.iter().copied(), &mut &*leaves, |hash| {
        proof.push(hash);
        Ok(())
    })?;
    Ok(proof)
}

type Verdict = Result<(), CheckError<Infallible, Infallible>>;

fn check(size: u64, root: &Hash, included: &[(u64, Hash)], proof: &[Hash]) -> Verdict {
    multiproof::check(size, root, included.iter().copied().map(Ok), proof.iter().copied().map(Ok))
}

/// A log and some of its entries.
fn selection() -> impl Strategy<Value = (Vec<Hash>, Vec<(u64, Hash)>)> {
    (1_usize..400).prop_flat_map(|size| {
        let some = prop::collection::btree_set(0..size, 0..=size.min(60));
        some.prop_map(move |some: BTreeSet<usize>| {
            let leaves = leaves(size as u64);
            let included = some.iter().map(|index| (*index as u64, leaves[*index])).collect();
            (leaves, included)
        })
    })
}

fn indices(included: &[(u64, Hash)]) -> Vec<u64> {
    included.iter().map(|(index, _)| *index).collect()
}

proptest! {
    #[test]
    fn a_selection_is_proved((leaves, included) in selection()) {
        let proof = make(&leaves, &indices(&included)).unwrap();
        prop_assert_eq!(check(leaves.len() as u64, &root(&leaves), &included, &proof), Ok(()));
        prop_assert!(proof.len() <= 9 * included.len().max(1));
    }

    #[test]
    fn a_selection_of_one_is_its_inclusion_proof(size in 1_u64..400, at in any::<prop::sample::Index>()) {
        let leaves = leaves(size);
        let index = at.index(leaves.len()) as u64;
        let mut proof = make(&leaves, &[index]).unwrap();
        let mut inclusion = tree::inclusion_proof(index, size, &mut &*leaves).unwrap();
        // The same hashes: here from left to right, there from the leaf to the root.
        proof.sort_by_key(|hash| hash.0);
        inclusion.sort_by_key(|hash| hash.0);
        prop_assert_eq!(proof, inclusion);
    }

    #[test]
    fn a_dropped_added_changed_or_moved_leaf_is_found(
        (leaves, included) in selection(),
        at in any::<prop::sample::Index>(),
        index in 0_u64..400,
        bit in 0_u8..=255,
    ) {
        let proof = make(&leaves, &indices(&included)).unwrap();
        let (size, root) = (leaves.len() as u64, root(&leaves));
        let verdict = |included: &[(u64, Hash)]| check(size, &root, included, &proof);

        // Every way of adding an entry that the proof was not made for, even a true one.
        if included.iter().all(|(other, _)| *other != index) {
            let mut more = included.clone();
            let leaf = leaves.get(usize::try_from(index).unwrap()).copied().unwrap_or(Hash([7; 32]));
            more.insert(included.partition_point(|(other, _)| *other < index), (index, leaf));
            prop_assert!(verdict(&more).is_err());
        }
        if included.is_empty() {
            return Ok(());
        }
        let place = at.index(included.len());
        let mut fewer = included.clone();
        fewer.remove(place);
        prop_assert!(verdict(&fewer).is_err());

        let mut changed = included.clone();
        changed[place].1.0[usize::from(bit / 8)] ^= 1 << (bit % 8);
        prop_assert!(verdict(&changed).is_err());

        let mut moved = included.clone();
        moved[place].0 = index;
        prop_assert_eq!(verdict(&moved).is_ok(), moved == included);

        let mut twice = included.clone();
        twice.insert(place, included[place]);
        prop_assert_eq!(verdict(&twice), Err(CheckError::Order { index: included[place].0 }));
    }

    #[test]
    fn reordered_leaves_are_found((leaves, included) in selection(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        prop_assume!(included.len() > 1);
        let (a, b) = (a.index(included.len()), b.index(included.len()));
        prop_assume!(a != b);
        let proof = make(&leaves, &indices(&included)).unwrap();
        let (size, root) = (leaves.len() as u64, root(&leaves));
        let mut swapped = included.clone();
        swapped.swap(a, b);
        prop_assert!(check(size, &root, &swapped, &proof).is_err());
        let mut exchanged = included.clone();
        (exchanged[a].1, exchanged[b].1) = (included[b].1, included[a].1);
        prop_assert_eq!(check(size, &root, &exchanged, &proof), Err(CheckError::Root));
    }

    #[test]
    fn removed_added_and_changed_lines_are_found(
        (leaves, included) in selection(),
        at in any::<prop::sample::Index>(),
        line: [u8; 32],
    ) {
        let proof = make(&leaves, &indices(&included)).unwrap();
        let (size, root) = (leaves.len() as u64, root(&leaves));
        let mut longer = proof.clone();
        longer.insert(at.index(proof.len() + 1), Hash(line));
        prop_assert_eq!(check(size, &root, &included, &longer), Err(CheckError::TooLong));
        if proof.is_empty() {
            return Ok(());
        }
        let mut shorter = proof.clone();
        shorter.remove(at.index(proof.len()));
        let too_short = matches!(check(size, &root, &included, &shorter), Err(CheckError::TooShort { .. }));
        prop_assert!(too_short);
        let mut changed = proof.clone();
        changed[at.index(proof.len())] = Hash(line);
        prop_assert_eq!(check(size, &root, &included, &changed), Err(CheckError::Root));
        let mut swapped = proof.clone();
        swapped.swap(0, at.index(proof.len()));
        prop_assert_eq!(check(size, &root, &included, &swapped).is_ok(), swapped == proof);
    }

    #[test]
    fn lines_are_read_as_they_are_written(hashes: Vec<[u8; 32]>) {
        let hashes: Vec<_> = hashes.into_iter().map(Hash).collect();
        let text: String = hashes.iter().map(multiproof::line).collect();
        let read: Result<Vec<_>, _> = Lines::new(text.as_bytes()).collect();
        prop_assert_eq!(read.unwrap(), hashes);
    }
}

#[test]
fn a_whole_log_needs_no_line_and_nothing_of_it_one() {
    let leaves = leaves(11);
    assert_eq!(make(&leaves, &(0..11).collect::<Vec<_>>()), Ok(vec![]));
    assert_eq!(make(&leaves, &[]), Ok(vec![root(&leaves)]));
}

#[test]
fn what_has_no_proof_is_refused() {
    let leaves = leaves(5);
    assert_eq!(make(&[], &[]), Err(MakeError::EmptyTree));
    assert_eq!(make(&leaves, &[1, 1]), Err(MakeError::Order { index: 1 }));
    assert_eq!(make(&leaves, &[3, 2]), Err(MakeError::Order { index: 2 }));
    assert_eq!(make(&leaves, &[3, 5]), Err(MakeError::Beyond { index: 5, size: 5 }));
    let root = root(&leaves);
    assert_eq!(check(0, &Hash::empty_root(), &[], &[]), Err(CheckError::EmptyTree));
    assert_eq!(check(5, &root, &[(5, root)], &[root]), Err(CheckError::Beyond { index: 5, size: 5 }));
    assert_eq!(check(5, &root, &[], &[]), Err(CheckError::TooShort { start: 0, end: 5 }));
}

#[test]
fn a_proof_in_a_log_of_millions_of_millions_needs_one_path() {
    // Only the left edge of the tree is given; the rest of a log that nobody has is one hash a level.
    let size = (1 << 52) + 1;
    let leaf = tree::leaf_hash(b"first");
    let proof: Vec<_> = (0..53).map(|level| Hash([level; 32])).collect();
    let root = proof.iter().fold(leaf, |left, right| tree::node_hash(&left, right));
    assert_eq!(check(size, &root, &[(0, leaf)], &proof), Ok(()));
}

#[test]
fn a_malformed_line_is_named() {
    let line = multiproof::line(&Hash([5; 32]));
    let errors = |text: &str| Lines::new(text.as_bytes()).find_map(Result::err);
    assert!(errors(&line.repeat(3)).is_none());
    assert!(matches!(errors(line.trim_end()), Some(LineError::Truncated { line: 1, bytes: 44 })));
    assert!(matches!(errors(&format!("{line}\n")), Some(LineError::Truncated { line: 2, bytes: 1 })));
    assert!(matches!(errors(&line.replace('\n', " ")), Some(LineError::Newline { line: 1 })));
    assert!(matches!(errors(&line.replace('\n', "\r\n")), Some(LineError::Newline { line: 1 })));
    assert!(matches!(errors(&line.replace("=\n", "A\n")), Some(LineError::Hash { line: 1, .. })));
    assert!(matches!(errors(&line.replace("U=", "V=")), Some(LineError::Hash { line: 1, .. })));
    let not_text = Lines::new([&[0xFF; 44][..], b"\n"].concat().as_slice()).find_map(Result::err);
    assert!(matches!(not_text, Some(LineError::Hash { line: 1, .. })));
    assert_eq!(Lines::new(b"x".repeat(90).as_slice()).count(), 1, "nothing is read behind an error");
}
