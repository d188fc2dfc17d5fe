//! Opaque ids for what has a name elsewhere: the same thing always gets the same id, and without the organisation's
//! secret nobody can tell which name it stands for, not even by trying names.

use uuid::Uuid;

/// What separates the ids made here from every other use of a keyed BLAKE3.
const CONTEXT: &str = "countersign.import.pseudonym.v1";

/// Makes opaque ids under one organisation's secret.
///
/// An id is 122 bits of keyed BLAKE3 over the kind of thing and its names, written as a UUID of version 8. It needs no
/// table, so a second import, another replica and a restored database agree on it; destroying the secret unlinks all of
/// them from their names for ever.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    /// `secret` is the organisation's alone and kept with its data keys.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self { key: blake3::derive_key(CONTEXT, secret) }
    }

    /// The person behind a principal of an account.
    pub fn person(&self, account: &str, principal: &str) -> Uuid {
        self.id("person", &[account, principal])
    }

    /// A thing by the name that it has everywhere, such as an ARN.
    pub fn thing(&self, name: &str) -> Uuid {
        self.id("thing", &[name])
    }

    /// Each part with its length before it, so that no two lists of parts give the same bytes.
    fn id(&self, kind: &str, parts: &[&str]) -> Uuid {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in std::iter::once(&kind).chain(parts) {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let mut id = [0; 16];
        hasher.finalize_xof().fill(&mut id);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(..)")
    }
}

impl Drop for Pseudonyms {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.key);
    }
}
