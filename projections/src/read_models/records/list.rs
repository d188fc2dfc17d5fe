//! The queries of the lists. The connection's transaction is the caller's, under the role of requests.

use domain::access_grant::{Filters, Resource};
use domain::record::{Body, Content, Parts, Reference};
use domain::text::Label;
use futures::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use store::LogId;
use store::column::{corrupt, to_i64, to_u64};

use super::filter::push_limits;
use super::{Filter, RecordRow, Records, Sort};
use crate::column::{self, time, time_option};
use crate::list::{self, Cursor, List, Page, push_scope};

/// Statuses that a filter offers at most; an organisation that has more of them has no use for the filter.
const STATUSES_MAX: i64 = 100;
/// Rows of an export that are in memory at once.
const ROWS_PER_FETCH: u64 = 200;

/// Records of one type, as far as somebody may see them.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// Of which organisation.
    pub log: LogId,
    /// The type.
    pub resource: Resource,
    /// What a grant leaves out; for a member nothing: [`Filters::default`].
    pub limits: &'a Filters,
}

impl Within<'_> {
    fn push_to(&self, query: &mut QueryBuilder<'_, Postgres>) {
        query.push(" from read.records");
        push_scope(query, "records", Records::NAME, self.log);
        query.push(" and resource = ").push_bind(self.resource.as_str());
        push_limits(query, self.resource, self.limits);
    }
}

const COLUMNS: &str = "resource, reference, content, null::text as body, added_at, changed_at, withdrawn_at";
const ALL_COLUMNS: &str = "resource, reference, content, body, added_at, changed_at, withdrawn_at";

/// A page of the records that a filter finds, without their texts, behind a cursor where one is given.
///
/// # Errors
/// The database does not answer, or a row is not what a record can be.
pub async fn page(
    conn: &mut PgConnection,
    within: Within<'_>,
    filter: &Filter,
    sort: Sort,
    after: Option<&Cursor>,
) -> Result<Page<RecordRow>, sqlx::Error> {
    let of = |query: &mut QueryBuilder<'_, Postgres>| {
        within.push_to(query);
        filter.push_to(query);
    };
    list::page(conn, &List { columns: COLUMNS, of: &of }, sort.order(), after, read).await
}

/// All of one record, also of one that was withdrawn; none where there is none within the limits, or the read model has
/// not come there yet.
///
/// # Errors
/// As [`page`].
pub async fn one(
    conn: &mut PgConnection,
    within: Within<'_>,
    reference: &Reference,
) -> Result<Option<RecordRow>, sqlx::Error> {
    let mut query = QueryBuilder::new("select ");
    query.push(ALL_COLUMNS);
    within.push_to(&mut query);
    query.push(" and reference = ").push_bind(reference.to_string());
    query.build().fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// A status and how many records have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCount {
    /// The status; none for those that say nothing of it.
    pub status: Option<Label>,
    /// How many.
    pub count: u64,
}

/// The statuses of the records that are shown, with their counts, in order, 100 at most: what a filter offers.
///
/// # Errors
/// As [`page`].
pub async fn statuses(conn: &mut PgConnection, within: Within<'_>) -> Result<Vec<StatusCount>, sqlx::Error> {
    let mut query = QueryBuilder::new("select status, count(*) as count");
    within.push_to(&mut query);
    query.push(" and withdrawn_at is null group by status order by status nulls last limit ").push_bind(STATUSES_MAX);
    let count = |row: &PgRow| {
        let status = column::get_option(row, "status", |text| Label::try_from(text.to_owned()))?;
        Ok(StatusCount { status, count: to_u64("count", row.try_get("count")?)? })
    };
    query.build().fetch_all(conn).await?.iter().map(count).collect()
}

/// All of every record that a filter finds, by reference, a few in memory at a time. The caller's transaction has to be
/// `repeatable read` if a switch of builds in the middle is not to show.
///
/// # Errors
/// Each item as [`page`]; nothing comes after one.
pub fn export<'a>(
    conn: &'a mut PgConnection,
    within: Within<'a>,
    filter: &'a Filter,
) -> BoxStream<'a, Result<RecordRow, sqlx::Error>> {
    // Where it goes on; none after the last fetch.
    let begin = Some((conn, None::<Reference>));
    let fetched = futures::stream::try_unfold(begin, move |at| async move {
        let Some((conn, after)) = at else { return Ok::<_, sqlx::Error>(None) };
        let rows = following(conn, within, filter, after.as_ref()).await?;
        let is_full = rows.len() as u64 == ROWS_PER_FETCH;
        let next = rows.last().filter(|_| is_full).map(|row| row.reference.clone());
        let next = next.map(|reference| (conn, Some(reference)));
        Ok(Some((futures::stream::iter(rows.into_iter().map(Ok)), next)))
    });
    fetched.try_flatten().boxed()
}

async fn following(
    conn: &mut PgConnection,
    within: Within<'_>,
    filter: &Filter,
    after: Option<&Reference>,
) -> Result<Vec<RecordRow>, sqlx::Error> {
    let mut query = QueryBuilder::new("select ");
    query.push(ALL_COLUMNS);
    within.push_to(&mut query);
    filter.push_to(&mut query);
    if let Some(after) = after {
        query.push(" and reference > ").push_bind(after.to_string());
    }
    query.push(" order by reference limit ").push_bind(to_i64(ROWS_PER_FETCH));
    query.build().fetch_all(conn).await?.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<RecordRow, sqlx::Error> {
    let Json(rest): Json<Parts> = row.try_get("content")?;
    let body = column::get_option(row, "body", Body::parse)?;
    let content = Content::new(Parts { body, ..rest }).map_err(|error| corrupt("records.content", error))?;
    Ok(RecordRow {
        resource: column::get(row, "resource", Resource::parse)?,
        reference: column::get(row, "reference", Reference::parse)?,
        content,
        added_at: time("records.added_at", row.try_get("added_at")?)?,
        changed_at: time("records.changed_at", row.try_get("changed_at")?)?,
        withdrawn_at: time_option(row, "withdrawn_at")?,
    })
}
