//! An API key as its holder has it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const ID_LENGTH: usize = 8;
const SECRET_BYTES: usize = 32;
const SECRET_LENGTH: usize = 43;
const LENGTH: usize = "cs_".len() + ID_LENGTH + 1 + SECRET_LENGTH;
/// 32 signs, so that five random bits make one without a bias; without those that look alike.
const ID_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A whole key. Its text is shown once, to the person it is made for; `Debug` shows the public part only.
pub struct Token {
    text: Zeroizing<String>,
}

impl Token {
    /// A new one.
    pub fn random() -> Self {
        let mut random = Zeroizing::new([0_u8; ID_LENGTH + SECRET_BYTES]);
        getrandom::fill(random.as_mut_slice()).expect("the system has randomness");
        let (id, secret) = random.split_at(ID_LENGTH);
        let id: String = id.iter().map(|byte| char::from(ID_ALPHABET[usize::from(byte % 32)])).collect();
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret));
        Self { text: Zeroizing::new(format!("cs_{id}_{}", *secret)) }
    }

    /// Reads a key; nothing where it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix("cs_").filter(|_| text.len() == LENGTH)?.split_at_checked(ID_LENGTH)?;
        let secret = secret.strip_prefix('_')?;
        let fits = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        fits.then(|| Self { text: Zeroizing::new(text.to_owned()) })
    }

    /// The public part.
    pub fn id(&self) -> &str {
        &self.text["cs_".len()..][..ID_LENGTH]
    }

    /// What is kept of the secret part.
    pub fn secret_sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.text[LENGTH - SECRET_LENGTH..]).into()
    }

    /// All of it, for the person it is made for.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cs_{}_***", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_reads_back_and_does_not_show_its_secret() {
        let token = Token::random();
        let again = Token::parse(token.reveal()).unwrap();
        assert_eq!((again.id(), again.secret_sha256()), (token.id(), token.secret_sha256()));
        assert_eq!(token.reveal().len(), LENGTH);
        assert!(!format!("{token:?}").contains(&token.reveal()[12..]));
    }

    #[test]
    fn two_keys_differ_in_both_parts() {
        let (one, other) = (Token::random(), Token::random());
        assert_ne!(one.id(), other.id());
        assert_ne!(one.secret_sha256(), other.secret_sha256());
    }

    #[test]
    fn every_other_form_is_refused() {
        let good = Token::random().reveal().to_owned();
        let shouted = format!("cs_{}{}", good[3..11].to_uppercase(), &good[11..]);
        for bad in [
            String::new(),
            good[1..].to_owned(),
            format!("{good}a"),
            good[..good.len() - 1].to_owned(),
            good.replacen("cs_", "ct_", 1),
            shouted.replace(char::is_numeric, "A"),
            format!("{}é", &good[..good.len() - 2]),
            format!("{} ", &good[..good.len() - 1]),
        ] {
            assert!(Token::parse(&bad).is_none(), "{bad:?}");
        }
    }
}
