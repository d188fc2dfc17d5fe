//! Ed25519 keys with names, as C2SP signed notes have them (spec §1).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer, VerifyingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::hash::parse_hex;
use crate::name::Origin;

/// The byte that says "Ed25519" in a vkey and its key id.
const ED25519: u8 = 0x01;

/// What a private key's text begins with, so that a secret found anywhere is known for one.
const PRIVATE: &str = "PRIVATE+KEY+";

/// An Ed25519 signature.
pub type Signature = [u8; 64];

/// What a key of a log signs (spec §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Each entry (§4).
    Entries,
    /// Each checkpoint (§6).
    Checkpoints,
    /// Statements given to people outside the log (§9).
    Receipts,
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a role is entries, checkpoints or receipts, not {0:?}")]
pub struct RoleError(String);

impl Role {
    /// All three.
    pub const ALL: [Role; 3] = [Role::Entries, Role::Checkpoints, Role::Receipts];

    /// Reads `entries`, `checkpoints` or `receipts`.
    pub fn parse(text: &str) -> Result<Role, RoleError> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| RoleError(text.to_owned()))
    }

    /// The role's name in entries and messages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Role::Entries => "entries",
            Role::Checkpoints => "checkpoints",
            Role::Receipts => "receipts",
        }
    }

    /// The name that keys of this role have in the log of that origin.
    pub fn vkey_name(&self, origin: &Origin) -> String {
        match self {
            Role::Entries => format!("{origin}/entries"),
            Role::Checkpoints => origin.to_string(),
            Role::Receipts => format!("{origin}/receipts"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first four bytes of `SHA-256(name || 0x0A || type || public key)`; its text is 8 digits of lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

/// Why a text is not a [`KeyId`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a key id is 8 digits of lower-case hex")]
pub struct KeyIdError;

impl KeyId {
    /// Takes the four bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 4]) -> KeyId {
        KeyId(bytes)
    }

    /// Reads 8 digits of lower-case hex.
    pub fn parse(text: &str) -> Result<KeyId, KeyIdError> {
        parse_hex(text).map(KeyId).ok_or(KeyIdError)
    }

    /// The four bytes.
    pub fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }

    fn of(name: &str, algorithm: u8, public_key: &[u8; 32]) -> KeyId {
        let digest =
            Sha256::new().chain_update(name).chain_update([b'\n', algorithm]).chain_update(public_key).finalize();
        KeyId([digest[0], digest[1], digest[2], digest[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A public key with its name, to be used by one algorithm: `<name>+<key id>+<base64(algorithm || public key)>`.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedKey<const ALGORITHM: u8> {
    name: String,
    key_id: KeyId,
    public_key: VerifyingKey,
}

/// A key of a log.
pub type Vkey = NamedKey<ED25519>;

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VkeyError {
    /// Not three parts joined by `+`, or not behind `PRIVATE+KEY+` where a private key is read.
    #[error("a key is a name, an id and base64, joined by plus signs")]
    Form,
    /// An empty name, or one with a space, a control character or a plus sign.
    #[error("a key's name has neither spaces nor plus signs")]
    Name,
    /// The id is not 8 digits of lower-case hex.
    #[error(transparent)]
    KeyId(#[from] KeyIdError),
    /// The last part is not base64 of the one accepted spelling.
    #[error("the last part of a key is base64 with padding")]
    Base64,
    /// The key is of another algorithm than is asked for here.
    #[error("a key of the unknown or unsuitable type {0:#04x}")]
    Algorithm(u8),
    /// The key has another length than 32 bytes.
    #[error("an Ed25519 key is 32 bytes, not {0}")]
    Length(usize),
    /// The bytes are not the canonical encoding of a point of the prime-order subgroup, or are its neutral element.
    #[error("not an Ed25519 public key of the strict kind")]
    Point,
    /// The id is that of another name or key.
    #[error("the key's id is {found}, but its name and bytes give {computed}")]
    KeyIdDiffers {
        /// As written.
        found: KeyId,
        /// As it must be.
        computed: KeyId,
    },
}

impl<const ALGORITHM: u8> NamedKey<ALGORITHM> {
    /// Reads a vkey of that algorithm.
    pub fn parse(text: &str) -> Result<Self, VkeyError> {
        let (name, found, encoded) = split_key(text)?;
        if !is_key_name(name) {
            return Err(VkeyError::Name);
        }
        let bytes = BASE64.decode(encoded).map_err(|_| VkeyError::Base64)?;
        let public_key = key_bytes(&bytes, ALGORITHM)?;
        let computed = KeyId::of(name, ALGORITHM, &public_key);
        if computed != found {
            return Err(VkeyError::KeyIdDiffers { found, computed });
        }
        Ok(NamedKey { name: name.to_owned(), key_id: found, public_key: strict_point(&public_key)? })
    }

    /// The key of that name whose private half somebody here has.
    fn of_own(name: &str, public_key: VerifyingKey) -> Self {
        NamedKey { name: name.to_owned(), key_id: KeyId::of(name, ALGORITHM, public_key.as_bytes()), public_key }
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id, another one for each algorithm.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The 32 bytes of the public key itself.
    pub fn public_key(&self) -> &[u8; 32] {
        self.public_key.as_bytes()
    }

    /// The cofactorless equation with S < L and canonical A and R, R not of small order (spec §1).
    pub(crate) fn verify_strict(&self, message: &[u8], signature: &Signature) -> bool {
        // R is compared as bytes with a point that was just encoded, so no other encoding of it passes.
        self.public_key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }
}

impl Vkey {
    /// Whether that is this key's signature of `message`: S < L, R canonical and not of small order, no cofactor.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        self.verify_strict(message, signature)
    }
}

impl<const ALGORITHM: u8> fmt::Display for NamedKey<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [ALGORITHM; 33];
        bytes[1..].copy_from_slice(self.public_key.as_bytes());
        write!(f, "{}+{}+{}", self.name, self.key_id, BASE64.encode(bytes))
    }
}

impl<const ALGORITHM: u8> fmt::Debug for NamedKey<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedKey({self})")
    }
}

impl<const ALGORITHM: u8> FromStr for NamedKey<ALGORITHM> {
    type Err = VkeyError;

    fn from_str(text: &str) -> Result<Self, VkeyError> {
        NamedKey::parse(text)
    }
}

/// A private key with its name. Its bytes are wiped when it is dropped, and `Debug` shows the public half only.
#[derive(Clone)]
pub struct SigningKey {
    secret: ed25519_dalek::SigningKey,
    vkey: Vkey,
}

impl SigningKey {
    /// The key of that name from its 32 secret bytes.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<SigningKey, VkeyError> {
        if !is_key_name(name) {
            return Err(VkeyError::Name);
        }
        let seed = Zeroizing::new(seed);
        let secret = ed25519_dalek::SigningKey::from_bytes(&seed);
        let vkey = NamedKey::of_own(name, secret.verifying_key());
        Ok(SigningKey { secret, vkey })
    }

    /// Reads `PRIVATE+KEY+<name>+<key id>+<base64(0x01 || seed)>`, the form of Go's `note` package.
    pub fn parse(text: &str) -> Result<SigningKey, VkeyError> {
        let (name, found, encoded) = split_key(text.strip_prefix(PRIVATE).ok_or(VkeyError::Form)?)?;
        let bytes = Zeroizing::new(BASE64.decode(encoded).map_err(|_| VkeyError::Base64)?);
        let key = SigningKey::from_seed(name, *Zeroizing::new(key_bytes(&bytes, ED25519)?))?;
        if key.key_id() == found { Ok(key) } else { Err(VkeyError::KeyIdDiffers { found, computed: key.key_id() }) }
    }

    /// The text that [`SigningKey::parse`] reads. It is the secret; hence no `Display`.
    #[must_use]
    pub fn private_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([ED25519; 33]);
        bytes[1..].copy_from_slice(self.secret.as_bytes());
        let encoded = Zeroizing::new(BASE64.encode(*bytes));
        Zeroizing::new(format!("{PRIVATE}{}+{}+{}", self.vkey.name, self.vkey.key_id, *encoded))
    }

    /// The public half.
    pub fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// The public half for another algorithm.
    pub(crate) fn public<const ALGORITHM: u8>(&self) -> NamedKey<ALGORITHM> {
        NamedKey::of_own(&self.vkey.name, self.vkey.public_key)
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.vkey.name
    }

    /// The key's id.
    pub fn key_id(&self) -> KeyId {
        self.vkey.key_id
    }

    /// Signs `message`, always with the same result (RFC 8032).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ..)", self.vkey)
    }
}

/// Whether a text can name a key in a note: not empty, no Unicode space, no control character, no plus sign.
pub(crate) fn is_key_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c < ' ' || c == '+')
}

fn split_key(text: &str) -> Result<(&str, KeyId, &str), VkeyError> {
    let (name, rest) = text.split_once('+').ok_or(VkeyError::Form)?;
    let (key_id, encoded) = rest.split_once('+').ok_or(VkeyError::Form)?;
    Ok((name, KeyId::parse(key_id)?, encoded))
}

fn key_bytes(bytes: &[u8], algorithm: u8) -> Result<[u8; 32], VkeyError> {
    match bytes.split_first() {
        None => Err(VkeyError::Form),
        Some((found, _)) if *found != algorithm => Err(VkeyError::Algorithm(*found)),
        Some((_, key)) => key.try_into().map_err(|_| VkeyError::Length(key.len())),
    }
}

/// Takes bytes as a public key only if they are its canonical encoding and it generates the prime-order subgroup:
/// else one signature could verify for several keys, or for some verifiers and not for others.
fn strict_point(bytes: &[u8; 32]) -> Result<VerifyingKey, VkeyError> {
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| VkeyError::Point)?;
    let point = key.to_edwards();
    let is_strict = point.compress().as_bytes() == bytes && point.is_torsion_free() && !key.is_weak();
    if is_strict { Ok(key) } else { Err(VkeyError::Point) }
}
