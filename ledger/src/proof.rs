//! The inclusion proof of an entry as a file: C2SP `tlog-proof` without an `extra` line (spec §9).

use std::fmt;

use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointError, parse_decimal};
use crate::note::Note;
use crate::tree::{Hash, HashError, ProofError, leaf_hash, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1\n";

/// That an entry stands at an index below a checkpoint. File extension `.tlog-proof`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Index of the entry.
    pub index: u64,
    /// Hashes from the leaf's sibling up to the root's child (RFC 6962 §2.1.1).
    pub hashes: Vec<Hash>,
    /// The checkpoint that the proof leads to.
    pub checkpoint: Checkpoint,
    /// The same as the signed note that it came in, whose signatures are still to be checked, by [`Note::open`].
    pub note: Note,
}

/// Why a text is not a [`TlogProof`], or one of another entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TlogProofError {
    /// The first line is another.
    #[error("the first line of a proof is c2sp.org/tlog-proof@v1")]
    FirstLine,
    /// No line with an index follows. A line `extra`, which this format does not use, is rejected here too.
    #[error("the second line of a proof is its index")]
    Index,
    /// A line that is no hash.
    #[error("line {line} of a proof: {source}")]
    Hash {
        /// Which one, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: HashError,
    },
    /// No empty line before the checkpoint.
    #[error("an empty line stands between a proof and its checkpoint")]
    NoCheckpoint,
    /// The rest is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The entry, index and hashes do not lead to the checkpoint's root.
    #[error(transparent)]
    Inclusion(#[from] ProofError),
}

impl TlogProof {
    /// A proof of the entry at `index` from its hashes and a signed checkpoint.
    pub fn new(index: u64, hashes: Vec<Hash>, checkpoint: &str) -> Result<TlogProof, TlogProofError> {
        let (checkpoint, note) = Checkpoint::parse(checkpoint)?;
        Ok(TlogProof { index, hashes, checkpoint, note })
    }

    /// Reads a proof without checking it.
    pub fn parse(text: &str) -> Result<TlogProof, TlogProofError> {
        let rest = text.strip_prefix(FIRST_LINE).ok_or(TlogProofError::FirstLine)?;
        let (proof, checkpoint) = rest.split_once("\n\n").ok_or(TlogProofError::NoCheckpoint)?;
        let mut lines = proof.split('\n');
        let index = lines.next().and_then(|line| parse_decimal(line.strip_prefix("index ")?));
        let index = index.ok_or(TlogProofError::Index)?;
        let hash = |(place, line): (usize, &str)| {
            line.parse().map_err(|source| TlogProofError::Hash { line: place + 3, source })
        };
        let hashes = lines.enumerate().map(hash).collect::<Result<_, _>>()?;
        TlogProof::new(index, hashes, checkpoint)
    }

    /// Checks that `entry` is the entry at the index, below the checkpoint. Whose checkpoint it is, its signatures say.
    pub fn verify(&self, entry: &[u8]) -> Result<(), TlogProofError> {
        let Checkpoint { size, root, .. } = &self.checkpoint;
        Ok(verify_inclusion(&leaf_hash(entry), self.index, *size, &self.hashes, root)?)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}
