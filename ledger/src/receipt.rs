//! Receipts: what a person gets for an act of theirs before a checkpoint covers it (spec §9).

use thiserror::Error;

use crate::checkpoint::parse_decimal;
use crate::hash::{EntryHash, EntryHashError};
use crate::key::{Role, SigningKey, Vkey};
use crate::name::{Origin, OriginError};
use crate::note::{Note, NoteError};
use crate::time::{Timestamp, TimestampError};
use crate::tree::{Hash, HashError};

/// The log's promise that a checkpoint will cover an entry within one hour of its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which log.
    pub origin: Origin,
    /// The entry's index.
    pub sequence: u64,
    /// The entry's hash.
    pub hash: EntryHash,
    /// The entry's time.
    pub time: Timestamp,
    /// Size of the newest checkpoint at that moment; 0 before the first.
    pub checkpoint_size: u64,
    /// Its root; the empty tree's before the first.
    pub checkpoint_root: Hash,
}

/// Why a text is not a [`Receipt`], or not one by that key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// Not a note, or one by another key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Other than six lines.
    #[error("a receipt is six lines")]
    Lines,
    /// The first line is not an origin and `/receipts`.
    #[error("the first line of a receipt is an origin and /receipts")]
    Name,
    /// What stands before `/receipts` is no origin.
    #[error("the origin of a receipt: {0}")]
    Origin(#[from] OriginError),
    /// The second or fifth line is not a decimal number without leading zeros up to 2^53 − 1.
    #[error("line {0} of a receipt is a decimal number up to 2^53 - 1")]
    Number(usize),
    /// The third line is no hash.
    #[error(transparent)]
    Hash(#[from] EntryHashError),
    /// The fourth line is no time.
    #[error(transparent)]
    Time(#[from] TimestampError),
    /// The sixth line is no root.
    #[error(transparent)]
    Root(#[from] HashError),
    /// The key that signed is called otherwise than the receipt's first line.
    #[error("a receipt of {origin} is not signed by the key {name}")]
    OtherKey {
        /// Of which log the receipt is.
        origin: Origin,
        /// Name of the key.
        name: String,
    },
}

impl Receipt {
    /// Reads the six lines of a receipt, each with its line feed.
    pub fn parse_text(text: &str) -> Result<Receipt, ReceiptError> {
        let lines: Vec<&str> = text.split('\n').collect();
        let [name, sequence, hash, time, checkpoint_size, root, ""] = lines[..] else {
            return Err(ReceiptError::Lines);
        };
        Ok(Receipt {
            origin: Origin::parse(name.strip_suffix("/receipts").ok_or(ReceiptError::Name)?)?,
            sequence: parse_decimal(sequence).ok_or(ReceiptError::Number(2))?,
            hash: EntryHash::parse(hash)?,
            time: Timestamp::parse(time)?,
            checkpoint_size: parse_decimal(checkpoint_size).ok_or(ReceiptError::Number(5))?,
            checkpoint_root: root.parse()?,
        })
    }

    /// Reads a signed receipt. The signature is still to be checked, by [`Receipt::verify`] or [`Note::open`].
    pub fn parse(note: &str) -> Result<(Receipt, Note), ReceiptError> {
        let note = Note::parse(note)?;
        Ok((Receipt::parse_text(note.text())?, note))
    }

    /// Reads a signed receipt and checks that `key`, a receipts key of its log, signed it.
    pub fn verify(note: &str, key: &Vkey) -> Result<Receipt, ReceiptError> {
        let (receipt, note) = Receipt::parse(note)?;
        receipt.check_name(key)?;
        note.open([key], [])?;
        Ok(receipt)
    }

    /// What is signed: six lines.
    #[must_use]
    pub fn text(&self) -> String {
        let name = Role::Receipts.vkey_name(&self.origin);
        format!(
            "{name}\n{}\n{}\n{}\n{}\n{}\n",
            self.sequence, self.hash, self.time, self.checkpoint_size, self.checkpoint_root
        )
    }

    /// The receipt as a note, signed by the log's receipts key.
    pub fn sign(&self, key: &SigningKey) -> Result<String, ReceiptError> {
        self.check_name(key.vkey())?;
        Ok(Note::sign(&self.text(), &[key])?.to_string())
    }

    fn check_name(&self, key: &Vkey) -> Result<(), ReceiptError> {
        if key.name() == Role::Receipts.vkey_name(&self.origin) {
            return Ok(());
        }
        Err(ReceiptError::OtherKey { origin: self.origin.clone(), name: key.name().to_owned() })
    }
}
