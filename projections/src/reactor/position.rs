//! How far each reactor has come with each log: the table `reactor.positions`.

use sqlx::PgExecutor;
use store::LogId;
use store::column::{to_i64, to_u64};

/// Begins a reactor that never ran, with all logs as they are now. One that ran before stays where it is.
pub(super) async fn begin<'c>(executor: impl PgExecutor<'c>, reactor: &'static str) -> Result<(), sqlx::Error> {
    // Of two replicas that begin it, one finds each log's row there.
    sqlx::query!(
        "insert into reactor.positions (reactor, log, next_index)
        select $1, heads.log, heads.size
        from ledger.heads
        where not exists (select from reactor.positions where reactor = $1)
        on conflict do nothing",
        reactor
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Where a reactor that has begun stands with a log. A log that was not there when it began is new: from its first entry.
pub(super) async fn of<'c>(
    executor: impl PgExecutor<'c>,
    reactor: &'static str,
    log: LogId,
) -> Result<u64, sqlx::Error> {
    let next_index = sqlx::query_scalar!(
        "insert into reactor.positions as p (reactor, log, next_index)
        values ($1, $2, 0)
        on conflict (reactor, log) do update set next_index = p.next_index
        returning next_index",
        reactor,
        log.0
    )
    .fetch_one(executor)
    .await?;
    to_u64("reactor.positions.next_index", next_index)
}

/// Moves a reactor on; never back.
pub(super) async fn advance<'c>(
    executor: impl PgExecutor<'c>,
    reactor: &'static str,
    log: LogId,
    next_index: u64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reactor.positions
        set next_index = greatest(next_index, $3)
        where reactor = $1 and log = $2",
        reactor,
        log.0,
        to_i64(next_index)
    )
    .execute(executor)
    .await?;
    Ok(())
}
