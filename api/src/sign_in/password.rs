//! Passwords: what is asked of one, and how they are kept.

use std::sync::LazyLock;
use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::access::secret::random;
use crate::error::{Error, Result};

/// Fewest characters. There is always a second factor.
const CHARS_MIN: usize = 12;
/// Most characters: nobody types more, and hashing costs by length.
const CHARS_MAX: usize = 200;
/// Memory of one hash: with two passes above what OWASP asks (ASVS 5.0 §11.4.2: 46 MiB and one).
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 2;
/// How many are hashed at the same time: what many attempts at once take up is this, and not all memory and cores.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// How long an attempt waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(5);

/// A password that can be set. Its `Debug` form does not show it.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a text is no password. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Too few or too many characters.
    #[error("a password has {CHARS_MIN} to {CHARS_MAX} characters")]
    Length,
    /// The same character again and again.
    #[error("a password has at least five different characters")]
    Monotonous,
}

impl Password {
    /// Reads a password: 12 to 200 characters, five of them different. Blanks and all other characters count.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        if !(CHARS_MIN..=CHARS_MAX).contains(&text.chars().count()) {
            return Err(PasswordError::Length);
        }
        let mut different: Vec<char> = text.chars().collect();
        different.sort_unstable();
        different.dedup();
        if different.len() < 5 {
            return Err(PasswordError::Monotonous);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// What is kept of it.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait for their turn.
    pub async fn hash(self) -> Result<String> {
        in_turn(move || hash(&self.0)).await
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Whether somebody typed the password that is kept. Where none is, it takes as long and never holds.
///
/// # Errors
/// [`Error::Overloaded`] when too many wait for their turn.
pub async fn holds(typed: Zeroizing<String>, kept: Option<String>) -> Result<bool> {
    // Nothing so long is kept; hashing it would be work for nothing.
    let typed: Zeroizing<String> = if typed.chars().count() <= CHARS_MAX { typed } else { Zeroizing::default() };
    in_turn(move || {
        let is_kept = kept.is_some();
        let kept = kept.unwrap_or_else(|| NOBODYS.clone());
        let parsed = PasswordHash::new(&kept);
        let verified = parsed.is_ok_and(|kept| hasher().verify_password(typed.as_bytes(), &kept).is_ok());
        is_kept && verified
    })
    .await
}

/// What is compared with where there is no password, so that it costs the same.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash(&hex::encode(random::<16>())));

fn hash(password: &str) -> String {
    let salt = SaltString::encode_b64(&random::<16>()).expect("16 bytes are a salt");
    hasher().hash_password(password.as_bytes(), &salt).expect("the parameters are good").to_string()
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("the parameters are good");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Does it on a thread of its own, after those that came before.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = tokio::time::timeout(TURN_WAIT, AT_ONCE.acquire()).await.map_err(|_| Error::Overloaded)?;
    let turn = turn.map_err(Error::internal)?;
    let done = tokio::task::spawn_blocking(work).await.map_err(Error::internal);
    drop(turn);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "correct horse battery staple";

    fn typed(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_holds_and_another_does_not() {
        let kept = Password::parse(GOOD).unwrap().hash().await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=65536,t=2,p=1$"), "{kept}");
        assert!(holds(typed(GOOD), Some(kept.clone())).await.unwrap());
        assert!(!holds(typed("correct horse battery stable"), Some(kept.clone())).await.unwrap());
        assert!(!holds(typed(""), Some(kept.clone())).await.unwrap());
        assert!(!holds(typed(&GOOD.repeat(20)), Some(kept)).await.unwrap());
        assert!(!holds(typed(GOOD), None).await.unwrap(), "nobody's");
    }

    #[test]
    fn a_password_is_long_and_not_monotonous() {
        assert_eq!(Password::parse("short").unwrap_err(), PasswordError::Length);
        assert_eq!(Password::parse(&"long enough ".repeat(20)).unwrap_err(), PasswordError::Length);
        assert_eq!(Password::parse("abababababababab").unwrap_err(), PasswordError::Monotonous);
        assert!(Password::parse("дванадесет знака").is_ok(), "characters are counted, not bytes");
        assert_eq!(format!("{:?}", Password::parse(GOOD).unwrap()), "Password(..)");
    }
}
