//! What became of a request, by the name that its sender gave it.

use sqlx::PgConnection;
use store::append::LogId;

use crate::error::{Error, Result};

/// The first answer to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// SHA-256 of method, path and body of the request.
    pub request_sha256: [u8; 32],
    /// Index of its first entry.
    pub first_index: u64,
    /// How many entries it made.
    pub count: usize,
}

/// The answer that a principal's key was given, if it was.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(conn: &mut PgConnection, log: LogId, principal: &str, key: &str) -> Result<Option<Answered>> {
    let row = sqlx::query!(
        "select request_sha256, first_index, count
        from ledger.idempotency
        where log = $1 and principal = $2 and key = $3",
        log.0,
        principal,
        key
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Answered {
            request_sha256: row
                .request_sha256
                .try_into()
                .map_err(|_| Error::internal("a SHA-256 of another length"))?,
            first_index: u64::try_from(row.first_index).map_err(Error::internal)?,
            count: usize::try_from(row.count).map_err(Error::internal)?,
        })
    })
    .transpose()
}
