//! The newest published checkpoint of each log, as the database keeps it for receipts, heartbeats and exports.

use ledger::tree::{Hash, TreeHead};
use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::append::LogId;
use crate::column::{corrupt, to_i64, to_u64};

/// A published checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedCheckpoint {
    /// Size and root.
    pub head: TreeHead,
    /// The signed note, with the cosignatures that it has so far.
    pub note: String,
    /// When it was stored, by the database's clock.
    pub published_at: OffsetDateTime,
}

/// The newest published checkpoint of a log, `None` before the first.
pub async fn newest<'c>(executor: impl PgExecutor<'c>, log: LogId) -> Result<Option<PublishedCheckpoint>, sqlx::Error> {
    let row = sqlx::query!("select size, root, note, published_at from ledger.checkpoints where log = $1", log.0)
        .fetch_optional(executor)
        .await?;
    row.map(|row| {
        let root = Hash::try_from(row.root.as_slice()).map_err(|error| corrupt("checkpoints.root", error))?;
        let head = TreeHead { size: to_u64("checkpoints.size", row.size)?, root };
        Ok(PublishedCheckpoint { head, note: row.note, published_at: row.published_at })
    })
    .transpose()
}

/// How many entries no checkpoint covers yet, of all logs together: what sealing has before it.
pub async fn unsealed<'c>(executor: impl PgExecutor<'c>) -> Result<u64, sqlx::Error> {
    let count = sqlx::query_scalar!(
        r#"select coalesce(sum(greatest(heads.size - coalesce(checkpoints.size, 0), 0)), 0)::bigint as "count!"
        from ledger.heads
        left join ledger.checkpoints using (log)"#
    )
    .fetch_one(executor)
    .await?;
    to_u64("heads.size", count)
}

/// Stores a checkpoint as the newest of its log, unless a newer one is there.
pub(crate) async fn store<'c>(
    executor: impl PgExecutor<'c>,
    log: LogId,
    head: &TreeHead,
    note: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ledger.checkpoints as newest (log, size, root, note)
        values ($1, $2, $3, $4)
        on conflict (log) do update
        set size = excluded.size, root = excluded.root, note = excluded.note, published_at = now()
        where newest.size <= excluded.size",
        log.0,
        to_i64(head.size),
        head.root.as_bytes(),
        note
    )
    .execute(executor)
    .await?;
    Ok(())
}
