//! The Merkle tree of RFC 6962 §2.1 over the entries of a log (spec §5).
//!
//! A *node* is a complete subtree: `level` doublings above the leaves, the `index`-th of its level. Every hash that a
//! log stores is a node; whatever else a proof needs is computed from nodes, which a [`HashReader`] supplies.

mod frontier;
mod proof;

use std::convert::Infallible;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

pub use self::frontier::{Frontier, FrontierError};
pub use self::proof::{
    ProofError, ProveError, RangeError, TreeHead, consistency_proof, consistency_ranges, inclusion_proof,
    inclusion_ranges, verify_consistency, verify_inclusion,
};

/// A SHA-256 hash of the tree. `Display` and `FromStr` are base64 as in checkpoints and proofs, `{:x}` is hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

/// Why a text is not a [`Hash`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Not base64 with padding of the one accepted spelling (RFC 4648 §4).
    #[error("not base64 of a hash")]
    Base64,
    /// Not lower-case hexadecimal.
    #[error("not lower-case hex of a hash")]
    Hex,
    /// Decoded, but not to 32 bytes.
    #[error("a hash is 32 bytes, not {0}")]
    Length(usize),
}

impl Hash {
    /// Length of a hash in bytes.
    pub const BYTES: usize = 32;

    /// Root of the tree without leaves: `SHA-256("")`.
    pub fn empty_root() -> Hash {
        Hash(Sha256::digest(b"").into())
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Hash, HashError> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(HashError::Hex);
        }
        Hash::try_from(hex::decode(text).map_err(|_| HashError::Hex)?.as_slice())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Hash, HashError> {
        bytes.try_into().map(Hash).map_err(|_| HashError::Length(bytes.len()))
    }
}

impl FromStr for Hash {
    type Err = HashError;

    /// Reads base64. The decoder refuses missing padding and stray trailing bits, so each hash has one spelling.
    fn from_str(text: &str) -> Result<Hash, HashError> {
        Hash::try_from(BASE64.decode(text).map_err(|_| HashError::Base64)?.as_slice())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl fmt::LowerHex for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self:x})")
    }
}

/// Hash of a leaf: `SHA-256(0x00 || entry bytes)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// Hash of an inner node: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    // One buffer of known length is one call into the compression function's fast path.
    let mut bytes = [1; 1 + 2 * Hash::BYTES];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

/// The place of a complete subtree: leaves `index << level` up to, not including, `(index + 1) << level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Node {
    /// Doublings above the leaves, 0 to 63.
    pub level: u8,
    /// Place within its level, from the left, from 0.
    pub index: u64,
}

/// A source of stored node hashes. What it returns is believed: proofs made from it are checked by whoever gets them.
pub trait HashReader {
    /// Why a hash could not be had.
    type Error;

    /// Hash of one complete subtree, all of whose leaves are in the log.
    fn hash(&mut self, node: Node) -> Result<Hash, Self::Error>;
}

/// All leaf hashes of a small log in memory. Panics when asked for a node beyond them.
impl HashReader for &[Hash] {
    type Error = Infallible;

    fn hash(&mut self, node: Node) -> Result<Hash, Infallible> {
        let first = usize::try_from(node.index << node.level).expect("a slice is addressed by usize");
        Ok(complete_root(&self[first..first + (1 << node.level)]))
    }
}

/// Root of a complete subtree over a power of two of hashes of one level.
pub(crate) fn complete_root(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two(), "complete subtrees only");
    if let [hash] = hashes {
        return *hash;
    }
    let (left, right) = hashes.split_at(hashes.len() / 2);
    node_hash(&complete_root(left), &complete_root(right))
}

/// The nodes whose hashes, combined from the right, give the hash of `leaves`: largest first, at most 64.
///
/// `leaves` is a subtree of some RFC 6962 tree: not empty, and its start a multiple of the largest power of two that
/// fits into it.
pub fn nodes_of(leaves: Range<u64>) -> impl Iterator<Item = Node> {
    let mut start = leaves.start;
    std::iter::from_fn(move || {
        let left = leaves.end.checked_sub(start).filter(|left| *left > 0)?;
        let level = left.ilog2();
        let node = Node { level: u8::try_from(level).expect("below 64"), index: start >> level };
        start += 1 << level;
        Some(node)
    })
}

/// Hash of the subtree over `leaves`, as in [`nodes_of`].
pub fn subtree_hash<R: HashReader>(leaves: Range<u64>, reader: &mut R) -> Result<Hash, R::Error> {
    let hashes = nodes_of(leaves).map(|node| reader.hash(node)).collect::<Result<Vec<_>, _>>()?;
    Ok(fold_peaks(&hashes).unwrap_or_else(Hash::empty_root))
}

/// Root of the tree over the first `size` leaves.
pub fn root_at<R: HashReader>(size: u64, reader: &mut R) -> Result<Hash, R::Error> {
    subtree_hash(0..size, reader)
}

/// Combines complete subtrees that stand side by side, largest first, into the hash of all of them.
pub(crate) fn fold_peaks(peaks: &[Hash]) -> Option<Hash> {
    peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right))
}

/// Where RFC 6962 splits a tree of `size` ≥ 2 leaves: the largest power of two smaller than `size`.
pub(crate) fn split(size: u64) -> u64 {
    debug_assert!(size > 1, "a leaf is not split");
    1 << (size - 1).ilog2()
}
