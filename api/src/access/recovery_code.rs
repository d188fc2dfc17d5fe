//! Recovery codes: what a member signs in by who has lost the device with the one-time codes. Ten, each good once.

use domain::name::PersonId;
use sqlx::PgConnection;
use store::append::LogId;
use zeroize::Zeroizing;

use crate::access::person_uuid;
use crate::access::secret::{Purpose, Secret, random};
use crate::error::{Error, Result};

/// How many a member has.
pub const CODES: usize = 10;
/// Letters and digits that nobody takes for another: of 32, so a character is 5 bits.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// 80 bits.
const CHARS: usize = 16;
/// In groups of four, as people copy them.
const GROUP: usize = 4;

/// A code as it is shown, once. Its `Debug` form does not show it.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// A new one.
    pub fn random() -> Self {
        let chars = random::<CHARS>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(Zeroizing::new(chars.iter().collect()))
    }

    /// Reads what somebody typed: case, hyphens and blanks do not matter. Nothing where it cannot be a code.
    pub fn parse(text: &str) -> Option<Self> {
        let kept: String = text.chars().filter(|c| *c != '-' && !c.is_whitespace()).collect();
        let kept = Zeroizing::new(kept.to_ascii_lowercase());
        (kept.len() == CHARS && kept.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(Self(kept))
    }

    /// In groups: `abcd-efgh-jkmn-pqrs`.
    pub fn reveal(&self) -> String {
        let groups: Vec<&str> = (0..CHARS).step_by(GROUP).map(|at| &self.0[at..at + GROUP]).collect();
        groups.join("-")
    }

    fn mac(&self, secret: &Secret, log: LogId, member: &PersonId) -> [u8; 32] {
        secret.mac(Purpose::Code, &[b"recovery", log.0.as_bytes(), member.as_str().as_bytes(), self.0.as_bytes()])
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

/// Gives a member new codes; those before are void.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn replace(
    conn: &mut PgConnection,
    secret: &Secret,
    log: LogId,
    member: &PersonId,
    codes: &[RecoveryCode],
) -> Result<()> {
    sqlx::query!("delete from access.recovery_codes where log = $1 and member = $2", log.0, person_uuid(member))
        .execute(&mut *conn)
        .await?;
    let macs: Vec<Vec<u8>> = codes.iter().map(|code| code.mac(secret, log, member).to_vec()).collect();
    sqlx::query!(
        "insert into access.recovery_codes (log, member, code_mac) select $1, $2, unnest($3::bytea[])",
        log.0,
        person_uuid(member),
        &macs
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a code, once: of several who show it at the same time, one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take(
    conn: &mut PgConnection,
    secret: &Secret,
    log: LogId,
    member: &PersonId,
    code: &RecoveryCode,
) -> Result<bool> {
    let mac = code.mac(secret, log, member);
    let taken = sqlx::query!(
        "update access.recovery_codes
        set used_at = clock_timestamp()
        where log = $1 and member = $2 and code_mac = $3 and used_at is null",
        log.0,
        person_uuid(member),
        mac.as_slice()
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// How many are left.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn left(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<usize> {
    let left = sqlx::query_scalar!(
        r#"select count(*) as "left!" from access.recovery_codes where log = $1 and member = $2 and used_at is null"#,
        log.0,
        person_uuid(member)
    )
    .fetch_one(conn)
    .await?;
    usize::try_from(left).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_copy_it() {
        let code = RecoveryCode::random();
        let shown = code.reveal();
        assert_eq!((shown.len(), shown.matches('-').count()), (19, 3));
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " "), format!(" {shown}\n")] {
            assert_eq!(RecoveryCode::parse(&typed).unwrap().reveal(), shown, "{typed:?}");
        }
        for other in ["", "123456", &shown[1..], &format!("{shown}a"), &shown.replace('-', "i")] {
            assert!(RecoveryCode::parse(other).is_none(), "{other:?}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(..)");
    }

    #[test]
    fn a_code_is_hidden_by_whose_it_is() {
        let secret = Secret::parse(&"5e".repeat(32)).unwrap();
        let [one, other] = [1, 2].map(|n| PersonId::parse(&format!("018f3b7e-0000-7000-8000-00000000000{n}")).unwrap());
        let (log, code) = (LogId(uuid::Uuid::nil()), RecoveryCode::random());
        assert_ne!(code.mac(&secret, log, &one), code.mac(&secret, log, &other));
    }
}
