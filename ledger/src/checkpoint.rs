//! Checkpoints: what a log says that its tree is at a size (spec §6, C2SP `tlog-checkpoint`).

use thiserror::Error;

use crate::json::NUMBER_MAX;
use crate::key::SigningKey;
use crate::name::{Origin, OriginError};
use crate::note::{Note, NoteError};
use crate::tree::{Hash, HashError};

/// The root of a log's tree at a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// How many entries the tree has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Why a text is not a [`Checkpoint`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// Not a note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Other than three lines: extension lines are not taken.
    #[error("a checkpoint is three lines: origin, size and root")]
    Lines,
    /// The first line is no origin.
    #[error("the origin of a checkpoint: {0}")]
    Origin(#[from] OriginError),
    /// The second line is not a decimal number without leading zeros, or is beyond 2^53 − 1.
    #[error("the size of a checkpoint is a decimal number up to 2^53 - 1")]
    Size,
    /// The third line is no hash.
    #[error("the root of a checkpoint: {0}")]
    Root(#[from] HashError),
}

impl Checkpoint {
    /// Reads the three lines of a checkpoint, each with its line feed.
    pub fn parse_text(text: &str) -> Result<Checkpoint, CheckpointError> {
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines[..] else {
            return Err(CheckpointError::Lines);
        };
        let origin = Origin::parse(origin)?;
        let size = parse_decimal(size).ok_or(CheckpointError::Size)?;
        Ok(Checkpoint { origin, size, root: root.parse()? })
    }

    /// Reads a signed checkpoint. The signatures are still to be checked, by [`Note::open`].
    pub fn parse(note: &str) -> Result<(Checkpoint, Note), CheckpointError> {
        let note = Note::parse(note)?;
        Ok((Checkpoint::parse_text(note.text())?, note))
    }

    /// What is signed: three lines.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// The checkpoint as a note, signed by each of the keys in their order.
    ///
    /// # Errors
    /// When no key is given.
    pub fn sign(&self, keys: &[&SigningKey]) -> Result<String, NoteError> {
        Ok(Note::sign(&self.text(), keys)?.to_string())
    }
}

/// Reads a decimal number without leading zeros, up to 2^53 − 1: a size or an index.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let is_form = text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_form { text.parse().ok()? } else { return None };
    (number <= NUMBER_MAX.unsigned_abs()).then_some(number)
}
