//! Reading entries back as they were committed.

use std::sync::Arc;

use ledger::entry::Entry;
use ledger::hash::EntryHash;
use ledger::name::Reference;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::append::{Committed, LogId};
use crate::column::{corrupt, to_i64, to_u64};

/// Entries `first..first + count`, fewer where the log ends before; in index order.
pub async fn range<'c>(
    executor: impl PgExecutor<'c>,
    log: LogId,
    first: u64,
    count: usize,
) -> Result<Vec<Committed>, sqlx::Error> {
    let rows = sqlx::query_as!(
        EntryRow,
        "select index, id, stream, stream_version, bytes, hash, signature
        from ledger.entries
        where log = $1 and index >= $2 and index < $3
        order by index",
        log.0,
        to_i64(first),
        to_i64(first.saturating_add(count as u64))
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Committed::try_from).collect()
}

/// The entries of one stream above a version, oldest first.
pub async fn of_stream<'c>(
    executor: impl PgExecutor<'c>,
    log: LogId,
    stream: &Reference,
    above: u32,
) -> Result<Vec<Committed>, sqlx::Error> {
    let rows = sqlx::query_as!(
        EntryRow,
        "select index, id, stream, stream_version, bytes, hash, signature
        from ledger.entries
        where log = $1 and stream = $2 and stream_version > $3
        order by stream_version",
        log.0,
        stream.as_str(),
        above.cast_signed()
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Committed::try_from).collect()
}

/// How many bytes the entries below an index have together.
pub async fn bytes_below<'c>(executor: impl PgExecutor<'c>, log: LogId, size: u64) -> Result<u64, sqlx::Error> {
    let bytes = sqlx::query_scalar!(
        r#"select coalesce(sum(octet_length(bytes)), 0)::bigint as "bytes!"
        from ledger.entries
        where log = $1 and index < $2"#,
        log.0,
        i64::try_from(size).unwrap_or(i64::MAX)
    )
    .fetch_one(executor)
    .await?;
    Ok(bytes.unsigned_abs())
}

/// The newest entries of one stream below the index `before`, `limit` at most, newest first.
pub async fn newest_of_stream<'c>(
    executor: impl PgExecutor<'c>,
    log: LogId,
    stream: &Reference,
    before: u64,
    limit: u32,
) -> Result<Vec<Committed>, sqlx::Error> {
    // A stream's versions grow with the index: the order of the one, which has an index of its own, is that of the other.
    let rows = sqlx::query_as!(
        EntryRow,
        "select index, id, stream, stream_version, bytes, hash, signature
        from ledger.entries
        where log = $1 and stream = $2 and index < $3
        order by stream_version desc
        limit $4",
        log.0,
        stream.as_str(),
        i64::try_from(before).unwrap_or(i64::MAX),
        i64::from(limit)
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Committed::try_from).collect()
}

/// Where the entry stands that has so many of these streams' entries before it, counted from an index on; none where there
/// are no more.
pub async fn nth_of_streams<'c>(
    executor: impl PgExecutor<'c>,
    log: LogId,
    streams: &[Reference],
    from: u64,
    nth: u32,
) -> Result<Option<u64>, sqlx::Error> {
    let streams: Vec<String> = streams.iter().map(ToString::to_string).collect();
    let index = sqlx::query_scalar!(
        "select index
        from ledger.entries
        where log = $1 and stream = any($2) and index >= $3
        order by index
        limit 1 offset $4",
        log.0,
        &streams,
        i64::try_from(from).unwrap_or(i64::MAX),
        i64::from(nth)
    )
    .fetch_optional(executor)
    .await?;
    index.map(|index| to_u64("entries.index", index)).transpose()
}

/// The entries at these places, in index order; a place beyond the log's end has none.
pub async fn at<'c>(executor: impl PgExecutor<'c>, log: LogId, indices: &[u64]) -> Result<Vec<Committed>, sqlx::Error> {
    let indices: Vec<i64> = indices.iter().filter_map(|index| i64::try_from(*index).ok()).collect();
    let rows = sqlx::query_as!(
        EntryRow,
        "select index, id, stream, stream_version, bytes, hash, signature
        from ledger.entries
        where log = $1 and index = any($2)
        order by index",
        log.0,
        &indices
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Committed::try_from).collect()
}

/// The first entries of these streams, in index order; a stream that nobody wrote to has none.
pub async fn first_of_streams<'c>(
    executor: impl PgExecutor<'c>,
    log: LogId,
    streams: &[Reference],
) -> Result<Vec<Committed>, sqlx::Error> {
    let streams: Vec<String> = streams.iter().map(ToString::to_string).collect();
    let rows = sqlx::query_as!(
        EntryRow,
        "select index, id, stream, stream_version, bytes, hash, signature
        from ledger.entries
        where log = $1 and stream = any($2) and stream_version = 1
        order by index",
        log.0,
        &streams
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Committed::try_from).collect()
}

/// Where an entry stands.
pub(crate) struct Place {
    /// Its index.
    pub(crate) index: u64,
    /// Whether it is in a stream of the kind asked for.
    pub(crate) is_of_kind: bool,
}

/// Where entries `first..first + count` stand, without reading them; in index order.
pub(crate) async fn places<'c>(
    executor: impl PgExecutor<'c>,
    log: LogId,
    kind: &str,
    first: u64,
    count: usize,
) -> Result<Vec<Place>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select index, coalesce(split_part(stream, '/', 1) = $2, false) as "is_of_kind!"
        from ledger.entries
        where log = $1 and index >= $3 and index < $4
        order by index"#,
        log.0,
        kind,
        to_i64(first),
        to_i64(first.saturating_add(count as u64))
    )
    .fetch_all(executor)
    .await?;
    let place = |index, is_of_kind| Ok(Place { index: to_u64("entries.index", index)?, is_of_kind });
    rows.into_iter().map(|row| place(row.index, row.is_of_kind)).collect()
}

struct EntryRow {
    index: i64,
    id: Uuid,
    stream: Option<String>,
    stream_version: Option<i32>,
    bytes: Vec<u8>,
    hash: Vec<u8>,
    signature: Vec<u8>,
}

impl TryFrom<EntryRow> for Committed {
    type Error = sqlx::Error;

    /// Columns beside the bytes must say what the bytes say: they were written together.
    fn try_from(row: EntryRow) -> Result<Self, sqlx::Error> {
        let entry = Entry::parse(&row.bytes).map_err(|error| corrupt("entries.bytes", error))?;
        let hash = EntryHash::of(&row.bytes);
        if row.hash != hash.as_bytes() {
            return Err(mismatch("entries.hash"));
        }
        let index = to_u64("entries.index", row.index)?;
        let stream = entry.stream.map(|place| (place.stream, place.version));
        if index != entry.sequence || row.id.as_bytes() != entry.id.as_bytes() {
            return Err(mismatch("entries.index"));
        }
        let columns = row.stream.as_deref().zip(row.stream_version.map(i32::cast_unsigned));
        if columns != stream.as_ref().map(|(stream, version)| (stream.as_str(), *version)) {
            return Err(mismatch("entries.stream"));
        }
        Ok(Self {
            index,
            id: entry.id,
            time: entry.time,
            stream,
            hash,
            signature: row.signature.as_slice().try_into().map_err(|error| corrupt("entries.signature", error))?,
            bytes: Arc::from(row.bytes),
        })
    }
}

fn mismatch(column: &'static str) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: "differs from the entry's bytes".into() }
}
