//! How many entries of a log change its keys.

use sqlx::PgConnection;
use store::append::LogId;

use crate::error::{Error, Result};

/// The number of `ledger.key.*` entries of a log, as its head counts them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn count(conn: &mut PgConnection, log: LogId) -> Result<u64> {
    let count =
        sqlx::query_scalar!("select key_entries from ledger.heads where log = $1", log.0).fetch_optional(conn).await?;
    u64::try_from(count.ok_or(Error::NotFound)?).map_err(Error::internal)
}
