//! SQL of the append: reading a head, and the one statement that decides (docs/decisions/0002).

use ledger::hash::EntryHash;
use ledger::id::EntryId;
use ledger::key::KeyId;
use ledger::name::{Origin, Reference};
use ledger::time::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::append::{Committed, IdempotencyKey, LogId};
use crate::batch::{Head, KeysInForce};
use crate::column::{corrupt, to_i64, to_u64};

/// A key to be stored with the batch, and where its answer begins.
pub(crate) struct Kept<'a> {
    pub(crate) key: &'a IdempotencyKey,
    pub(crate) first_index: u64,
    pub(crate) count: usize,
}

/// The first answer to an idempotency key, as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// Who asked and under which name, with the request's SHA-256.
    pub(crate) key: IdempotencyKey,
    /// Index of its first entry.
    pub(crate) first_index: u64,
    /// How many entries.
    pub(crate) count: usize,
}

/// The origin of a log, or `None` where there is no such log.
pub(crate) async fn load_origin(conn: &mut PgConnection, log: LogId) -> Result<Option<Origin>, sqlx::Error> {
    let origin =
        sqlx::query_scalar!("select origin from ledger.logs where log = $1", log.0).fetch_optional(conn).await?;
    origin.map(|text| Origin::parse(&text).map_err(|error| corrupt("logs.origin", error))).transpose()
}

/// The head of a log.
pub(crate) async fn load_head(conn: &mut PgConnection, log: LogId) -> Result<Option<Head>, sqlx::Error> {
    sqlx::query_as!(
        HeadRow,
        "select size, head_hash, entries_keyid, checkpoints_keyid, receipts_keyid, last_id, last_time, key_entries,
            heartbeat_size, heartbeat_time
        from ledger.heads
        where log = $1",
        log.0
    )
    .fetch_optional(conn)
    .await?
    .map(Head::try_from)
    .transpose()
}

/// The head of a log, locked until the transaction ends: nobody else can append meanwhile.
pub(crate) async fn lock_head(conn: &mut PgConnection, log: LogId) -> Result<Option<Head>, sqlx::Error> {
    sqlx::query_as!(
        HeadRow,
        "select size, head_hash, entries_keyid, checkpoints_keyid, receipts_keyid, last_id, last_time, key_entries,
            heartbeat_size, heartbeat_time
        from ledger.heads
        where log = $1
        for update",
        log.0
    )
    .fetch_optional(conn)
    .await?
    .map(Head::try_from)
    .transpose()
}

/// Newest versions of the streams that exist among those asked for.
pub(crate) async fn load_versions(
    conn: &mut PgConnection,
    log: LogId,
    streams: &[&str],
) -> Result<Vec<(Reference, u32)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select asked.stream as "stream!", newest.stream_version as "version!"
        from unnest($2::text[]) as asked (stream)
        cross join lateral (
            select stream_version
            from ledger.entries
            where log = $1 and entries.stream = asked.stream
            order by stream_version desc
            limit 1
        ) as newest"#,
        log.0,
        streams as &[&str]
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let stream = Reference::parse(&row.stream).map_err(|error| corrupt("entries.stream", error))?;
            Ok((stream, u32::try_from(row.version).map_err(|error| corrupt("entries.stream_version", error))?))
        })
        .collect()
}

/// The stored answers among the keys asked for.
pub(crate) async fn load_answers(
    conn: &mut PgConnection,
    log: LogId,
    keys: &[&IdempotencyKey],
) -> Result<Vec<Answered>, sqlx::Error> {
    let principals: Vec<&str> = keys.iter().map(|key| key.principal.as_str()).collect();
    let names: Vec<&str> = keys.iter().map(|key| key.key.as_str()).collect();
    let rows = sqlx::query!(
        "select principal, key, request_sha256, first_index, count
        from ledger.idempotency
        where log = $1 and (principal, key) in (select * from unnest($2::text[], $3::text[]))",
        log.0,
        &principals as &[&str],
        &names as &[&str]
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let request_sha256 = row
                .request_sha256
                .as_slice()
                .try_into()
                .map_err(|error| corrupt("idempotency.request_sha256", error))?;
            Ok(Answered {
                key: IdempotencyKey { principal: row.principal, key: row.key, request_sha256 },
                first_index: to_u64("idempotency.first_index", row.first_index)?,
                count: usize::try_from(row.count).map_err(|error| corrupt("idempotency.count", error))?,
            })
        })
        .collect()
}

/// How many of these ids the log holds: all or none of a batch's.
pub(crate) async fn count_ids(conn: &mut PgConnection, log: LogId, ids: &[Uuid]) -> Result<u64, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select count(*) as "count!" from ledger.entries where log = $1 and id = any($2)"#,
        log.0,
        ids
    )
    .fetch_one(conn)
    .await?;
    to_u64("count", found)
}

/// Moves the head from `from` to `to` and inserts the batch, or does nothing and returns false because the head is
/// not `from` any more. One statement, so that no reader and no crash can see one without the other.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    log: LogId,
    from: &Head,
    to: &Head,
    entries: &[Committed],
    kept: &[Kept<'_>],
) -> Result<bool, sqlx::Error> {
    let rows = EntryColumns::of(entries);
    let keys = KeyColumns::of(kept);
    let moved = sqlx::query_scalar!(
        r#"with moved as (
            update ledger.heads
            set size = $5, head_hash = $6, entries_keyid = $7, checkpoints_keyid = $8, receipts_keyid = $9,
                last_id = $10, last_time = $11, key_entries = $12, heartbeat_size = $13, heartbeat_time = $14
            where log = $1 and size = $2 and head_hash = $3 and entries_keyid = $4
            returning log
        ), inserted as (
            insert into ledger.entries (log, index, id, stream, stream_version, bytes, hash, signature)
            select moved.log, $2 + added.ordinal - 1, added.id, added.stream, added.stream_version, added.bytes,
                added.hash, added.signature
            from moved
            cross join unnest($15::uuid[], $16::text[], $17::integer[], $18::bytea[], $19::bytea[], $20::bytea[])
                with ordinality as added (id, stream, stream_version, bytes, hash, signature, ordinal)
        ), kept as (
            insert into ledger.idempotency (log, principal, key, request_sha256, first_index, count)
            select moved.log, added.principal, added.key, added.request_sha256, added.first_index, added.count
            from moved
            cross join unnest($21::text[], $22::text[], $23::bytea[], $24::bigint[], $25::integer[])
                as added (principal, key, request_sha256, first_index, count)
        )
        select count(*) as "count!" from moved"#,
        log.0,
        to_i64(from.size),
        from.hash.as_bytes(),
        from.keys.entries.as_bytes(),
        to_i64(to.size),
        to.hash.as_bytes(),
        to.keys.entries.as_bytes(),
        to.keys.checkpoints.as_bytes(),
        to.keys.receipts.as_bytes(),
        to.last_id.map(|id| uuid_of(&id)),
        to.last_time.as_micros(),
        to_i64(to.key_entries),
        to_i64(to.heartbeat_size),
        to.heartbeat_time,
        &rows.ids,
        &rows.streams as &[Option<&str>],
        &rows.versions as &[Option<i32>],
        &rows.bytes as &[&[u8]],
        &rows.hashes as &[&[u8]],
        &rows.signatures as &[&[u8]],
        &keys.principals as &[&str],
        &keys.names as &[&str],
        &keys.requests as &[&[u8]],
        &keys.first_indices,
        &keys.counts
    )
    .fetch_one(conn)
    .await?;
    Ok(moved == 1)
}

/// A batch by column, borrowed for `unnest`.
struct EntryColumns<'a> {
    ids: Vec<Uuid>,
    streams: Vec<Option<&'a str>>,
    versions: Vec<Option<i32>>,
    bytes: Vec<&'a [u8]>,
    hashes: Vec<&'a [u8]>,
    signatures: Vec<&'a [u8]>,
}

impl<'a> EntryColumns<'a> {
    fn of(entries: &'a [Committed]) -> Self {
        Self {
            ids: entries.iter().map(|entry| uuid_of(&entry.id)).collect(),
            streams: entries.iter().map(|entry| entry.stream.as_ref().map(|(stream, _)| stream.as_str())).collect(),
            versions: entries
                .iter()
                .map(|entry| entry.stream.as_ref().map(|(_, version)| version.cast_signed()))
                .collect(),
            bytes: entries.iter().map(|entry| &*entry.bytes).collect(),
            hashes: entries.iter().map(|entry| entry.hash.as_bytes().as_slice()).collect(),
            signatures: entries.iter().map(|entry| entry.signature.as_slice()).collect(),
        }
    }
}

/// Idempotency keys by column.
struct KeyColumns<'a> {
    principals: Vec<&'a str>,
    names: Vec<&'a str>,
    requests: Vec<&'a [u8]>,
    first_indices: Vec<i64>,
    counts: Vec<i32>,
}

impl<'a> KeyColumns<'a> {
    fn of(kept: &'a [Kept<'a>]) -> Self {
        Self {
            principals: kept.iter().map(|kept| kept.key.principal.as_str()).collect(),
            names: kept.iter().map(|kept| kept.key.key.as_str()).collect(),
            requests: kept.iter().map(|kept| kept.key.request_sha256.as_slice()).collect(),
            first_indices: kept.iter().map(|kept| to_i64(kept.first_index)).collect(),
            counts: kept
                .iter()
                .map(|kept| i32::try_from(kept.count).expect("at most 1,000 events a request"))
                .collect(),
        }
    }
}

struct HeadRow {
    size: i64,
    head_hash: Vec<u8>,
    entries_keyid: Vec<u8>,
    checkpoints_keyid: Vec<u8>,
    receipts_keyid: Vec<u8>,
    last_id: Option<Uuid>,
    last_time: i64,
    key_entries: i64,
    heartbeat_size: i64,
    heartbeat_time: i64,
}

impl TryFrom<HeadRow> for Head {
    type Error = sqlx::Error;

    fn try_from(row: HeadRow) -> Result<Self, sqlx::Error> {
        let keyid =
            |column, bytes: &[u8]| bytes.try_into().map(KeyId::from_bytes).map_err(|error| corrupt(column, error));
        let hash = row.head_hash.as_slice().try_into().map_err(|error| corrupt("heads.head_hash", error))?;
        Ok(Self {
            size: to_u64("heads.size", row.size)?,
            hash: EntryHash::from_bytes(hash),
            keys: KeysInForce {
                entries: keyid("heads.entries_keyid", &row.entries_keyid)?,
                checkpoints: keyid("heads.checkpoints_keyid", &row.checkpoints_keyid)?,
                receipts: keyid("heads.receipts_keyid", &row.receipts_keyid)?,
            },
            last_id: row.last_id.map(entry_id).transpose()?,
            last_time: Timestamp::from_micros(row.last_time).map_err(|error| corrupt("heads.last_time", error))?,
            key_entries: to_u64("heads.key_entries", row.key_entries)?,
            heartbeat_size: to_u64("heads.heartbeat_size", row.heartbeat_size)?,
            heartbeat_time: row.heartbeat_time,
        })
    }
}

fn entry_id(id: Uuid) -> Result<EntryId, sqlx::Error> {
    EntryId::from_bytes(id.into_bytes()).map_err(|error| corrupt("heads.last_id", error))
}

pub(crate) fn uuid_of(id: &EntryId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}
