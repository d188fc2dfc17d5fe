//! The queries of the list. The connection's transaction is the caller's, under the role of requests.

use ledger::entry::{Actor, ActorType, Outcome};
use ledger::id::EntryId;
use ledger::name::{EventType, Reference};
use ledger::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use store::LogId;
use store::column::{corrupt, to_i64, to_u64};
use uuid::Uuid;

use super::{EntryRow, Filter};

/// Rows of a page at most: about a quarter of a MiB.
pub const ROWS_PER_PAGE_MAX: usize = 500;

/// Part of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// 0 to as many as were asked for.
    pub rows: Vec<EntryRow>,
    /// What to ask for the rows that follow as `before`; none on the last page.
    pub next: Option<u64>,
}

/// The newest entries of a log that a filter finds, below the index `before` where one is given; `limit` of them, of 1
/// to [`ROWS_PER_PAGE_MAX`].
///
/// # Errors
/// The database does not answer, or a row is not what an entry can be.
pub async fn page(
    conn: &mut PgConnection,
    log: LogId,
    filter: &Filter,
    before: Option<u64>,
    limit: usize,
) -> Result<Page, sqlx::Error> {
    let limit = limit.clamp(1, ROWS_PER_PAGE_MAX);
    let Some(mut query) = found(conn, log, filter).await? else { return Ok(Page { rows: Vec::new(), next: None }) };
    if let Some(before) = before {
        // No log is so long that a greater number would find more.
        query.push(" and index < ").push_bind(i64::try_from(before).unwrap_or(i64::MAX));
    }
    // One more, to know whether there are more.
    query.push(" order by index desc limit ").push_bind(to_i64(limit as u64 + 1));
    let mut rows = fetch(conn, query).await?;
    let next = (limit < rows.len()).then(|| rows[limit - 1].index);
    rows.truncate(limit);
    Ok(Page { rows, next })
}

/// What to ask for as `before` so that a page of so many ends where one begins that was asked for before `end`; none where
/// that is the first page.
///
/// # Errors
/// As [`page`].
pub async fn page_before(
    conn: &mut PgConnection,
    log: LogId,
    filter: &Filter,
    end: u64,
    limit: usize,
) -> Result<Option<u64>, sqlx::Error> {
    let Some(mut query) = found(conn, log, filter).await? else { return Ok(None) };
    query.push(" and index >= ").push_bind(i64::try_from(end).unwrap_or(i64::MAX));
    let limit = limit.clamp(1, ROWS_PER_PAGE_MAX) as u64;
    query.push(" order by index limit 1 offset ").push_bind(to_i64(limit));
    Ok(fetch(conn, query).await?.pop().map(|row| row.index))
}

/// The entries that a filter finds, in no order yet; none where it begins after the last of them.
async fn found(
    conn: &mut PgConnection,
    log: LogId,
    filter: &Filter,
) -> Result<Option<QueryBuilder<'static, Postgres>>, sqlx::Error> {
    let mut query = of_log(log);
    filter.push_to(&mut query);
    if let Some(from) = filter.from {
        let Some(first) = first_since(conn, log, from).await? else { return Ok(None) };
        query.push(" and index >= ").push_bind(first);
    }
    if let Some(until) = filter.until {
        match first_since(conn, log, until).await? {
            Some(end) => query.push(" and index < ").push_bind(end),
            // There is none now, and the next may be one.
            None => query.push(" and time < ").push_bind(until.as_micros()),
        };
    }
    Ok(Some(query))
}

/// The row of one entry; none where there is no such entry, or the read model has not come there yet.
///
/// # Errors
/// As [`page`].
pub async fn one(conn: &mut PgConnection, log: LogId, index: u64) -> Result<Option<EntryRow>, sqlx::Error> {
    let Ok(index) = i64::try_from(index) else { return Ok(None) };
    let mut query = of_log(log);
    query.push(" and index = ").push_bind(index);
    Ok(fetch(conn, query).await?.pop())
}

/// Index of the first entry at or after a time. Times only grow with the index, so a time is a place, the same in every
/// build, and the search begins or ends there, however long the log.
async fn first_since(conn: &mut PgConnection, log: LogId, time: Timestamp) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select index
        from read.entries
        where log = $1
            and version = (
                select version from read.positions where projection = 'entries' and state = 'shown' and log = $1
            )
            and time >= $2
        order by time, index
        limit 1",
        log.0,
        time.as_micros()
    )
    .fetch_optional(conn)
    .await
}

/// What every query begins with: rows of this log, of the build that is shown. One statement, so that a switch of builds
/// cannot come in between.
fn of_log(log: LogId) -> QueryBuilder<'static, Postgres> {
    let mut query = QueryBuilder::new(
        "select index, id, time, type, subject, stream, stream_version, actor_type, actor_id, actor_role, reason
        from read.entries
        where log = ",
    );
    query.push_bind(log.0);
    query.push(
        " and version = (
            select version from read.positions where projection = 'entries' and state = 'shown' and log = ",
    );
    query.push_bind(log.0).push(")");
    query
}

/// Planned each time: the best plan for a rare actor is not the best for a busy one.
async fn fetch(conn: &mut PgConnection, mut query: QueryBuilder<'_, Postgres>) -> Result<Vec<EntryRow>, sqlx::Error> {
    let rows = query.build().persistent(false).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<EntryRow, sqlx::Error> {
    let stream: Option<&str> = row.try_get("stream")?;
    let version: Option<i32> = row.try_get("stream_version")?;
    let stream = stream
        .zip(version)
        .map(|(stream, version)| Ok::<_, sqlx::Error>((reference("entries.stream", stream)?, version.cast_unsigned())));
    let kind: &str = row.try_get("actor_type")?;
    let reason: Option<String> = row.try_get("reason")?;
    Ok(EntryRow {
        index: to_u64("entries.index", row.try_get("index")?)?,
        id: EntryId::from_bytes(row.try_get::<Uuid, _>("id")?.into_bytes())
            .map_err(|error| corrupt("entries.id", error))?,
        time: Timestamp::from_micros(row.try_get("time")?).map_err(|error| corrupt("entries.time", error))?,
        event_type: EventType::parse(row.try_get("type")?).map_err(|error| corrupt("entries.type", error))?,
        subject: reference("entries.subject", row.try_get("subject")?)?,
        stream: stream.transpose()?,
        actor: Actor {
            kind: ActorType::parse(kind).ok_or_else(|| corrupt("entries.actor_type", format!("no type {kind:?}")))?,
            id: row.try_get("actor_id")?,
            role: row.try_get("actor_role")?,
        },
        outcome: reason.map_or(Outcome::Success, |reason| Outcome::Failure { reason }),
    })
}

fn reference(column: &'static str, text: &str) -> Result<Reference, sqlx::Error> {
    Reference::parse(text).map_err(|error| corrupt(column, error))
}
