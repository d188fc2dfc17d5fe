//! What stands in an auditor's link.

use std::fmt;

use domain::name::Sha256;
use sha2::Digest as _;
use zeroize::Zeroizing;

use crate::access::secret::random;
use crate::config::PublicUrl;

/// 384 bits: no more than anybody can guess, and exactly 96 digits.
const TOKEN_BYTES: usize = 48;

/// 48 random bytes as 96 lower-case hex characters (S1-62). Hex, because mail programs cut `-` and `_` off the end of a
/// link. Its `Debug` form does not show it.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new one.
    pub fn random() -> Self {
        Self(Zeroizing::new(hex::encode(random::<TOKEN_BYTES>())))
    }

    /// Reads exactly 96 lower-case hex characters.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 2 * TOKEN_BYTES && text.bytes().all(is_digit)).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// What is kept of it: the SHA-256 of its characters.
    pub fn sha256(&self) -> Sha256 {
        sha256_of(&self.0)
    }

    /// The characters, for the link alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The page that it opens.
    pub fn path(&self) -> String {
        format!("/auditor/{}", self.reveal())
    }

    /// The same by its whole address.
    pub fn link(&self, site: &PublicUrl) -> String {
        format!("{site}{}", self.path())
    }

    /// Where those characters are typed by whoever was handed them without the link (C5).
    pub fn typed_at(site: &PublicUrl) -> String {
        format!("{site}/auditor/accept")
    }

    /// The same characters in groups of eight, as an invite code that somebody reads (C3).
    pub fn grouped(&self) -> String {
        let groups: Vec<&str> =
            self.reveal().as_bytes().chunks(8).filter_map(|group| str::from_utf8(group).ok()).collect();
        groups.join(" ")
    }
}

/// The SHA-256 of what somebody presented as a token, whatever its form: what is none is looked up like one.
pub fn sha256_of(presented: &str) -> Sha256 {
    Sha256::parse(&hex::encode(sha2::Sha256::digest(presented))).expect("so many digits of hex are a SHA-256")
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rows: S1-13, S1-62, S5-69, C3
    #[test]
    fn a_token_is_96_characters_of_48_random_bytes() {
        let token = Token::random();
        assert_eq!((token.reveal().len(), hex::decode(token.reveal()).unwrap().len()), (96, 48));
        assert_eq!(token.grouped().replace(' ', ""), token.reveal(), "an invite code is the same, in groups");
        assert!(Token::parse(token.reveal()).is_some());
        assert_ne!(token.reveal(), Token::random().reveal());
    }

    #[test]
    fn what_has_another_form_is_no_token() {
        for text in ["", &"a".repeat(95), &"a".repeat(97), &"A".repeat(96), &"g".repeat(96), &"é".repeat(48)] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }

    // rows: S1-22, S1-63, S5-23, C4
    #[test]
    fn only_a_hash_of_a_token_is_kept_and_nothing_shows_it() {
        let token = Token::parse(&"0a".repeat(48)).unwrap();
        assert_eq!(token.sha256(), sha256_of(&"0a".repeat(48)));
        assert!(!token.sha256().as_str().contains("0a0a0a"));
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
