//! One-time codes sent by mail. They confirm that whoever has the link or types the address gets its mail; they are no
//! second factor in the sense of NIST SP 800-63B.

use std::fmt;
use std::time::Duration;

use domain::name::Sha256;
use sqlx::PgConnection;
use sqlx::postgres::types::PgInterval;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::grant_token::{Place, bytes, uuid};
use super::limit::Limit;
use super::secret::{Purpose, Secret, random};
use crate::access::Requests;
use crate::error::{Error, Result};

/// How long a code works (NIST SP 800-63B: at most 10 minutes).
pub const CODE_TTL: Duration = Duration::from_mins(10);
/// How many tries a code has.
const TRIES_MAX: i32 = 5;
/// Tries a grant has, whatever the number of codes: a new code does not reset it.
pub const TRIES: Limit = Limit { name: "code tries", most: 10, within: Duration::from_hours(1) };
/// Of these, those on codes that were asked for by address alone: everybody who knows the address can ask for such a one,
/// and must not use up what whoever holds the link has.
pub const TRIES_BY_ADDRESS: Limit = Limit { name: "code tries by address", most: 5, ..TRIES };
/// Codes that are sent for a grant, so that nobody can fill its auditor's mailbox.
pub const SENDINGS: Limit = Limit { name: "codes sent", most: 10, within: Duration::from_hours(1) };
/// Of these, those that were asked for by address alone.
pub const SENDINGS_BY_ADDRESS: Limit = Limit { name: "codes sent by address", most: 3, ..SENDINGS };

const DIGITS: usize = 8;

/// What the browser that asked for a code holds, and what a code works together with: 256 random bits. Its `Debug` form
/// does not show it.
#[derive(Clone)]
pub struct Challenge(Zeroizing<String>);

impl Challenge {
    /// A new one.
    pub fn random() -> Self {
        Self(Zeroizing::new(hex::encode(random::<32>())))
    }

    /// Reads 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        Sha256::parse(text).is_ok().then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The digits, for the cookie alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn sha256(&self) -> [u8; 32] {
        use sha2::Digest as _;
        sha2::Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge(..)")
    }
}

/// Eight digits. Their `Debug` form does not show them.
#[derive(Clone)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// A new one, each as likely as the others.
    pub fn random() -> Self {
        const CODES: u64 = 10_u64.pow(8);
        // Of 2^64 numbers the last 9 thousand million or so would make some codes likelier by one part in 10^11.
        let number = u64::from_be_bytes(random()) % CODES;
        Self(Zeroizing::new(format!("{number:08}")))
    }

    /// Reads eight digits as people type or paste them, with blanks or hyphens between.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let fits = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(Zeroizing::new(digits)))
    }

    /// The digits, for the message alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn mac(&self, secret: &Secret, challenge: &[u8], place: &Place) -> [u8; 32] {
        let of = [challenge, place.log.0.as_bytes(), place.grant.as_str().as_bytes(), self.0.as_bytes()];
        secret.mac(Purpose::Code, &of)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// A grant for which a code of a challenge was to be tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Which grant.
    pub place: Place,
    /// Of the link that was opened before; none where an address was typed instead.
    pub token_sha256: Option<Sha256>,
    /// Whether the code that was typed is the one that was sent for this grant.
    pub fits: bool,
}

/// Keeps a code that is sent now, on a connection of the grant's organisation, and forgets those that ran out a day ago.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn put(
    conn: &mut PgConnection,
    secret: &Secret,
    challenge: &Challenge,
    place: &Place,
    token_sha256: Option<&Sha256>,
    code: &Code,
) -> Result<()> {
    sqlx::query!(
        "delete from access.email_codes where log = $1 and expires_at < clock_timestamp() - interval '1 day'",
        place.log.0
    )
    .execute(&mut *conn)
    .await?;
    let (challenge, token) = (challenge.sha256(), token_sha256.map(bytes));
    let code_mac = code.mac(secret, &challenge, place);
    sqlx::query!(
        "insert into access.email_codes (challenge_sha256, log, grant_id, code_mac, token_sha256, expires_at)
        values ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval)",
        challenge.as_slice(),
        place.log.0,
        uuid(&place.grant),
        code_mac.as_slice(),
        token.as_ref().map(<[u8; 32]>::as_slice),
        PgInterval::try_from(CODE_TTL).map_err(Error::internal)?
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a code that fits: it works once. False where somebody else has taken it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take(conn: &mut PgConnection, challenge: &Challenge, place: &Place) -> Result<bool> {
    let challenge = challenge.sha256();
    let taken = sqlx::query!(
        "update access.email_codes
        set used_at = clock_timestamp()
        where challenge_sha256 = $1 and log = $2 and grant_id = $3 and used_at is null",
        challenge.as_slice(),
        place.log.0,
        uuid(&place.grant)
    )
    .execute(conn)
    .await?;
    Ok(0 < taken.rows_affected())
}

impl Requests {
    /// Tries a code on every grant that the challenge has one for, and counts that before it compares; none where the
    /// challenge is unknown, ran out, was used, or was tried five times.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn try_code(&self, secret: &Secret, challenge: &Challenge, code: &Code) -> Result<Vec<Tried>> {
        let challenge = challenge.sha256();
        let rows = sqlx::query!(
            r#"select log as "log!", origin as "origin!", grant_id as "grant_id!", code_mac as "code_mac!", token_sha256
            from access.try_email_code($1, $2)"#,
            challenge.as_slice(),
            TRIES_MAX
        )
        .fetch_all(self.pool())
        .await?;
        let tried = rows.into_iter().map(|row| {
            let place = Place::of(row.log, &row.origin, row.grant_id)?;
            let fits = code.mac(secret, &challenge, &place).as_slice().ct_eq(&row.code_mac).into();
            let token_sha256 = row.token_sha256.map(|hash| Sha256::parse(&hex::encode(hash)).map_err(Error::internal));
            Ok(Tried { place, token_sha256: token_sha256.transpose()?, fits })
        });
        tried.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_eight_digits_however_it_is_typed() {
        for text in ["40718265", "4071 8265", " 4071-8265\n"] {
            assert_eq!(Code::parse(text).unwrap().reveal(), "40718265", "{text:?}");
        }
        for text in ["", "4071826", "407182655", "4071826a", "٤٠٧١٨٢٦٥"] {
            assert!(Code::parse(text).is_none(), "{text:?}");
        }
        assert_eq!(Code::random().reveal().len(), 8);
    }

    #[test]
    fn neither_a_code_nor_a_challenge_is_shown() {
        assert_eq!(format!("{:?}", Code::random()), "Code(..)");
        let challenge = Challenge::random();
        assert_eq!(format!("{challenge:?}"), "Challenge(..)");
        assert!(Challenge::parse(challenge.reveal()).is_some());
        assert!(Challenge::parse("0").is_none());
    }
}
