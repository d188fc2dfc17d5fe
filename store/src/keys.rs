//! Signing keys in files: `<directory>/<slug>/<role>-<key id>.key`, mode 0600, never in the database.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::key::{KeyId, Role, SigningKey};
use ledger::name::Origin;
use zeroize::Zeroizing;

/// The directory that holds the keys of all logs of this process.
#[derive(Clone, Debug)]
pub struct KeyDirectory {
    root: PathBuf,
}

/// Why a key could not be used or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is missing.
    #[error("there is no key file {}", .0.display())]
    Missing(PathBuf),
    /// Others than the owner may read or write the file.
    #[error("{} has mode {mode:o}: a key file must not be accessible to group or others (chmod 600)", .path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The content is not the key that the name promises.
    #[error("{} does not hold key {expected} of {origin}: {reason}", .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The key id that its name says.
        expected: String,
        /// The log.
        origin: String,
        /// What is wrong.
        reason: String,
    },
    /// The file could not be read or written.
    #[error("key file {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl KeyDirectory {
    /// Keys under this directory; it need not exist before the first key is made.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where a log's keys are.
    pub fn of(&self, origin: &Origin) -> PathBuf {
        self.root.join(origin.slug())
    }

    /// The file of one key.
    pub fn path(&self, origin: &Origin, role: Role, keyid: KeyId) -> PathBuf {
        self.of(origin).join(format!("{}-{keyid}.key", role.as_str()))
    }

    /// Makes a key and writes it, synced, before anybody can rely on it.
    pub fn create(&self, origin: &Origin, role: Role) -> Result<Arc<SigningKey>, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).expect("the system has randomness");
        let key = SigningKey::from_seed(&role.vkey_name(origin), *seed).expect("a log's key names are well formed");
        let path = self.path(origin, role, key.key_id());
        let written = write_private(&self.of(origin), &path, key.private_text().as_bytes());
        written.map_err(|source| KeyError::Io { path, source })?;
        Ok(Arc::new(key))
    }

    /// Reads the key with this id, refusing files that others can read and files that hold something else.
    pub fn find(&self, origin: &Origin, role: Role, keyid: KeyId) -> Result<Arc<SigningKey>, KeyError> {
        let path = self.path(origin, role, keyid);
        let text = read_private(&path)?;
        let wrong = |reason: String| KeyError::Wrong {
            path: path.clone(),
            expected: keyid.to_string(),
            origin: origin.to_string(),
            reason,
        };
        let key = SigningKey::parse(text.trim_end_matches('\n')).map_err(|error| wrong(error.to_string()))?;
        if key.name() != role.vkey_name(origin) {
            return Err(wrong(format!("it is a key of {}", key.name())));
        }
        if key.key_id() != keyid {
            return Err(wrong(format!("it is key {}", key.key_id())));
        }
        Ok(Arc::new(key))
    }
}

fn write_private(directory: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    File::open(directory)?.sync_all()
}

fn read_private(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => KeyError::Io { path: path.to_owned(), source },
    };
    let mut file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::TooOpen { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(512));
    file.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}
