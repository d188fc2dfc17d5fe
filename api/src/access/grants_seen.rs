//! When an auditor was last here. It stands beside the log because it is no act: each look at a record is an entry of its
//! own.

use domain::name::GrantId;
use sqlx::PgConnection;
use store::append::LogId;
use time::OffsetDateTime;

use super::grant_token::uuid;
use crate::error::Result;

/// Notes that an auditor is here now.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn note(conn: &mut PgConnection, log: LogId, grant: &GrantId) -> Result<()> {
    sqlx::query!(
        "insert into access.grants_seen as s (log, grant_id, last_accessed_at) values ($1, $2, clock_timestamp())
        on conflict (log, grant_id) do update
        set last_accessed_at = greatest(s.last_accessed_at, excluded.last_accessed_at)",
        log.0,
        uuid(grant)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When the auditor was last here; none where that was never.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn last(conn: &mut PgConnection, log: LogId, grant: &GrantId) -> Result<Option<OffsetDateTime>> {
    let last = sqlx::query_scalar!(
        "select last_accessed_at from access.grants_seen where log = $1 and grant_id = $2",
        log.0,
        uuid(grant)
    )
    .fetch_optional(conn)
    .await?;
    Ok(last)
}
