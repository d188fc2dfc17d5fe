//! What is published of a log, as the measure of what its database says.
//!
//! A database administrator can change rows past every trigger, but has neither these files nor a key. So nothing is
//! said of an entry, least of all over a signature of ours, that the published hash tiles contradict.

use ledger::checkpoint::{Checkpoint, CheckpointError};
use ledger::tree::{TreeHead, leaf_hash};

use crate::tiles::{TileDirectory, TileError};

/// The newest published checkpoint of a log, with the tiles below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    tiles: TileDirectory,
    head: TreeHead,
    note: String,
}

/// Why an entry cannot be said to be the published one.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// The database was changed, or a published file was.
    #[error("entry {index} is not the one that was published")]
    Differs {
        /// Its index.
        index: u64,
    },
    /// The published checkpoint is none.
    #[error("the published checkpoint is malformed: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The published files cannot be read, or are not there.
    #[error(transparent)]
    Tiles(#[from] TileError),
}

impl Published {
    /// What is published now, `None` before the first checkpoint. It blocks.
    ///
    /// From the file and not from the database's copy: whoever changes an entry there could put the copy back as well.
    pub fn newest(tiles: TileDirectory) -> Result<Option<Self>, PublishedError> {
        let Some(note) = tiles.checkpoint()? else { return Ok(None) };
        let (Checkpoint { size, root, .. }, _) = Checkpoint::parse(&note)?;
        Ok(Some(Self { tiles, head: TreeHead { size, root }, note }))
    }

    /// Compares an entry's bytes with the hash that was published of it. What no checkpoint covers yet agrees. It blocks.
    ///
    /// It costs the SHA-256 of the entry and one read of 32 bytes at a known place of a file that is mostly in memory: a
    /// few microseconds, where the entry's own query took some hundred.
    pub fn check(&self, index: u64, bytes: &[u8]) -> Result<(), PublishedError> {
        if self.covers(index) && self.tiles.leaf(index, self.head.size)? != leaf_hash(bytes) {
            return Err(PublishedError::Differs { index });
        }
        Ok(())
    }

    /// Whether the checkpoint is over that entry.
    pub fn covers(&self, index: u64) -> bool {
        index < self.head.size
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// The checkpoint, a signed note.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The files that it is about.
    pub fn tiles(&self) -> &TileDirectory {
        &self.tiles
    }
}
