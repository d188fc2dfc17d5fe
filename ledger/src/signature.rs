//! The signature under an entry (spec §4).

use crate::hash::EntryHash;
use crate::key::{Signature, SigningKey, Vkey};

const PREFIX: &[u8; 21] = b"countersign.entry.v1\n";

/// What the entries key signs for an entry: a line that names the purpose, and the hash in hex.
#[must_use]
pub fn entry_message(hash: &EntryHash) -> [u8; 86] {
    let mut message = [b'\n'; 86];
    message[..21].copy_from_slice(PREFIX);
    message[21..85].copy_from_slice(&hash.hex());
    message
}

/// Signs an entry by its hash.
#[must_use]
pub fn sign_entry(key: &SigningKey, hash: &EntryHash) -> Signature {
    key.sign(&entry_message(hash))
}

/// Whether that is the signature of `key` under the entry with that hash.
#[must_use]
pub fn verify_entry(key: &Vkey, hash: &EntryHash, signature: &Signature) -> bool {
    key.verify(&entry_message(hash), signature)
}
