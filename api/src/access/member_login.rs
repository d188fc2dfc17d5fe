//! What members sign in by: password and one-time code. Addresses are found by a MAC; whoever reads the table learns none.

use domain::name::PersonId;
use domain::person::Email;
use sqlx::PgConnection;
use store::append::LogId;

use crate::access::secret::Secret;
use crate::access::{person, person_uuid};
use crate::error::{Error, Result};

/// What stands for an address in tables: HMAC-SHA-256 of it in lower case, for one organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressMac([u8; 32]);

/// What a member signs in by.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who.
    pub member: PersonId,
    /// By what attempts are counted.
    pub address: AddressMac,
    /// Argon2id in the PHC's form, once one is set.
    pub password_hash: Option<String>,
    /// What one-time codes are made from, encrypted, once that is set up.
    pub totp_secret: Option<Vec<u8>>,
}

impl AddressMac {
    /// Of an address in an organisation.
    pub fn of(secret: &Secret, log: LogId, email: &Email) -> Self {
        Self(secret.mac_of_address(&[log.0.as_bytes()], email))
    }

    /// Its bytes, also for limits.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Makes room for what a member will sign in by.
///
/// # Errors
/// [`Error::Conflict`] where the address is another member's, [`Error::Unavailable`].
pub async fn insert(conn: &mut PgConnection, log: LogId, member: &PersonId, address: AddressMac) -> Result<()> {
    let inserted = sqlx::query!(
        "insert into access.member_logins (log, member, address_mac)
        values ($1, $2, $3)
        on conflict (log, address_mac) do nothing",
        log.0,
        person_uuid(member),
        address.as_bytes()
    )
    .execute(conn)
    .await?;
    if inserted.rows_affected() == 1 { Ok(()) } else { Err(taken()) }
}

fn taken() -> Error {
    Error::Conflict("a member of this organisation has this address already".to_owned())
}

/// Whose address it is, if anybody's.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn by_address(conn: &mut PgConnection, log: LogId, address: AddressMac) -> Result<Option<Login>> {
    let row = sqlx::query!(
        "select member, password_hash, totp_secret from access.member_logins where log = $1 and address_mac = $2",
        log.0,
        address.as_bytes()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Login {
        member: person(row.member),
        address,
        password_hash: row.password_hash,
        totp_secret: row.totp_secret,
    }))
}

/// What a member signs in by; nothing once they have been removed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn by_member(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<Option<Login>> {
    let row = sqlx::query!(
        "select address_mac, password_hash, totp_secret from access.member_logins where log = $1 and member = $2",
        log.0,
        person_uuid(member)
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let address = row.address_mac.try_into().map_err(|_| Error::internal("an address MAC of another length"))?;
        Ok(Login {
            member: member.clone(),
            address: AddressMac(address),
            password_hash: row.password_hash,
            totp_secret: row.totp_secret,
        })
    })
    .transpose()
}

/// Sets a password, for the first time or anew.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn set_password(conn: &mut PgConnection, log: LogId, member: &PersonId, hash: &str) -> Result<()> {
    sqlx::query!(
        "update access.member_logins set password_hash = $3 where log = $1 and member = $2",
        log.0,
        person_uuid(member),
        hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets up one-time codes, with the step of the code that showed that they work.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn set_totp(conn: &mut PgConnection, log: LogId, member: &PersonId, sealed: &[u8], step: i64) -> Result<()> {
    sqlx::query!(
        "update access.member_logins set totp_secret = $3, totp_step = $4 where log = $1 and member = $2",
        log.0,
        person_uuid(member),
        sealed,
        step
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the code of a step, once: of several who show it at the same time, one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take_totp_step(conn: &mut PgConnection, log: LogId, member: &PersonId, step: i64) -> Result<bool> {
    let taken = sqlx::query!(
        "update access.member_logins
        set totp_step = $3
        where log = $1 and member = $2 and (totp_step is null or totp_step < $3)",
        log.0,
        person_uuid(member),
        step
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Forgets password and one-time codes, of either kind.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget_secrets(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<()> {
    let person = person_uuid(member);
    sqlx::query!("delete from access.recovery_codes where log = $1 and member = $2", log.0, person)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "update access.member_logins
        set password_hash = null, totp_secret = null, totp_step = null
        where log = $1 and member = $2",
        log.0,
        person
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Everybody who has or is to have something to sign in by: all members but those who were removed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn members(conn: &mut PgConnection, log: LogId) -> Result<Vec<PersonId>> {
    let members = sqlx::query_scalar!("select member from access.member_logins where log = $1 order by member", log.0)
        .fetch_all(conn)
        .await?;
    Ok(members.into_iter().map(person).collect())
}

/// Holds back everybody else who is about to make or unmake an owner of this organisation, until the transaction ends:
/// two owners who remove each other at once must not both succeed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn lock_owners(conn: &mut PgConnection, log: LogId) -> Result<()> {
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended('countersign owners ' || $1::text, 0)) is null as "locked""#,
        log.0.to_string()
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Forgets all that a member signs in by, also passkeys, codes and links; sessions stay, ended.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn remove(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<()> {
    sqlx::query!("delete from access.member_logins where log = $1 and member = $2", log.0, person_uuid(member))
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts an attempt to sign in with this address, whosever it is, and says whether it may be looked at: after ten that
/// did not succeed, nothing is for 15 minutes.
///
/// It is counted before it is looked at, so that many at the same moment are no more than ten.
///
/// # Errors
/// [`Error::Unavailable`]; what cannot be counted is not looked at.
pub async fn begin_attempt(conn: &mut PgConnection, log: LogId, address: AddressMac) -> Result<bool> {
    sqlx::query!(
        "delete from access.sign_in_attempts
        where log = $1 and attempted_at < clock_timestamp() - interval '1 hour' and address_mac <> $2",
        log.0,
        address.as_bytes()
    )
    .execute(&mut *conn)
    .await?;
    let allowed = sqlx::query_scalar!(
        r#"insert into access.sign_in_attempts as a (log, address_mac, attempts, attempted_at)
        values ($1, $2, 1, clock_timestamp())
        on conflict (log, address_mac) do update set
            attempted_at = clock_timestamp(),
            attempts = case when a.locked_until <= clock_timestamp() then 1 else least(a.attempts + 1, 11) end,
            locked_until = case
                when a.locked_until <= clock_timestamp() then null
                when a.attempts = 9 then clock_timestamp() + interval '15 minutes'
                else a.locked_until
            end
        returning attempts <= 10 as "allowed!""#,
        log.0,
        address.as_bytes()
    )
    .fetch_one(conn)
    .await?;
    Ok(allowed)
}

/// Forgets the attempts with an address: one succeeded.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget_attempts(conn: &mut PgConnection, log: LogId, address: AddressMac) -> Result<()> {
    sqlx::query!("delete from access.sign_in_attempts where log = $1 and address_mac = $2", log.0, address.as_bytes())
        .execute(conn)
        .await?;
    Ok(())
}
