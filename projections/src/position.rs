//! How far each build of each read model has come with each log: the table `read.positions`.

use sqlx::{PgConnection, PgExecutor};
use store::LogId;
use store::column::{corrupt, to_i64, to_u64};
use store::feed::Streams;

use crate::projection::Projection;

/// One build of a read model of one log. Its rows carry log and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Build {
    /// The read model's name.
    pub projection: &'static str,
    /// The log.
    pub log: LogId,
    /// Counts the builds of this read model of this log, from 1.
    pub version: i32,
}

/// A read model that a program keeps, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    name: &'static str,
    form: i32,
    streams: Streams,
}

impl Kept {
    pub(crate) fn of(projection: &dyn Projection) -> Self {
        Self { name: projection.name(), form: projection.form(), streams: projection.streams() }
    }
}

/// What becomes of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being made beside the one that is shown.
    Building,
    /// What readers see.
    Shown,
    /// Replaced; its rows are being removed.
    Retired,
}

impl State {
    fn parse(text: &str) -> Result<Self, sqlx::Error> {
        match text {
            "building" => Ok(Self::Building),
            "shown" => Ok(Self::Shown),
            "retired" => Ok(Self::Retired),
            other => Err(corrupt("positions.state", format!("there is no state {other:?}"))),
        }
    }
}

/// Where a build stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Which build.
    pub build: Build,
    /// What becomes of it.
    pub state: State,
    /// Index of the first entry that is not applied.
    pub next_index: u64,
}

/// Where the shown build of a log stands; none before its first entry was seen.
///
/// # Errors
/// The database does not answer.
pub async fn shown<'c>(
    executor: impl PgExecutor<'c>,
    projection: &'static str,
    log: LogId,
) -> Result<Option<Position>, sqlx::Error> {
    let row = sqlx::query!(
        "select version, next_index from read.positions where projection = $1 and log = $2 and state = 'shown'",
        projection,
        log.0
    )
    .fetch_optional(executor)
    .await?;
    row.map(|row| {
        let build = Build { projection, log, version: row.version };
        Ok(Position { build, state: State::Shown, next_index: to_u64("positions.next_index", row.next_index)? })
    })
    .transpose()
}

/// Where a build stands; none where it is gone.
///
/// # Errors
/// The database does not answer.
pub async fn of<'c>(executor: impl PgExecutor<'c>, build: Build) -> Result<Option<Position>, sqlx::Error> {
    let row = sqlx::query!(
        "select state, next_index from read.positions where projection = $1 and log = $2 and version = $3",
        build.projection,
        build.log.0,
        build.version
    )
    .fetch_optional(executor)
    .await?;
    row.map(|row| {
        let (state, next_index) = (State::parse(&row.state)?, to_u64("positions.next_index", row.next_index)?);
        Ok(Position { build, state, next_index })
    })
    .transpose()
}

/// How many entries a log has.
pub(crate) async fn size<'c>(executor: impl PgExecutor<'c>, log: LogId) -> Result<u64, sqlx::Error> {
    let size = sqlx::query_scalar!("select size from ledger.heads where log = $1", log.0).fetch_one(executor).await?;
    to_u64("heads.size", size)
}

/// How many logs have entries: more than before means that builds are to be begun.
pub(crate) async fn logs_begun<'c>(executor: impl PgExecutor<'c>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from ledger.heads where size > 0"#).fetch_one(executor).await
}

/// Builds with something to do for a program that keeps these read models in these forms: entries to apply, a place to
/// take, rows to remove. Each with its place among the read models.
pub(crate) async fn with_work<'c>(
    executor: impl PgExecutor<'c>,
    kept: &[Kept],
) -> Result<Vec<(usize, Position)>, sqlx::Error> {
    let (names, forms) = columns(kept);
    let rows = sqlx::query!(
        r#"select ordinality as "ordinality!", positions.log, version, state, next_index
        from unnest($1::text[], $2::integer[]) with ordinality as kept (projection, form)
        join read.positions on positions.projection = kept.projection
        join ledger.heads on heads.log = positions.log
        where state = 'retired' or positions.form = kept.form and (state = 'building' or next_index < heads.size)
        order by positions.log, ordinality, version"#,
        &names,
        &forms
    )
    .fetch_all(executor)
    .await?;
    let position = |ordinality, log, version, state: &str, next_index| {
        let place =
            usize::try_from(to_u64("ordinality", ordinality)?).map_err(|error| corrupt("ordinality", error))? - 1;
        let build = Build { projection: kept[place].name, log: LogId(log), version };
        let next_index = to_u64("positions.next_index", next_index)?;
        Ok((place, Position { build, state: State::parse(state)?, next_index }))
    };
    rows.into_iter().map(|row| position(row.ordinality, row.log, row.version, &row.state, row.next_index)).collect()
}

/// Moves builds to the end of their logs where all that is left up to there, `max` entries at most, is in no stream of
/// theirs. One statement for all of them, for most of a log is nobody's but the list's. Builds that another process works
/// on are left to it.
pub(crate) async fn pass_over<'c>(executor: impl PgExecutor<'c>, kept: &[Kept], max: usize) -> Result<(), sqlx::Error> {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for Kept { name, form, streams } in kept {
        if let Streams::Of(kind) = streams {
            columns.0.push((*name).to_owned());
            columns.1.push(*form);
            columns.2.push((*kind).to_owned());
        }
    }
    // Counting makes sure that no entry is missing among those that are passed over.
    sqlx::query!(
        "with behind as (
            select positions.projection, positions.log, positions.version, positions.next_index, heads.size, kind
            from unnest($1::text[], $2::integer[], $3::text[]) as kept (projection, form, kind)
            join read.positions on positions.projection = kept.projection and positions.form = kept.form
            join ledger.heads on heads.log = positions.log
            where state <> 'retired' and next_index < size and size - next_index <= $4
            for update of positions skip locked
        )
        update read.positions
        set next_index = behind.size
        from behind
        where positions.projection = behind.projection
            and positions.log = behind.log
            and positions.version = behind.version
            and (
                select count(*) = behind.size - behind.next_index
                    and not coalesce(bool_or(split_part(stream, '/', 1) = behind.kind), false)
                from ledger.entries
                where entries.log = behind.log and index >= behind.next_index and index < behind.size
            )",
        &columns.0,
        &columns.1,
        &columns.2,
        to_i64(max as u64)
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Begins a build in its form of each of these read models for each log that has entries, none in that form, and shows
/// none in a newer one. Whoever begins the first build of a log shows it at once: there is nothing else to show.
pub(crate) async fn begin_missing<'c>(executor: impl PgExecutor<'c>, kept: &[Kept]) -> Result<(), sqlx::Error> {
    let (names, forms) = columns(kept);
    // Two replicas number a build alike, and one of them finds it there.
    sqlx::query!(
        "insert into read.positions (projection, log, version, form, state)
        select kept.projection, heads.log, coalesce(max(version), 0) + 1, kept.form,
            case when coalesce(bool_or(state = 'shown'), false) then 'building' else 'shown' end
        from ledger.heads
        cross join unnest($1::text[], $2::integer[]) as kept (projection, form)
        left join read.positions on positions.log = heads.log and positions.projection = kept.projection
        where heads.size > 0
        group by kept.projection, kept.form, heads.log
        having not coalesce(
            bool_or(positions.form = kept.form and state <> 'retired' or positions.form > kept.form and state = 'shown'),
            false
        )
        on conflict do nothing",
        &names,
        &forms
    )
    .execute(executor)
    .await?;
    Ok(())
}

fn columns(kept: &[Kept]) -> (Vec<String>, Vec<i32>) {
    kept.iter().map(|kept| (kept.name.to_owned(), kept.form)).unzip()
}

/// Begins one more build beside the one that is shown; none where the log has no build at all.
pub(crate) async fn begin_another<'c>(
    executor: impl PgExecutor<'c>,
    projection: &'static str,
    form: i32,
    log: LogId,
) -> Result<Option<Build>, sqlx::Error> {
    let version = sqlx::query_scalar!(
        "insert into read.positions (projection, log, version, form, state)
        select $1, $2, max(version) + 1, $3, 'building'
        from read.positions
        where projection = $1 and log = $2
        having bool_or(state = 'shown')
        on conflict do nothing
        returning version",
        projection,
        log.0,
        form
    )
    .fetch_optional(executor)
    .await?;
    Ok(version.map(|version| Build { projection, log, version }))
}

/// Moves a build on, if it still stands where the caller saw it and is wanted. False where another was faster.
pub(crate) async fn advance(tx: &mut PgConnection, from: &Position, next_index: u64) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update read.positions
        set next_index = $5
        where projection = $1 and log = $2 and version = $3 and next_index = $4 and state <> 'retired'",
        from.build.projection,
        from.build.log.0,
        from.build.version,
        to_i64(from.next_index),
        to_i64(next_index)
    )
    .execute(tx)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Lets a build take the place of the one that is shown and of all older ones, once it has come as far. Returns whether
/// it is the one that is shown.
pub(crate) async fn show(tx: &mut PgConnection, build: Build) -> Result<bool, sqlx::Error> {
    let rows = sqlx::query!(
        "select version, state, next_index
        from read.positions
        where projection = $1 and log = $2
        order by version
        for update",
        build.projection,
        build.log.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let Some(own) = rows.iter().find(|row| row.version == build.version) else { return Ok(false) };
    let shown = rows.iter().find(|row| row.state == "shown");
    if own.state != "building" || shown.is_some_and(|shown| own.next_index < shown.next_index) {
        return Ok(own.state == "shown");
    }
    sqlx::query!(
        "update read.positions set state = 'retired' where projection = $1 and log = $2 and version < $3",
        build.projection,
        build.log.0,
        build.version
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update read.positions set state = 'shown' where projection = $1 and log = $2 and version = $3",
        build.projection,
        build.log.0,
        build.version
    )
    .execute(tx)
    .await?;
    Ok(true)
}

/// Forgets a retired build, all of whose rows are gone.
pub(crate) async fn forget(tx: &mut PgConnection, build: Build) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from read.positions where projection = $1 and log = $2 and version = $3 and state = 'retired'",
        build.projection,
        build.log.0,
        build.version
    )
    .execute(tx)
    .await?;
    Ok(())
}
