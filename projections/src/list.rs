//! What the lists have in common: pages that go on where the one before ended, whatever came in between.

use std::fmt;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use store::LogId;
use store::column::{to_i64, to_u64};
use uuid::Uuid;

/// Rows of a page: what is read without scrolling far, and whose personal values are opened in one query.
pub const ROWS_PER_PAGE_MAX: usize = 50;

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// 0 to [`ROWS_PER_PAGE_MAX`].
    pub rows: Vec<T>,
    /// How many rows the filter finds on all pages together.
    pub total: u64,
    /// What to ask for the rows that follow; none on the last page.
    pub next: Option<Cursor>,
    /// What to ask for the rows that come before; none on the first page.
    pub before: Option<Before>,
}

/// Where the page before begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// With the list.
    Start,
    /// Behind this.
    Behind(Cursor),
}

impl fmt::Display for Before {
    /// As an address asks for that page: nothing for the first one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => Ok(()),
            Self::Behind(cursor) => cursor.fmt(f),
        }
    }
}

/// Where a page ended: what the list is sorted by of its last row, and that row's id. It travels in addresses, so it is
/// read from whatever stands there; what fits no row of the list in that order begins the list anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    key: String,
    id: String,
}

impl Cursor {
    /// Reads what [`fmt::Display`] writes; none for another text.
    pub fn parse(text: &str) -> Option<Self> {
        // No id has a tilde; what is sorted by may.
        let (key, id) = text.rsplit_once('~')?;
        Some(Self { key: key.to_owned(), id: id.to_owned() })
    }

    fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self { key: row.try_get("cursor_key")?, id: row.try_get("cursor_id")? })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.key, self.id)
    }
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

impl Direction {
    const fn reversed(self) -> Self {
        match self {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        }
    }

    /// How rows stand that come in this direction from one, itself included.
    const fn sql_with_equal(self) -> &'static str {
        match self {
            Direction::Ascending => ">=",
            Direction::Descending => "<=",
        }
    }

    fn sql(self) -> (&'static str, &'static str) {
        match self {
            Direction::Ascending => (">", "asc"),
            Direction::Descending => ("<", "desc"),
        }
    }
}

/// What a list is sorted by: an expression of SQL that is never null, and the id that tells equals apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) key: Key,
    pub(crate) id: Id,
    pub(crate) direction: Direction,
}

impl Order {
    /// Whether a cursor can be one of a list in this order.
    fn fits(self, Cursor { key, id }: &Cursor) -> bool {
        let has_key = matches!(self.key, Key::Text(_)) || key.parse::<i64>().is_ok();
        has_key && (matches!(self.id, Id::Text(_)) || Uuid::parse_str(id).is_ok())
    }
}

/// An expression by its type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    Number(&'static str),
    Text(&'static str),
}

/// The column of a list's id by its type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Id {
    Uuid(&'static str),
    Text(&'static str),
}

impl Key {
    fn sql(self) -> &'static str {
        match self {
            Key::Number(sql) | Key::Text(sql) => sql,
        }
    }
}

impl Id {
    fn sql(self) -> &'static str {
        match self {
            Id::Uuid(sql) | Id::Text(sql) => sql,
        }
    }
}

/// A list without its order: columns, and everything from `from` to the last condition.
pub(crate) struct List<'a> {
    /// What is selected.
    pub(crate) columns: &'static str,
    /// Appends ` from … where …`, the same for rows and for their count.
    pub(crate) of: &'a (dyn Fn(&mut QueryBuilder<'_, Postgres>) + Sync),
}

/// One page of a list and the count of all its rows.
pub(crate) async fn page<T>(
    conn: &mut PgConnection,
    list: &List<'_>,
    order: Order,
    after: Option<&Cursor>,
    read: fn(&PgRow) -> Result<T, sqlx::Error>,
) -> Result<Page<T>, sqlx::Error> {
    let mut query = QueryBuilder::new("select ");
    query.push(list.columns);
    query.push(format_args!(", ({})::text as cursor_key, ({})::text as cursor_id", order.key.sql(), order.id.sql()));
    (list.of)(&mut query);
    let after = after.filter(|cursor| order.fits(cursor));
    if let Some(cursor) = after {
        push_bound(&mut query, order, order.direction.sql().0, cursor);
    }
    push_order(&mut query, order);
    // One more, to know whether there are more.
    query.push(" limit ").push_bind(to_i64(ROWS_PER_PAGE_MAX as u64 + 1));
    let rows = query.build().fetch_all(&mut *conn).await?;
    let next = match rows.get(ROWS_PER_PAGE_MAX - 1) {
        Some(row) if ROWS_PER_PAGE_MAX < rows.len() => Some(Cursor::of(row)?),
        _ => None,
    };
    let before = match after {
        Some(cursor) => Some(before(conn, list, order, cursor).await?),
        None => None,
    };
    let rows = rows.iter().take(ROWS_PER_PAGE_MAX).map(read).collect::<Result<_, _>>()?;
    Ok(Page { rows, total: count(conn, list).await?, next, before })
}

/// Where the page begins that ends at a cursor: behind the row that stands a page before it.
async fn before(conn: &mut PgConnection, list: &List<'_>, order: Order, end: &Cursor) -> Result<Before, sqlx::Error> {
    let back = Order { direction: order.direction.reversed(), ..order };
    let mut query = QueryBuilder::new("select ");
    query.push(format_args!("({})::text as cursor_key, ({})::text as cursor_id", order.key.sql(), order.id.sql()));
    (list.of)(&mut query);
    push_bound(&mut query, order, back.direction.sql_with_equal(), end);
    push_order(&mut query, back);
    query.push(" limit 1 offset ").push_bind(to_i64(ROWS_PER_PAGE_MAX as u64));
    let row = query.build().fetch_optional(conn).await?;
    row.map_or(Ok(Before::Start), |row| Cursor::of(&row).map(Before::Behind))
}

async fn count(conn: &mut PgConnection, list: &List<'_>) -> Result<u64, sqlx::Error> {
    let mut query = QueryBuilder::new("select count(*)");
    (list.of)(&mut query);
    to_u64("count", query.build_query_scalar().fetch_one(conn).await?)
}

pub(crate) fn push_order(query: &mut QueryBuilder<'_, Postgres>, order: Order) {
    let (_, direction) = order.direction.sql();
    query.push(format_args!(" order by {} {direction}, {} {direction}", order.key.sql(), order.id.sql()));
}

/// The condition that rows stand so to a cursor that fits the order.
fn push_bound(query: &mut QueryBuilder<'_, Postgres>, order: Order, than: &str, Cursor { key, id }: &Cursor) {
    query.push(format_args!(" and ({}, {}) {than} (", order.key.sql(), order.id.sql()));
    match (order.key, key.parse::<i64>()) {
        (Key::Number(_), Ok(number)) => query.push_bind(number),
        _ => query.push_bind(key.clone()),
    };
    query.push(", ");
    match (order.id, Uuid::parse_str(id)) {
        (Id::Uuid(_), Ok(uuid)) => query.push_bind(uuid),
        _ => query.push_bind(id.clone()),
    };
    query.push(")");
}

/// Appends the scope that every list has: rows of this log, of the build of this read model that is shown. One statement,
/// so that a switch of builds cannot come in between.
pub(crate) fn push_scope(
    query: &mut QueryBuilder<'_, Postgres>,
    table: &'static str,
    projection: &'static str,
    log: LogId,
) {
    query.push(format_args!(" where {table}.log = ")).push_bind(log.0);
    query.push(format_args!(
        " and {table}.version = (
            select version from read.positions where projection = '{projection}' and state = 'shown' and log = "
    ));
    query.push_bind(log.0).push(")");
}

/// Appends that a column has a text somewhere, whatever the case; the column's own is lower.
pub(crate) fn push_contains(query: &mut QueryBuilder<'_, Postgres>, column: &'static str, text: &str) {
    // `strpos` knows no wildcards that would have to be escaped.
    query.push(format_args!(" and strpos({column}, ")).push_bind(folded(text)).push(") > 0");
}

/// How texts are searched and sorted: in lower case.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_is_written() {
        for (key, id) in [("1700000000000000", "018f3b7e-0000-7000-8000-00000000b001"), ("a ~ b", "CC6.1/2"), ("", "x")]
        {
            let cursor = Cursor { key: key.to_owned(), id: id.to_owned() };
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        assert_eq!(Cursor::parse("17"), None);
    }
}
