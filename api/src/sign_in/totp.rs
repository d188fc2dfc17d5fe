//! One-time codes by an app (RFC 6238): six digits, 30 seconds, one step of tolerance, each good once.

use domain::name::PersonId;
use ledger::time::Timestamp;
use store::append::LogId;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::access::secret::{Purpose, Secret, random};
use crate::error::{Error, Result};

/// 160 bits, as RFC 4226 recommends.
const BYTES: usize = 20;

/// What codes are made from. Its `Debug` form does not show it.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; BYTES]>);

/// What an encrypted secret belongs to: it does not decrypt for anything else.
#[derive(Clone, Copy, Debug)]
pub enum SealedFor<'a> {
    /// A member's login.
    Login(LogId, &'a PersonId),
    /// A form by which a member sets one up.
    Form(LogId, &'a PersonId),
}

impl SealedFor<'_> {
    fn name(self) -> String {
        match self {
            Self::Login(log, member) => format!("login/{log}/{member}"),
            Self::Form(log, member) => format!("form/{log}/{member}"),
        }
    }
}

impl TotpSecret {
    /// A new one.
    pub fn random() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// Encrypts it.
    pub fn seal(&self, secret: &Secret, of: SealedFor<'_>) -> Vec<u8> {
        secret.seal(Purpose::Totp, &of.name(), self.0.as_slice())
    }

    /// Decrypts one.
    ///
    /// # Errors
    /// [`Error::Internal`]: it was altered, or the service has another secret than it had.
    pub fn open(secret: &Secret, of: SealedFor<'_>, sealed: &[u8]) -> Result<Self> {
        let opened = secret.open(Purpose::Totp, &of.name(), sealed).map_err(Error::internal)?;
        let bytes = opened.as_slice().try_into().map_err(Error::internal)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The step of a code that is good at this time; whether it was used before is for the database to say.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = self.totp("", "").check(&code, now.unix_seconds())?;
        i64::try_from(step).ok()
    }

    /// As people type it into an app that reads no images: in groups of four.
    pub fn in_words(&self) -> String {
        let text = Zeroizing::new(self.totp("", "").secret().to_base32());
        let chars: Vec<char> = text.chars().collect();
        chars.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }

    /// The address that an app on the same device opens, and that an image for another one holds.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn link(&self, organisation: &str, account: &str) -> Result<String> {
        self.totp(organisation, account).to_url().map_err(Error::internal)
    }

    fn totp(&self, organisation: &str, account: &str) -> Totp {
        // A colon parts the two.
        let [issuer, account] = [organisation, account].map(|text| text.replace(':', " "));
        let builder = Builder::new().with_secret(self.0.to_vec()).with_account_name(account).with_issuer(Some(issuer));
        builder.build().expect("160 bits, six digits and 30 seconds are good")
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    /// RFC 6238, appendix B, of which the last six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = TotpSecret(Zeroizing::new(*b"12345678901234567890"));
        assert_eq!(secret.step_of("287082", at(59)), Some(1));
        assert_eq!(secret.step_of("081804", at(1_111_111_109)), Some(37_037_036));
        assert_eq!(secret.step_of(" 081 804", at(1_111_111_109)), Some(37_037_036), "as apps show it");
        assert_eq!(secret.step_of("287082", at(89)), Some(1), "a step late");
        assert_eq!(secret.step_of("287082", at(120)), None, "two steps late");
        for other in ["", "28708", "2870822", "287083", "28708a"] {
            assert_eq!(secret.step_of(other, at(59)), None, "{other}");
        }
        assert_eq!(secret.in_words(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let link = secret.link("Larkfield: Clinic", "grace@larkfield.example").unwrap();
        assert!(link.starts_with("otpauth://totp/"), "{link}");
        assert!(link.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{link}");
    }

    #[test]
    fn a_secret_decrypts_for_whom_and_what_it_was_encrypted() {
        let key = Secret::parse(&"5e".repeat(32)).unwrap();
        let member = PersonId::parse("018f3b7e-0000-7000-8000-00000000d001").unwrap();
        let log = LogId(uuid::Uuid::nil());
        let secret = TotpSecret::random();
        let sealed = secret.seal(&key, SealedFor::Form(log, &member));
        let opened = TotpSecret::open(&key, SealedFor::Form(log, &member), &sealed).unwrap();
        assert_eq!(opened.in_words(), secret.in_words());
        assert!(TotpSecret::open(&key, SealedFor::Login(log, &member), &sealed).is_err());
        assert_eq!(format!("{secret:?}"), "TotpSecret(..)");
    }
}
