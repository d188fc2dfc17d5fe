//! Cosignatures by witnesses: C2SP `tlog-cosignature` of type 0x04 (spec §6).

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;

use crate::key::{KeyId, SigningKey, VkeyError, parse_vkey, verify_strict, write_vkey};
use crate::note::NoteSignature;

/// The byte that says "Ed25519 cosignature with time" in a vkey and its key id.
const COSIGNATURE: u8 = 0x04;

/// The greatest time that a cosignature may bear.
const TIME_MAX: u64 = i64::MAX.unsigned_abs();

/// The public key of a witness, with its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Cosigner {
    name: String,
    key_id: KeyId,
    public_key: VerifyingKey,
}

impl Cosigner {
    /// Reads a vkey of type 0x04.
    pub fn parse(text: &str) -> Result<Cosigner, VkeyError> {
        let (name, key_id, public_key) = parse_vkey(text, COSIGNATURE)?;
        Ok(Cosigner { name, key_id, public_key })
    }

    /// The cosigner that `key` is, when it signs by [`cosign`].
    pub fn of(key: &SigningKey) -> Result<Cosigner, VkeyError> {
        let public_key = key.vkey().public_key();
        let key_id = KeyId::of(key.name(), COSIGNATURE, public_key);
        let public_key = VerifyingKey::from_bytes(public_key).map_err(|_| VkeyError::Point)?;
        Ok(Cosigner { name: key.name().to_owned(), key_id, public_key })
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id, another one than the same key has as a log's.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The 32 bytes of the public key itself.
    pub fn public_key(&self) -> &[u8; 32] {
        self.public_key.as_bytes()
    }

    /// The time of a cosignature under `text`, in seconds since 1970, if it holds. `bytes` is the time in 8 bytes
    /// big-endian and the signature in 64.
    #[must_use]
    pub fn verify(&self, text: &str, bytes: &[u8]) -> Option<u64> {
        let (time, signature) = bytes.split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        let holds =
            time <= TIME_MAX && verify_strict(&self.public_key, &message(time, text), signature.try_into().ok()?);
        holds.then_some(time)
    }
}

impl fmt::Display for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_vkey(f, &self.name, self.key_id, COSIGNATURE, self.public_key.as_bytes())
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({self})")
    }
}

impl FromStr for Cosigner {
    type Err = VkeyError;

    fn from_str(text: &str) -> Result<Cosigner, VkeyError> {
        Cosigner::parse(text)
    }
}

/// The signature line by which `key`, as a witness, says that it saw the checkpoint `text` at `time`.
#[must_use]
pub fn cosign(key: &SigningKey, time: u64, text: &str) -> NoteSignature {
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend(key.sign(&message(time, text)));
    let key_id = KeyId::of(key.name(), COSIGNATURE, key.vkey().public_key());
    NoteSignature { name: key.name().to_owned(), key_id, bytes }
}

fn message(time: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}
