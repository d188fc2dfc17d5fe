//! What a signer remembers of a log, as a file in canonical JSON.

use ledger::checkpoint::Checkpoint;
use ledger::hash::EntryHash;
use ledger::json::{self, Object};
use ledger::key::KeyId;
use ledger::name::Origin;
use ledger::tree::{Hash, TreeHead};
use serde_json::json;

/// The newest tree head that was signed, or adopted by an operator, for one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerRecord {
    /// Which log.
    pub origin: Origin,
    /// Size and root.
    pub head: TreeHead,
    /// Hash of the last entry below that size: by the chain it stands for all of them.
    pub entry: EntryHash,
    /// The checkpoints key in force for that size.
    pub key: KeyId,
    /// The signed checkpoint; empty for an adopted tree head, which nobody has signed yet.
    pub checkpoint: String,
}

/// Why a file is no [`SignerRecord`]: text for an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecordError(String);

impl SignerRecord {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        json::canonical(&json!({
            "checkpoint": self.checkpoint,
            "entry": self.entry.to_string(),
            "key": self.key.to_string(),
            "origin": self.origin.as_str(),
            "root": self.head.root.to_string(),
            "size": self.head.size,
        }))
    }

    /// Reads what [`SignerRecord::to_bytes`] wrote, and nothing else.
    pub fn parse(bytes: &[u8]) -> Result<SignerRecord, RecordError> {
        let value = json::parse_canonical(bytes).map_err(because)?;
        let members = ["checkpoint", "entry", "key", "origin", "root", "size"];
        let object = Object::closed("the signer's record", &value, &members, &[]).map_err(because)?;
        let record = SignerRecord {
            origin: Origin::parse(object.text("origin").map_err(because)?).map_err(because)?,
            head: TreeHead {
                size: object.number("size").map_err(because)?,
                root: object.text("root").map_err(because)?.parse::<Hash>().map_err(because)?,
            },
            entry: EntryHash::parse(object.text("entry").map_err(because)?).map_err(because)?,
            key: KeyId::parse(object.text("key").map_err(because)?).map_err(because)?,
            checkpoint: object.text("checkpoint").map_err(because)?.to_owned(),
        };
        record.check_checkpoint()?;
        Ok(record)
    }

    /// Whether more than one checkpoints key signed it: the keys handed over with it (spec §7).
    pub fn is_handover(&self) -> bool {
        Checkpoint::parse(&self.checkpoint).is_ok_and(|(_, note)| 1 < note.signatures().len())
    }

    fn check_checkpoint(&self) -> Result<(), RecordError> {
        if self.checkpoint.is_empty() {
            return Ok(());
        }
        let (checkpoint, _) = Checkpoint::parse(&self.checkpoint).map_err(because)?;
        if checkpoint == self.unsigned() {
            Ok(())
        } else {
            Err(RecordError("its checkpoint is not of its origin, size and root".to_owned()))
        }
    }

    /// The checkpoint that belongs to it, before signatures.
    pub(super) fn unsigned(&self) -> Checkpoint {
        Checkpoint { origin: self.origin.clone(), size: self.head.size, root: self.head.root }
    }
}

fn because(error: impl std::error::Error) -> RecordError {
    RecordError(error.to_string())
}
