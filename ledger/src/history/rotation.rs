//! `ledger.key.rotated`: one key takes over from another, and both say so (spec §7).

use serde_json::Value;

use super::HistoryError;
use crate::entry::{Entry, KeyRotated};
use crate::hash::EntryHash;
use crate::key::{Role, SigningKey, Vkey};
use crate::name::Origin;

/// What the new key signs begins with this.
const ENDORSEMENT: &str = "countersign.rotate.v1";
/// What the old key signs begins with this.
const HANDOVER: &str = "countersign.handover.v1";

/// A change of keys that is about to be written. Its place is part of what both keys sign.
#[derive(Debug, Clone, Copy)]
pub struct Rotation<'a> {
    /// The log.
    pub origin: &'a Origin,
    /// The role whose key changes.
    pub role: Role,
    /// The key in force.
    pub old: &'a SigningKey,
    /// The key that takes over after this entry.
    pub new: &'a SigningKey,
    /// Index of the entry.
    pub index: u64,
    /// Hash of the entry before it.
    pub prevhash: &'a EntryHash,
}

impl Rotation<'_> {
    /// The change, signed by both keys.
    pub fn sign(&self) -> KeyRotated {
        let lines = lines(self.origin, self.role, self.new.vkey(), self.index, self.prevhash);
        KeyRotated {
            endorsement: self.new.sign(&message(ENDORSEMENT, &lines)),
            handover: self.old.sign(&message(HANDOVER, &lines)),
            new_vkey: self.new.vkey().clone(),
            old_keyid: self.old.key_id(),
            role: self.role,
        }
    }

    /// The entry's `detail`.
    pub fn detail(&self) -> Value {
        self.sign().detail()
    }
}

/// Checks that both keys signed that change at the place of `entry`.
pub(super) fn check(rotated: &KeyRotated, old: &Vkey, entry: &Entry) -> Result<(), HistoryError> {
    let new = &rotated.new_vkey;
    let lines = lines(&entry.origin, rotated.role, new, entry.sequence, &entry.prevhash);
    if !new.verify(&message(ENDORSEMENT, &lines), &rotated.endorsement) {
        return Err(HistoryError::Endorsement);
    }
    if !old.verify(&message(HANDOVER, &lines), &rotated.handover) {
        return Err(HistoryError::Handover);
    }
    Ok(())
}

/// The five lines that both keys sign, behind a line that names the purpose.
fn lines(origin: &Origin, role: Role, new: &Vkey, index: u64, prevhash: &EntryHash) -> String {
    format!("{origin}\n{role}\n{new}\n{index}\n{prevhash}\n")
}

fn message(purpose: &str, lines: &str) -> Vec<u8> {
    format!("{purpose}\n{lines}").into_bytes()
}
