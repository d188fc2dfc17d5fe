//! The list of entries and its filters: who did what to what, when, and did it come about.

mod filter;
mod list;

use domain::alias::Variant;
use futures::future::BoxFuture;
use ledger::entry::{Actor, Entry, Outcome};
use ledger::id::EntryId;
use ledger::name::{EventType, Reference};
use ledger::time::Timestamp;
use sqlx::PgConnection;
use store::column::to_i64;
use store::feed::Streams;
use store::{Committed, Ledger};
use uuid::Uuid;

pub use self::filter::{Filter, FilterError, OutcomeFilter, TypeFilter};
pub use self::list::{Page, ROWS_PER_PAGE_MAX, one, page, page_before};
use crate::position::Build;
use crate::projection::{ApplyError, Projection};

/// What the list says of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Its place in the log, from 0.
    pub index: u64,
    /// Its id.
    pub id: EntryId,
    /// When it was recorded.
    pub time: Timestamp,
    /// What happened.
    pub event_type: EventType,
    /// What it happened to.
    pub subject: Reference,
    /// Its stream and place there, from 1.
    pub stream: Option<(Reference, u32)>,
    /// Who acted.
    pub actor: Actor,
    /// Whether it came about.
    pub outcome: Outcome,
}

/// The read model behind the list.
pub struct Entries;

impl Entries {
    /// Its name in `read.positions`.
    pub const NAME: &'static str = "entries";
}

impl Projection for Entries {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn form(&self) -> i32 {
        2
    }

    fn streams(&self) -> Streams {
        Streams::All
    }

    fn apply<'a>(
        &'a self,
        _: &'a Ledger,
        tx: &'a mut PgConnection,
        build: &'a Build,
        entries: &'a [Committed],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        Box::pin(insert(tx, build, entries))
    }

    fn clear<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        build: &'a Build,
        max: u32,
    ) -> BoxFuture<'a, Result<u64, sqlx::Error>> {
        Box::pin(remove(tx, build, max))
    }
}

async fn insert(tx: &mut PgConnection, build: &Build, entries: &[Committed]) -> Result<(), ApplyError> {
    let columns = Columns::of(entries)?;
    sqlx::query!(
        "insert into read.entries
            (log, version, index, id, time, type, subject, stream, stream_version, actor_type, actor_id, actor_role,
            reason, variant)
        select $1, $2, *
        from unnest(
            $3::bigint[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::integer[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::text[]
        )
        on conflict (log, version, index) do nothing",
        build.log.0,
        build.version,
        &columns.indices,
        &columns.ids,
        &columns.times,
        &columns.types,
        &columns.subjects,
        &columns.streams as _,
        &columns.stream_versions as _,
        &columns.actor_types,
        &columns.actor_ids,
        &columns.actor_roles as _,
        &columns.reasons as _,
        &columns.variants as _
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn remove(tx: &mut PgConnection, build: &Build, max: u32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from read.entries
        where log = $1 and version = $2 and index in (
            select index from read.entries where log = $1 and version = $2 order by index limit $3
        )",
        build.log.0,
        build.version,
        i64::from(max)
    )
    .execute(tx)
    .await?;
    Ok(removed.rows_affected())
}

/// Rows turned on their side, as `unnest` takes them.
#[derive(Default)]
struct Columns {
    indices: Vec<i64>,
    ids: Vec<Uuid>,
    times: Vec<i64>,
    types: Vec<String>,
    subjects: Vec<String>,
    streams: Vec<Option<String>>,
    stream_versions: Vec<Option<i32>>,
    actor_types: Vec<String>,
    actor_ids: Vec<String>,
    actor_roles: Vec<Option<String>>,
    reasons: Vec<Option<String>>,
    variants: Vec<Option<String>>,
}

impl Columns {
    fn of(entries: &[Committed]) -> Result<Self, ApplyError> {
        let mut columns = Self::default();
        for recorded in entries {
            let parsed = Entry::parse(&recorded.bytes);
            columns.push(parsed.map_err(|source| ApplyError::Entry { index: recorded.index, source })?);
        }
        Ok(columns)
    }

    /// Every entry of every type has a row: there are no arms to choose between.
    fn push(&mut self, entry: Entry) {
        let variant = Variant::of(entry.event_type.as_str(), &entry.detail);
        let (stream, version) = entry.stream.map(|place| (place.stream, place.version)).unzip();
        self.indices.push(to_i64(entry.sequence));
        self.ids.push(Uuid::from_bytes(*entry.id.as_bytes()));
        self.times.push(entry.time.as_micros());
        self.types.push(entry.event_type.to_string());
        self.subjects.push(entry.subject.to_string());
        self.streams.push(stream.map(|stream| stream.to_string()));
        self.stream_versions.push(version.map(u32::cast_signed));
        self.actor_types.push(entry.actor.kind.as_str().to_owned());
        self.actor_ids.push(entry.actor.id);
        self.actor_roles.push(entry.actor.role);
        self.reasons.push(entry.outcome.reason().map(str::to_owned));
        self.variants.push(variant.map(|variant| variant.to_string()));
    }
}
