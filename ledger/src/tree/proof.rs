//! Inclusion and consistency proofs: made by RFC 6962 §2.1.1 and §2.1.2, checked by RFC 9162 §2.1.3.2 and §2.1.4.2.
//!
//! The checker walks up from the leaf, the maker down from the root: neither shares the other's mistakes.

use std::ops::Range;

use super::{Hash, HashReader, node_hash, split, subtree_hash};

/// Why a proof was asked for that there is none of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// No such leaf in a tree of that size.
    #[error("no leaf {index} in a tree of {size}")]
    Index {
        /// Leaf that was asked for.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// A tree is consistent with smaller trees and with itself only.
    #[error("a tree of {new} leaves does not extend one of {old}")]
    Sizes {
        /// Leaves of the earlier tree.
        old: u64,
        /// Leaves of the later tree.
        new: u64,
    },
}

/// Why a proof could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// There is no such proof.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A hash could not be read.
    #[error("a hash could not be read")]
    Read(#[source] E),
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The question has no answer.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// Hashes are missing at the end.
    #[error("the proof is too short")]
    TooShort,
    /// Hashes are left over at the end.
    #[error("the proof is too long")]
    TooLong,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
    /// The consistency proof starts from another earlier root.
    #[error("the proof starts from another earlier root")]
    OldRoot,
}

/// The subtrees whose hashes are the inclusion proof of leaf `index` in a tree of `size`, from the leaf to the root.
pub fn inclusion_ranges(index: u64, size: u64) -> Result<Vec<Range<u64>>, RangeError> {
    if size <= index {
        return Err(RangeError::Index { index, size });
    }
    let mut ranges = Vec::new();
    let mut within = 0..size;
    while within.end - within.start > 1 {
        let middle = within.start + split(within.end - within.start);
        if index < middle {
            ranges.push(middle..within.end);
            within.end = middle;
        } else {
            ranges.push(within.start..middle);
            within.start = middle;
        }
    }
    ranges.reverse();
    Ok(ranges)
}

/// The subtrees whose hashes are the consistency proof between the trees of `old` and `new` leaves, in proof order.
/// None for equal sizes and for the empty tree, which everything extends.
pub fn consistency_ranges(old: u64, new: u64) -> Result<Vec<Range<u64>>, RangeError> {
    if new < old {
        return Err(RangeError::Sizes { old, new });
    }
    let mut ranges = Vec::new();
    if old == 0 || old == new {
        return Ok(ranges);
    }
    let mut within = 0..new;
    while old < within.end {
        let middle = within.start + split(within.end - within.start);
        if old <= middle {
            ranges.push(middle..within.end);
            within.end = middle;
        } else {
            ranges.push(within.start..middle);
            within.start = middle;
        }
    }
    // What is left is a subtree of both trees. Starting at 0 it is the old tree, whose root the checker has.
    if within.start > 0 {
        ranges.push(within);
    }
    ranges.reverse();
    Ok(ranges)
}

/// The inclusion proof of leaf `index` in the tree of the first `size` leaves, sibling of the leaf first.
pub fn inclusion_proof<R: HashReader>(
    index: u64,
    size: u64,
    reader: &mut R,
) -> Result<Vec<Hash>, ProveError<R::Error>> {
    read_all(inclusion_ranges(index, size)?, reader)
}

/// The consistency proof between the trees of the first `old` and the first `new` leaves.
pub fn consistency_proof<R: HashReader>(old: u64, new: u64, reader: &mut R) -> Result<Vec<Hash>, ProveError<R::Error>> {
    read_all(consistency_ranges(old, new)?, reader)
}

fn read_all<R: HashReader>(ranges: Vec<Range<u64>>, reader: &mut R) -> Result<Vec<Hash>, ProveError<R::Error>> {
    ranges.into_iter().map(|range| subtree_hash(range, reader).map_err(ProveError::Read)).collect()
}

/// Checks that `leaf` is leaf `index` of the tree of `size` leaves with that `root`.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    if size <= index {
        return Err(RangeError::Index { index, size }.into());
    }
    // Place of the node computed so far, and of the last node, in the level reached so far.
    let (mut place, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::TooLong);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            climb_to_left_sibling(&mut place, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    match (last, hash == *root) {
        (1.., _) => Err(ProofError::TooShort),
        (0, false) => Err(ProofError::Root),
        (0, true) => Ok(()),
    }
}

/// A size and the root of that many leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// Checks that the tree `new` begins with the leaves of the tree `old`.
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
    if new.size < old.size {
        return Err(RangeError::Sizes { old: old.size, new: new.size }.into());
    }
    if old.size == 0 && old.root != Hash::empty_root() {
        return Err(ProofError::OldRoot);
    }
    if old.size == 0 || old.size == new.size {
        return match proof {
            [_, ..] => Err(ProofError::TooLong),
            [] if old.size == new.size && old.root != new.root => Err(ProofError::Root),
            [] => Ok(()),
        };
    }
    // A complete old tree is a node of the new one: its root starts the path, and is not repeated in the proof.
    let (start, path) = match proof.split_first() {
        _ if old.size.is_power_of_two() => (&old.root, proof),
        Some(first_and_path) => first_and_path,
        None => return Err(ProofError::TooShort),
    };
    let shift = (old.size - 1).trailing_ones();
    let (mut place, mut last) = ((old.size - 1) >> shift, (new.size - 1) >> shift);
    let (mut old_hash, mut new_hash) = (*start, *start);
    for hash in path {
        if last == 0 {
            return Err(ProofError::TooLong);
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(hash, &old_hash);
            new_hash = node_hash(hash, &new_hash);
            climb_to_left_sibling(&mut place, &mut last);
        } else {
            new_hash = node_hash(&new_hash, hash);
        }
        place >>= 1;
        last >>= 1;
    }
    match last {
        1.. => Err(ProofError::TooShort),
        0 if old_hash != old.root => Err(ProofError::OldRoot),
        0 if new_hash != new.root => Err(ProofError::Root),
        0 => Ok(()),
    }
}

/// The last node of a level may have no sibling there: it is the same node further up, until it is a right child.
fn climb_to_left_sibling(place: &mut u64, last: &mut u64) {
    let levels = if *place == 0 { 0 } else { place.trailing_zeros() };
    *place >>= levels;
    *last >>= levels;
}
