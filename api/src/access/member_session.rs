//! Sessions of members. The cookie holds 256 random bits of which the SHA-256 is kept; a session's id is another 128, which
//! may stand in the log.

use domain::credential::Method;
use domain::name::{PersonId, SessionId};
use ledger::name::Origin;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use store::append::LogId;
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::access::secret::random;
use crate::access::{Requests, person, person_uuid};
use crate::error::{Error, Result};

/// How long a session lasts at most, whatever is done in it (NIST SP 800-63B-4: 12 hours at the most).
pub const HOURS_MAX: i64 = 12;
/// How long a session lasts without a request. Both limits stand in `access.find_member_session` too.
pub const IDLE_MINUTES_MAX: i64 = 60;
/// Longest label of a device, as the table has it.
const DEVICE_CHARS_MAX: usize = 100;

/// What the cookie of a session holds: 64 digits of lower-case hex. Its `Debug` form does not show it.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<String>);

/// A session that is open now.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// Whose log.
    pub log: LogId,
    /// The organisation's name in addresses.
    pub slug: String,
    /// The organisation's name for people.
    pub organisation_name: String,
    /// That log's origin.
    pub origin: Origin,
    /// Which session.
    pub sid: SessionId,
    /// Whose session.
    pub member: PersonId,
    /// By what the member signed in.
    pub method: Method,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When the member last confirmed who they are, if they have.
    pub confirmed_at: Option<OffsetDateTime>,
    /// Whether this request is worth noting.
    pub use_is_news: bool,
}

/// A session that is to be opened.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub sid: &'a SessionId,
    /// What its cookie will hold.
    pub token: &'a SessionToken,
    /// Whose it is.
    pub member: &'a PersonId,
    /// By what the member signed in. A method that confirms who they are counts as a confirmation.
    pub method: Method,
    /// Such as `Firefox on Linux`.
    pub device: &'a str,
}

/// A row of a member's list of sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// Its id.
    pub sid: String,
    /// Such as `Firefox on Linux`.
    pub device: String,
    /// By what the member signed in.
    pub method: String,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    pub last_seen_at: OffsetDateTime,
}

impl SessionToken {
    /// A new one.
    pub fn random() -> Self {
        Self(Zeroizing::new(hex::encode(random::<32>())))
    }

    /// Reads a cookie's value; nothing where it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 64 && plain).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// What is kept of it.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The cookie's value.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// The id of a new session.
pub fn new_sid() -> SessionId {
    SessionId::parse(&hex::encode(random::<16>())).expect("so many digits of lower-case hex are one")
}

impl Requests {
    /// The session of a cookie, if it is open. Unknown, ended and timed-out ones are told apart by nobody.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn member_session(&self, token: &SessionToken) -> Result<Option<OpenSession>> {
        let sha256 = token.sha256();
        let row = sqlx::query!(
            r#"select log as "log!", slug as "slug!", name as "name!", origin as "origin!", sid as "sid!",
                token_sha256 as "token_sha256!", member as "member!", method as "method!",
                created_at as "created_at!", confirmed_at, use_is_news as "use_is_news!"
            from access.find_member_session($1)"#,
            sha256.as_slice()
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row.filter(|row| bool::from(row.token_sha256.as_slice().ct_eq(&sha256))) else {
            return Ok(None);
        };
        Ok(Some(OpenSession {
            log: LogId(row.log),
            slug: row.slug,
            organisation_name: row.name,
            origin: Origin::parse(&row.origin).map_err(Error::internal)?,
            sid: SessionId::parse(&row.sid).map_err(Error::internal)?,
            member: person(row.member),
            method: Method::parse(&row.method).map_err(Error::internal)?,
            created_at: row.created_at,
            confirmed_at: row.confirmed_at,
            use_is_news: row.use_is_news,
        }))
    }

    /// Notes that a session is in use, unless somebody noted it within the last minute.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_session(&self, log: LogId, sid: &SessionId) -> Result<()> {
        let mut tx = self.of(log).await?;
        sqlx::query!(
            "update access.member_sessions
            set last_seen_at = clock_timestamp()
            where log = $1 and sid = $2 and last_seen_at < clock_timestamp() - interval '1 minute'",
            log.0,
            sid.as_str()
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Opens a session.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn insert(conn: &mut PgConnection, log: LogId, session: &NewSession<'_>) -> Result<()> {
    let device: String = session.device.chars().take(DEVICE_CHARS_MAX).collect();
    let token_sha256 = session.token.sha256();
    sqlx::query!(
        "insert into access.member_sessions (log, sid, token_sha256, member, method, device, confirmed_at)
        values ($1, $2, $3, $4, $5, $6, case when $7 then clock_timestamp() end)",
        log.0,
        session.sid.as_str(),
        token_sha256.as_slice(),
        person_uuid(session.member),
        session.method.as_str(),
        device,
        session.method.confirms()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a confirmation and gives the session another token: the one before stops working.
///
/// # Errors
/// [`Error::NotFound`] when the session has ended meanwhile, [`Error::Unavailable`].
pub async fn confirm(conn: &mut PgConnection, log: LogId, sid: &SessionId, token: &SessionToken) -> Result<()> {
    let token_sha256 = token.sha256();
    let done = sqlx::query!(
        "update access.member_sessions
        set token_sha256 = $3, confirmed_at = clock_timestamp(), last_seen_at = clock_timestamp()
        where log = $1 and sid = $2 and ended_at is null",
        log.0,
        sid.as_str(),
        token_sha256.as_slice()
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Ends one session of a member. Whether it was still open.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn end(conn: &mut PgConnection, log: LogId, member: &PersonId, sid: &SessionId) -> Result<bool> {
    let done = sqlx::query!(
        "update access.member_sessions
        set ended_at = clock_timestamp()
        where log = $1 and member = $2 and sid = $3 and ended_at is null",
        log.0,
        person_uuid(member),
        sid.as_str()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The sessions of a member that are open now, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn open_ones(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<Vec<ListedSession>> {
    let sessions = sqlx::query_as!(
        ListedSession,
        "select sid, device, method, created_at, last_seen_at
        from access.member_sessions
        where log = $1 and member = $2 and ended_at is null
            and clock_timestamp() < last_seen_at + interval '60 minutes'
            and clock_timestamp() < created_at + interval '12 hours'
        order by created_at desc, sid",
        log.0,
        person_uuid(member)
    )
    .fetch_all(conn)
    .await?;
    Ok(sessions)
}

/// Ends all open sessions of a member but one, and returns their ids.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn end_all(
    conn: &mut PgConnection,
    log: LogId,
    member: &PersonId,
    but: Option<&SessionId>,
) -> Result<Vec<SessionId>> {
    let ended = sqlx::query_scalar!(
        "update access.member_sessions
        set ended_at = clock_timestamp()
        where log = $1 and member = $2 and ended_at is null and sid is distinct from $3
            and clock_timestamp() < last_seen_at + interval '60 minutes'
            and clock_timestamp() < created_at + interval '12 hours'
        returning sid",
        log.0,
        person_uuid(member),
        but.map(SessionId::as_str)
    )
    .fetch_all(conn)
    .await?;
    ended.iter().map(|sid| SessionId::parse(sid).map_err(Error::internal)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_is_not_shown() {
        let token = SessionToken::random();
        assert_eq!(SessionToken::parse(token.reveal()).unwrap().sha256(), token.sha256());
        assert_eq!(token.reveal().len() * 4, 256, "bits");
        assert_eq!(format!("{token:?}"), "SessionToken(..)");
        for text in ["", "0", &"A".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
            assert!(SessionToken::parse(text).is_none(), "{text}");
        }
    }
}
