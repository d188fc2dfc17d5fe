//! `consistency.txt`: that the log of a selection extends an earlier one (spec §10).

use thiserror::Error;

use crate::tree::{
    Hash, HashReader, ProofError, ProveError, TreeHead, consistency_proof, consistency_ranges, verify_consistency,
};

/// Bytes at most: a size and 64 hashes need less than 3 KiB.
pub const CONSISTENCY_BYTES_MAX: u64 = 4096;

/// A consistency proof between an earlier size and that of the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// The earlier size, 1 or more and below the checkpoint's.
    pub old_size: u64,
    /// The proof by RFC 6962 §2.1.2.
    pub proof: Vec<Hash>,
}

/// Why a text is no consistency proof for that size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConsistencyError {
    /// The first line is not a decimal number without leading zeros.
    #[error("its first line is no size")]
    Size,
    /// The earlier size is 0, or not below the checkpoint's.
    #[error("the earlier size {old} is not from 1 to below {new}")]
    Range {
        /// The earlier size.
        old: u64,
        /// The checkpoint's.
        new: u64,
    },
    /// A line is no hash, or the last one does not end.
    #[error("its line {0} is no hash")]
    Hash(usize),
    /// More or fewer hashes than the proof between these sizes has.
    #[error("it has {found} hashes, not {expected}")]
    Length {
        /// By the sizes.
        expected: usize,
        /// In the text.
        found: usize,
    },
}

impl Consistency {
    /// Makes the proof from the log's hashes.
    pub fn make<R: HashReader>(
        old_size: u64,
        new_size: u64,
        hashes: &mut R,
    ) -> Result<Consistency, ProveError<R::Error>> {
        Ok(Consistency { old_size, proof: consistency_proof(old_size, new_size, hashes)? })
    }

    /// Reads the text for a checkpoint of size `new_size`. Accepts exactly what [`Consistency::to_text`] writes.
    pub fn parse(text: &[u8], new_size: u64) -> Result<Consistency, ConsistencyError> {
        let mut lines = text
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok()));
        let size = lines.next().flatten().ok_or(ConsistencyError::Size)?;
        let old_size: u64 = size.parse().map_err(|_| ConsistencyError::Size)?;
        if old_size.to_string() != size {
            return Err(ConsistencyError::Size);
        }
        if old_size == 0 || new_size <= old_size {
            return Err(ConsistencyError::Range { old: old_size, new: new_size });
        }
        let hash = |(place, line): (usize, Option<&str>)| {
            line.and_then(|line| line.parse().ok()).ok_or(ConsistencyError::Hash(place + 2))
        };
        let proof: Vec<Hash> = lines.enumerate().map(hash).collect::<Result<_, _>>()?;
        let expected = consistency_ranges(old_size, new_size).map_or(0, |ranges| ranges.len());
        if proof.len() == expected {
            Ok(Consistency { old_size, proof })
        } else {
            Err(ConsistencyError::Length { expected, found: proof.len() })
        }
    }

    /// The text: the earlier size, then the hashes in base64, one a line.
    pub fn to_text(&self) -> String {
        let hashes = self.proof.iter().map(|hash| format!("{hash}\n"));
        std::iter::once(format!("{}\n", self.old_size)).chain(hashes).collect()
    }

    /// Checks that the tree `new` extends the one of the earlier size with the root `old_root`.
    pub fn verify(&self, old_root: Hash, new: &TreeHead) -> Result<(), ProofError> {
        verify_consistency(&TreeHead { size: self.old_size, root: old_root }, new, &self.proof)
    }
}
