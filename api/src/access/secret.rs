//! The one secret of `access`: from it come the keys that sign sessions and forms, and those that hide what is kept in
//! the database. Not a signing key of any log.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use domain::person::Email;
use hmac::{Hmac, Mac as _};
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;

/// 256 random bits. Cheap to clone; its `Debug` form does not show it.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<[u8; 32]>>);

/// What a derived key is for. No two purposes share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signs the cookie of an auditor's session.
    AuditorSession,
    /// Signs the forms of a session, so that no other site can send them.
    Form,
    /// Hides an address that is looked up by equality.
    Address,
    /// Hides a short code, which could be guessed from a plain hash.
    Code,
    /// Encrypts what one-time codes are made from.
    Totp,
    /// Hides what attempts are counted by.
    Limit,
    /// Signs the addresses that an auditor's files are downloaded from.
    Download,
}

/// Why there is no secret.
#[derive(Debug, Error)]
pub enum SecretError {
    /// Of another form.
    #[error("must be 64 lower-case hex digits")]
    Form,
    /// Others than its owner can read the file: whoever has it signs sessions.
    #[error("{} has mode {mode:o}: it must not be accessible to group or others (chmod 600)", .path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file cannot be read or made.
    #[error("the file of the secret cannot be read or made")]
    File(#[from] io::Error),
}

/// What was encrypted cannot be read: it was altered, or is of another secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a value of `access` does not decrypt")]
pub struct NotReadable;

impl Secret {
    /// Reads 64 lower-case hex digits.
    ///
    /// # Errors
    /// [`SecretError::Form`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let mut bytes = Zeroizing::new([0; 32]);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if !plain || hex::decode_to_slice(text, bytes.as_mut_slice()).is_err() {
            return Err(SecretError::Form);
        }
        Ok(Self(Arc::new(bytes)))
    }

    /// The secret in this file, which only its owner may read and which is made with random bits where there is none.
    /// Blocks.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn of_file(path: &Path) -> Result<Self, SecretError> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let mode = fs::metadata(path)?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(SecretError::Open { path: path.to_owned(), mode });
                }
                Self::parse(text.trim_end())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(path)?;
                Self::parse(fs::read_to_string(path)?.trim_end())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// HMAC-SHA-256 of these parts under the key of a purpose. Each part stands with its length before it.
    pub fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = keyed(&*self.key(purpose));
        for part in parts {
            mac.update(&u64::try_from(part.len()).expect("a length has 64 bits").to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// What stands for an address within `of`: upper and lower case do not matter.
    pub fn mac_of_address(&self, of: &[&[u8]], email: &Email) -> [u8; 32] {
        let lower = email.as_str().to_lowercase();
        let parts: Vec<&[u8]> = of.iter().copied().chain([lower.as_bytes()]).collect();
        self.mac(Purpose::Address, &parts)
    }

    /// Whether a MAC is that of these parts, in constant time.
    pub fn verifies(&self, purpose: Purpose, parts: &[&[u8]], mac: &[u8]) -> bool {
        self.mac(purpose, parts).ct_eq(mac).into()
    }

    /// Encrypts, bound to what `of` names: XChaCha20-Poly1305, the nonce first.
    pub fn seal(&self, purpose: Purpose, of: &str, plaintext: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = random();
        let payload = Payload { msg: plaintext, aad: of.as_bytes() };
        let sealed = self.cipher(purpose).encrypt(XNonce::from_slice(&nonce), payload);
        [nonce.as_slice(), &sealed.expect("a short text can be encrypted")].concat()
    }

    /// What [`Secret::seal`] encrypted.
    ///
    /// # Errors
    /// [`NotReadable`].
    pub fn open(&self, purpose: Purpose, of: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotReadable> {
        let (nonce, msg) = sealed.split_at_checked(NONCE_BYTES).ok_or(NotReadable)?;
        let payload = Payload { msg, aad: of.as_bytes() };
        let opened = self.cipher(purpose).decrypt(XNonce::from_slice(nonce), payload);
        opened.map(Zeroizing::new).map_err(|_| NotReadable)
    }

    fn cipher(&self, purpose: Purpose) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&*self.key(purpose)))
    }

    fn key(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let mut mac = keyed(self.0.as_slice());
        mac.update(b"countersign access ");
        mac.update(purpose.label().as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::AuditorSession => "auditor session",
            Self::Form => "form",
            Self::Address => "address",
            Self::Code => "code",
            Self::Totp => "totp",
            Self::Limit => "limit",
            Self::Download => "download",
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Random bytes of the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

fn keyed(key: &[u8]) -> Hmac<sha2::Sha256> {
    <Hmac<sha2::Sha256> as hmac::Mac>::new_from_slice(key).expect("HMAC takes keys of every length")
}

/// Two processes that start at once: one makes the file, both read it.
fn make(path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let draft = path.with_extension(format!("draft-{}", hex::encode(random::<8>())));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(Zeroizing::new(hex::encode(random::<32>())).as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::parse(&"0b".repeat(32)).unwrap()
    }

    #[test]
    fn a_secret_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/access.key");
        let made = Secret::of_file(&path).unwrap();
        let again = Secret::of_file(&path).unwrap();
        assert_eq!(made.mac(Purpose::Form, &[b"x"]), again.mac(Purpose::Form, &[b"x"]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path().join("new")).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_secret_that_others_can_read_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("access.key");
        Secret::of_file(&path).unwrap();
        for mode in [0o644, 0o640, 0o604] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = Secret::of_file(&path).unwrap_err().to_string();
            assert!(refused.contains(&format!("has mode {mode:o}")) && refused.contains("chmod 600"), "{refused}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        Secret::of_file(&path).unwrap();
    }

    #[test]
    fn no_two_purposes_and_no_two_divisions_into_parts_share_a_mac() {
        let secret = secret();
        assert_ne!(secret.mac(Purpose::Form, &[b"ab"]), secret.mac(Purpose::Code, &[b"ab"]));
        assert_ne!(secret.mac(Purpose::Form, &[b"ab", b"c"]), secret.mac(Purpose::Form, &[b"a", b"bc"]));
        let mac = secret.mac(Purpose::Form, &[b"ab"]);
        assert!(secret.verifies(Purpose::Form, &[b"ab"], &mac));
        assert!(!secret.verifies(Purpose::Form, &[b"ab"], &mac[..31]));
    }

    #[test]
    fn what_is_encrypted_opens_only_for_what_it_was_encrypted_for() {
        let sealed = secret().seal(Purpose::Totp, "member/1", b"seed");
        assert_eq!(secret().open(Purpose::Totp, "member/1", &sealed).unwrap().as_slice(), b"seed");
        assert_eq!(secret().open(Purpose::Totp, "member/2", &sealed), Err(NotReadable));
        assert_eq!(secret().open(Purpose::Code, "member/1", &sealed), Err(NotReadable));
        assert_eq!(secret().open(Purpose::Totp, "member/1", &sealed[..20]), Err(NotReadable));
    }

    #[test]
    fn a_secret_is_64_digits_and_is_not_shown() {
        for text in ["", "0b", &"0B".repeat(32), &"zz".repeat(32), &"0b".repeat(33)] {
            assert!(matches!(Secret::parse(text), Err(SecretError::Form)), "{text}");
        }
        assert_eq!(format!("{:?}", secret()), "Secret(..)");
    }
}
