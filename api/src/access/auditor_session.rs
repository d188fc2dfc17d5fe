//! Sessions of auditors. The cookie says which one it is; whether it still holds stands here, and what it allows in the log.

use std::time::Duration;

use domain::name::{GrantId, SessionId};
use sqlx::PgConnection;
use store::append::LogId;
use time::OffsetDateTime;

use super::grant_token::uuid;
use super::secret::random;
use crate::error::{Error, Result};

/// How long a session lasts at most (S5-05).
pub const SESSION_TTL: Duration = Duration::from_hours(8);

/// A session, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub sid: SessionId,
    /// Under which grant.
    pub grant: GrantId,
    /// Index of the entry that records its beginning.
    pub started_index: u64,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub last_seen_at: OffsetDateTime,
    /// From when it is good no more.
    pub expires_at: OffsetDateTime,
    /// When it was ended, by whomever.
    pub ended_at: Option<OffsetDateTime>,
}

/// The id of a new session: 128 random bits.
pub fn random_id() -> SessionId {
    SessionId::parse(&hex::encode(random::<16>())).expect("32 digits of hex are an id")
}

/// Keeps a session that begins now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn start(conn: &mut PgConnection, log: LogId, session: &Session) -> Result<()> {
    sqlx::query!(
        "insert into access.auditor_sessions (log, sid, grant_id, started_index, created_at, last_seen_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)",
        log.0,
        session.sid.as_str(),
        uuid(&session.grant),
        i64::try_from(session.started_index).map_err(Error::internal)?,
        session.created_at,
        session.last_seen_at,
        session.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A session by its id.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(conn: &mut PgConnection, log: LogId, sid: &SessionId) -> Result<Option<Session>> {
    let row = sqlx::query_as!(
        Row,
        "select sid, grant_id, started_index, created_at, last_seen_at, expires_at, ended_at
        from access.auditor_sessions
        where log = $1 and sid = $2",
        log.0,
        sid.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Session::try_from).transpose()
}

/// The sessions of a grant, newest first, at most 100: those before can be read in the log.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(conn: &mut PgConnection, log: LogId, grant: &GrantId) -> Result<Vec<Session>> {
    let rows = sqlx::query_as!(
        Row,
        "select sid, grant_id, started_index, created_at, last_seen_at, expires_at, ended_at
        from access.auditor_sessions
        where log = $1 and grant_id = $2
        order by created_at desc, sid
        limit 100",
        log.0,
        uuid(grant)
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Session::try_from).collect()
}

/// Notes that a session is used now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn note_use(conn: &mut PgConnection, log: LogId, sid: &SessionId) -> Result<()> {
    sqlx::query!(
        "update access.auditor_sessions
        set last_seen_at = greatest(last_seen_at, clock_timestamp())
        where log = $1 and sid = $2 and ended_at is null",
        log.0,
        sid.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a session of a grant. False where it had ended, or there is none such.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn end(conn: &mut PgConnection, log: LogId, grant: &GrantId, sid: &SessionId) -> Result<bool> {
    let ended = sqlx::query!(
        "update access.auditor_sessions
        set ended_at = clock_timestamp()
        where log = $1 and grant_id = $2 and sid = $3 and ended_at is null",
        log.0,
        uuid(grant),
        sid.as_str()
    )
    .execute(conn)
    .await?;
    Ok(0 < ended.rows_affected())
}

/// Ends all sessions of a grant and says how many there were that were still good.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn end_all(conn: &mut PgConnection, log: LogId, grant: &GrantId) -> Result<u32> {
    let ended = sqlx::query_scalar!(
        r#"with ended as (
            update access.auditor_sessions
            set ended_at = clock_timestamp()
            where log = $1 and grant_id = $2 and ended_at is null
            returning expires_at
        )
        select count(*) as "count!" from ended where clock_timestamp() < expires_at"#,
        log.0,
        uuid(grant)
    )
    .fetch_one(conn)
    .await?;
    u32::try_from(ended).map_err(Error::internal)
}

struct Row {
    sid: String,
    grant_id: uuid::Uuid,
    started_index: i64,
    created_at: OffsetDateTime,
    last_seen_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    ended_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Session {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            sid: SessionId::parse(&row.sid).map_err(Error::internal)?,
            grant: GrantId::parse(&row.grant_id.to_string()).map_err(Error::internal)?,
            started_index: u64::try_from(row.started_index).map_err(Error::internal)?,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        })
    }
}
