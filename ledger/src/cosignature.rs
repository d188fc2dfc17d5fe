//! Cosignatures by witnesses: C2SP `tlog-cosignature` of type 0x04 (spec §6).

use crate::key::{NamedKey, SigningKey};
use crate::note::NoteSignature;

/// The byte that says "Ed25519 cosignature with time" in a vkey and its key id.
const COSIGNATURE: u8 = 0x04;

/// The greatest time that a cosignature may bear.
const TIME_MAX: u64 = i64::MAX.unsigned_abs();

/// The key of a witness: a vkey of type 0x04.
pub type Cosigner = NamedKey<COSIGNATURE>;

impl Cosigner {
    /// The cosigner that `key` is, when it signs by [`cosign`].
    #[must_use]
    pub fn of(key: &SigningKey) -> Cosigner {
        key.public()
    }

    /// The time of a cosignature under `text`, in seconds since 1970, if it holds. `bytes` is the time in 8 bytes
    /// big-endian and the signature in 64.
    #[must_use]
    pub fn verify(&self, text: &str, bytes: &[u8]) -> Option<u64> {
        let (time, signature) = bytes.split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        let holds = time <= TIME_MAX && self.verify_strict(&message(time, text), signature.try_into().ok()?);
        holds.then_some(time)
    }
}

/// The signature line by which `key`, as a witness, says that it saw the checkpoint `text` at `time`.
#[must_use]
pub fn cosign(key: &SigningKey, time: u64, text: &str) -> NoteSignature {
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend(key.sign(&message(time, text)));
    NoteSignature { name: key.name().to_owned(), key_id: Cosigner::of(key).key_id(), bytes }
}

fn message(time: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}
