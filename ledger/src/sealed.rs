//! Sealed values: personal data that can be erased by destroying a key (spec §8).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::hash::parse_hex;
use crate::id::EntryId;
use crate::json::{Object, ShapeError, Tree};
use crate::name::{Origin, is_uuid, is_word};

const ALGORITHM: &str = "XC20P";
const COMMIT_CONTEXT: &str = "countersign.seal.commit.v1";
const TAG_BYTES: usize = 16;
const MEMBERS: [&str; 7] = ["alg", "commit", "ct", "field", "kid", "nonce", "of"];

/// Whose a personal value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// Who acted.
    Actor,
    /// Who was acted on.
    Subject,
}

impl Of {
    /// Reads `actor` or `subject`.
    pub fn parse(text: &str) -> Option<Of> {
        [Of::Actor, Of::Subject].into_iter().find(|of| of.as_str() == text)
    }

    /// The word in the entry.
    pub fn as_str(self) -> &'static str {
        match self {
            Of::Actor => "actor",
            Of::Subject => "subject",
        }
    }
}

/// The key of one person, under which that person's values are sealed. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// Takes 32 random bytes, and wipes the place they were in.
    pub fn from_bytes(mut bytes: [u8; 32]) -> DataKey {
        let key = DataKey(Zeroizing::new(bytes));
        bytes.zeroize();
        key
    }

    /// The 32 bytes, for whoever keeps keys.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// Which value of which entry: all that the ciphertext is bound to.
#[derive(Clone, Copy, Debug)]
pub struct SealedPlace<'a> {
    /// The log.
    pub origin: &'a Origin,
    /// The entry.
    pub entry: EntryId,
    /// What the value is: `email`, `name`, `ip`, `user_agent` …
    pub field: &'a str,
    /// Id of the data key, a UUID.
    pub kid: &'a str,
    /// Whose the value is.
    pub of: Of,
}

impl SealedPlace<'_> {
    /// `<origin>\n<entry id>\n<field>\n<kid>\n<of>`
    fn associated_data(&self) -> String {
        let SealedPlace { origin, entry, field, kid, of } = self;
        format!("{origin}\n{entry}\n{field}\n{kid}\n{}", of.as_str())
    }
}

/// A sealed value as it stands in an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedValue {
    commit: [u8; 32],
    ciphertext: Vec<u8>,
    field: String,
    kid: String,
    nonce: [u8; 24],
    of: Of,
}

/// Why a JSON value is not a [`SealedValue`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SealedError {
    /// Other members, or of other kinds.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Another algorithm than `XC20P`.
    #[error("values are sealed by XC20P, not {0:?}")]
    Algorithm(String),
    /// Not 64 digits of lower-case hex.
    #[error("a commitment is 64 digits of lower-case hex")]
    Commit,
    /// Not base64, or shorter than the tag alone.
    #[error("a ciphertext is base64 of {TAG_BYTES} bytes or more")]
    Ciphertext,
    /// Not `[a-z][a-z0-9_]*`.
    #[error("a field is a word of a-z, 0-9 and _")]
    Field,
    /// Not a UUID in lower case with hyphens.
    #[error("a key's id is a UUID in lower case with hyphens")]
    Kid,
    /// Not base64 of 24 bytes.
    #[error("a nonce is base64 of 24 bytes")]
    Nonce,
    /// Neither `actor` nor `subject`.
    #[error("a value is of actor or subject, not {0:?}")]
    Of(String),
}

/// Why a sealed value does not open.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Another key, another place, or the ciphertext was changed.
    #[error("the key does not open this value at this place")]
    Sealed,
    /// It opens, but to something else than was committed to.
    #[error("the value opens to another text than its commitment names")]
    Commitment,
    /// It opens to bytes that are not UTF-8.
    #[error("the value opens to something that is not text")]
    NotText,
}

impl SealedValue {
    /// Seals a text for one place in one entry. A nonce must never be used twice with one key.
    #[must_use]
    pub fn seal(place: &SealedPlace<'_>, key: &DataKey, nonce: [u8; 24], plaintext: &str) -> SealedValue {
        let associated = place.associated_data();
        let payload = Payload { msg: plaintext.as_bytes(), aad: associated.as_bytes() };
        let cipher = XChaCha20Poly1305::new(key.as_bytes().into());
        let ciphertext = cipher.encrypt(XNonce::from_slice(&nonce), payload).expect("256 GiB are not reached");
        let commit = *commitment(key, &associated, plaintext.as_bytes()).as_bytes();
        let (field, kid) = (place.field.to_owned(), place.kid.to_owned());
        SealedValue { commit, ciphertext, field, kid, nonce, of: place.of }
    }

    /// Reads a member of an entry's `sealed`.
    pub fn parse<V: Tree>(value: &V) -> Result<SealedValue, SealedError> {
        let object = Object::closed("a sealed value", value, &MEMBERS, &[])?;
        let (algorithm, field, kid, of) =
            (object.text("alg")?, object.text("field")?, object.text("kid")?, object.text("of")?);
        if algorithm != ALGORITHM {
            return Err(SealedError::Algorithm(algorithm.to_owned()));
        }
        if !is_word(field) {
            return Err(SealedError::Field);
        }
        if !is_uuid(kid) {
            return Err(SealedError::Kid);
        }
        let ciphertext = BASE64.decode(object.text("ct")?).map_err(|_| SealedError::Ciphertext)?;
        if ciphertext.len() < TAG_BYTES {
            return Err(SealedError::Ciphertext);
        }
        let nonce = BASE64.decode(object.text("nonce")?).ok().and_then(|bytes| bytes.try_into().ok());
        Ok(SealedValue {
            commit: parse_hex(object.text("commit")?).ok_or(SealedError::Commit)?,
            ciphertext,
            field: field.to_owned(),
            kid: kid.to_owned(),
            nonce: nonce.ok_or(SealedError::Nonce)?,
            of: Of::parse(of).ok_or_else(|| SealedError::Of(of.to_owned()))?,
        })
    }

    /// Opens the value with its person's data key and checks that it is what was committed to.
    pub fn open(&self, origin: &Origin, entry: EntryId, key: &DataKey) -> Result<Zeroizing<String>, OpenError> {
        let place = SealedPlace { origin, entry, field: &self.field, kid: &self.kid, of: self.of };
        let associated = place.associated_data();
        let payload = Payload { msg: &self.ciphertext, aad: associated.as_bytes() };
        let cipher = XChaCha20Poly1305::new(key.as_bytes().into());
        let opened = cipher.decrypt(XNonce::from_slice(&self.nonce), payload).map_err(|_| OpenError::Sealed)?;
        let opened = Zeroizing::new(opened);
        let commit = commitment(key, &associated, &opened);
        if !bool::from(commit.as_bytes().ct_eq(&self.commit)) {
            return Err(OpenError::Commitment);
        }
        let text = str::from_utf8(&opened).map_err(|_| OpenError::NotText)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// What the value is.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Id of the data key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whose the value is.
    pub fn of(&self) -> Of {
        self.of
    }

    /// Appends the value's canonical JSON.
    pub(crate) fn write(&self, out: &mut String) {
        let SealedValue { field, kid, of, .. } = self;
        let (commit, of) = (hex::encode(self.commit), of.as_str());
        out.push_str(r#"{"alg":""#);
        for (text, next) in [
            (ALGORITHM, r#"","commit":""#),
            (&commit, r#"","ct":""#),
            (&BASE64.encode(&self.ciphertext), r#"","field":""#),
            (field, r#"","kid":""#),
            (kid, r#"","nonce":""#),
            (&BASE64.encode(self.nonce), r#"","of":""#),
            (of, r#""}"#),
        ] {
            out.push_str(text);
            out.push_str(next);
        }
    }
}

/// Length of what [`SealedValue::write`] will append, before it is sealed.
pub(crate) fn sealed_length(field: &str, of: Of, plaintext_bytes: usize) -> usize {
    const REST: usize =
        r#"{"alg":"XC20P","commit":"","ct":"","field":"","kid":"","nonce":"","of":""}"#.len() + 64 + 36 + 32;
    REST + (plaintext_bytes + TAG_BYTES).div_ceil(3) * 4 + field.len() + of.as_str().len()
}

/// Binds key, place and plaintext, so that a value cannot later be said to have been another under another key.
fn commitment(key: &DataKey, associated: &str, plaintext: &[u8]) -> blake3::Hash {
    let commit_key = Zeroizing::new(blake3::derive_key(COMMIT_CONTEXT, key.as_bytes()));
    let mut hasher = blake3::Hasher::new_keyed(&commit_key);
    hasher.update(associated.as_bytes()).update(&[0]).update(plaintext);
    hasher.finalize()
}
