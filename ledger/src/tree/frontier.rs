//! The right edge of a growing tree: all that is needed to add leaves and to know the root.

use super::{Hash, HashReader, fold_peaks, node_hash, nodes_of};

/// The roots of the complete subtrees of which a tree of `size` leaves consists, largest first: at most 64 hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// Why bytes or parts are not a [`Frontier`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// A tree has one peak for each bit set in its size.
    #[error("a tree of {size} leaves has {expected} peaks, not {found}")]
    Peaks {
        /// Leaves of the tree.
        size: u64,
        /// Bits set in it.
        expected: u32,
        /// Peaks that were given.
        found: usize,
    },
    /// The serialised form is 8 bytes and then 32 for each peak.
    #[error("{0} bytes are no frontier")]
    Length(usize),
}

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// The tree with these peaks, largest first.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Result<Frontier, FrontierError> {
        if peaks.len() == size.count_ones() as usize {
            Ok(Frontier { size, peaks })
        } else {
            Err(FrontierError::Peaks { size, expected: size.count_ones(), found: peaks.len() })
        }
    }

    /// The frontier of the first `size` leaves, from their stored hashes (at most 64 reads).
    pub fn read<R: HashReader>(size: u64, reader: &mut R) -> Result<Frontier, R::Error> {
        let peaks = nodes_of(0..size).map(|node| reader.hash(node)).collect::<Result<_, _>>()?;
        Ok(Frontier { size, peaks })
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Frontier, FrontierError> {
        let error = FrontierError::Length(bytes.len());
        let (size, peaks) = bytes.split_first_chunk::<8>().ok_or(error)?;
        let (peaks, []) = peaks.as_chunks::<{ Hash::BYTES }>() else {
            return Err(error);
        };
        Frontier::from_peaks(u64::from_be_bytes(*size), peaks.iter().copied().map(Hash).collect())
    }

    /// The size, big endian, and then the peaks: 8 to 2,056 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let peaks = self.peaks.iter().flat_map(|peak| peak.0);
        self.size.to_be_bytes().into_iter().chain(peaks).collect()
    }

    /// Adds one leaf on the right. Panics beyond 2^64 − 1 leaves.
    pub fn push(&mut self, leaf: Hash) {
        // Each trailing one bit of the size is a complete subtree that the new leaf completes to one of twice its size.
        let merged = self.size.trailing_ones() as usize;
        let kept = self.peaks.len() - merged;
        let peak = self.peaks.drain(kept..).rev().fold(leaf, |right, left| node_hash(&left, &right));
        self.peaks.push(peak);
        self.size = self.size.checked_add(1).expect("a log has fewer than 2^64 entries");
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Root of the tree.
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks).unwrap_or_else(Hash::empty_root)
    }
}
