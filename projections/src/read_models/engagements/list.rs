//! The queries of the list. The connection's transaction is the caller's, under the role of requests.

use domain::date::Date;
use domain::engagement::{Days, EngagementName, Framework, Period, Plan};
use domain::name::EngagementId;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use store::LogId;
use store::column::corrupt;

use super::{EngagementRow, Engagements};
use crate::column::{self, time, time_option};
use crate::list::{self, Cursor, Direction, Id, Key, List, Order, Page, push_scope};

/// Which engagements the list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that are open, or only those that are closed.
    pub is_open: Option<bool>,
}

/// The latest first.
const ORDER: Order =
    Order { key: Key::Text("starts_on"), id: Id::Uuid("engagements.engagement"), direction: Direction::Descending };

const COLUMNS: &str = "engagement::text as engagement, name, framework, starts_on, ends_on, opened_at, closed_at";

fn push_of_log(query: &mut QueryBuilder<'_, Postgres>, log: LogId) {
    query.push(" from read.engagements");
    push_scope(query, "engagements", Engagements::NAME, log);
}

/// A page of the engagements that a filter finds, those that start last first, behind a cursor where one is given.
///
/// # Errors
/// The database does not answer, or a row is not what an engagement can be.
pub async fn page(
    conn: &mut PgConnection,
    log: LogId,
    filter: Filter,
    after: Option<&Cursor>,
) -> Result<Page<EngagementRow>, sqlx::Error> {
    let of = |query: &mut QueryBuilder<'_, Postgres>| {
        push_of_log(query, log);
        match filter.is_open {
            Some(true) => drop(query.push(" and closed_at is null")),
            Some(false) => drop(query.push(" and closed_at is not null")),
            None => {}
        }
    };
    list::page(conn, &List { columns: COLUMNS, of: &of }, ORDER, after, read).await
}

/// The row of one engagement; none where there is none, or the read model has not come there yet.
///
/// # Errors
/// As [`page`].
pub async fn one(
    conn: &mut PgConnection,
    log: LogId,
    engagement: &EngagementId,
) -> Result<Option<EngagementRow>, sqlx::Error> {
    Ok(of_ids(conn, log, std::slice::from_ref(engagement)).await?.pop())
}

/// The rows of engagements that other rows refer to, in no order; those that are not there are left out.
///
/// # Errors
/// As [`page`].
pub async fn of_ids(
    conn: &mut PgConnection,
    log: LogId,
    engagements: &[EngagementId],
) -> Result<Vec<EngagementRow>, sqlx::Error> {
    let ids: Vec<_> = engagements.iter().map(|engagement| column::uuid(engagement.as_str())).collect();
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS);
    push_of_log(&mut query, log);
    query.push(" and engagements.engagement = any(").push_bind(ids).push(")");
    query.build().fetch_all(conn).await?.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<EngagementRow, sqlx::Error> {
    let starts_on = column::get(row, "starts_on", Date::parse)?;
    let ends_on = column::get(row, "ends_on", Date::parse)?;
    let period = Period::new(Days { starts_on, ends_on }).map_err(|error| corrupt("engagements.ends_on", error))?;
    Ok(EngagementRow {
        engagement: column::get(row, "engagement", EngagementId::parse)?,
        plan: Plan {
            name: column::get(row, "name", EngagementName::parse)?,
            framework: column::get(row, "framework", Framework::parse)?,
            period,
        },
        opened_at: time("engagements.opened_at", row.try_get("opened_at")?)?,
        closed_at: time_option(row, "closed_at")?,
    })
}
