//! The queries of the lists. The connection's transaction is the caller's, under the role of requests.

use std::num::NonZeroU32;

use domain::access_grant::Filters;
use domain::name::{EngagementId, EvidenceId};
use domain::record::Reference;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use store::LogId;

use super::{Evidence, EvidenceRow};
use crate::column::{self, time, time_option};
use crate::list::{self, Cursor, Direction, Id, Key, List, Order, Page, push_contains, push_scope};

/// Which evidence a list shows: that for which every given condition holds. What was withdrawn is left out unless asked
/// for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What the title has in it, whatever the case.
    pub title_contains: Option<String>,
    /// The engagement that it was made for.
    pub engagement: Option<EngagementId>,
    /// The vendor that it is about.
    pub vendor: Option<Reference>,
    /// A control that it is for.
    pub control: Option<Reference>,
    /// Only what has a file, or only what has none.
    pub has_file: Option<bool>,
    /// What was withdrawn, and only that.
    pub is_withdrawn: bool,
}

/// How a list of evidence is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Which way.
    pub direction: Direction,
}

/// What evidence can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The day that it is evidence of.
    EffectiveOn,
    /// Its title, whatever the case.
    Title,
    /// When it changed last.
    Changed,
}

impl Default for Sort {
    /// What is evidence of the latest day first.
    fn default() -> Self {
        Self { by: SortBy::EffectiveOn, direction: Direction::Descending }
    }
}

impl Sort {
    fn order(self) -> Order {
        let key = match self.by {
            SortBy::EffectiveOn => Key::Text("effective_on"),
            SortBy::Title => Key::Text("title_folded"),
            SortBy::Changed => Key::Number("changed_at"),
        };
        Order { key, id: Id::Uuid("evidence.evidence"), direction: self.direction }
    }
}

impl Filter {
    fn push_to(&self, query: &mut QueryBuilder<'_, Postgres>) {
        query.push(if self.is_withdrawn { " and withdrawn_at is not null" } else { " and withdrawn_at is null" });
        if let Some(text) = &self.title_contains {
            push_contains(query, "title_folded", text);
        }
        if let Some(engagement) = &self.engagement {
            query.push(" and engagement = ").push_bind(column::uuid(engagement.as_str()));
        }
        if let Some(vendor) = &self.vendor {
            query.push(" and vendor = ").push_bind(vendor.as_str().to_owned());
        }
        if let Some(control) = &self.control {
            query.push(" and ").push_bind(control.as_str().to_owned()).push(" = any(controls)");
        }
        match self.has_file {
            Some(true) => drop(query.push(" and file is not null")),
            Some(false) => drop(query.push(" and file is null")),
            None => {}
        }
    }
}

/// Appends what a grant leaves out. The same rule as [`Filters::admit`], which is asked again of every row before it is
/// shown.
fn push_limits(query: &mut QueryBuilder<'_, Postgres>, limits: &Filters) {
    if !limits.vendors.is_empty() {
        let vendors: Vec<String> = limits.vendors.iter().map(ToString::to_string).collect();
        query.push(" and vendor = any(").push_bind(vendors).push(")");
    }
    if let Some(engagement) = &limits.engagement {
        query.push(" and (engagement is null or engagement = ").push_bind(column::uuid(engagement.as_str())).push(")");
    }
    if let Some(from) = limits.window.and_then(|window| window.from()) {
        query.push(" and effective_on >= ").push_bind(from.to_string());
    }
    if let Some(until) = limits.window.and_then(|window| window.until()) {
        query.push(" and effective_on <= ").push_bind(until.to_string());
    }
}

const COLUMNS: &str = "evidence::text as evidence, metadata, revision, file, added_at, changed_at, withdrawn_at";

fn push_of_log(query: &mut QueryBuilder<'_, Postgres>, log: LogId) {
    query.push(" from read.evidence");
    push_scope(query, "evidence", Evidence::NAME, log);
}

/// A page of the evidence that a filter finds within the limits of a grant, behind a cursor where one is given. For a
/// member there are no limits: [`Filters::default`].
///
/// # Errors
/// The database does not answer, or a row is not what evidence can be.
pub async fn page(
    conn: &mut PgConnection,
    log: LogId,
    limits: &Filters,
    filter: &Filter,
    sort: Sort,
    after: Option<&Cursor>,
) -> Result<Page<EvidenceRow>, sqlx::Error> {
    let of = |query: &mut QueryBuilder<'_, Postgres>| {
        push_of_log(query, log);
        push_limits(query, limits);
        filter.push_to(query);
    };
    list::page(conn, &List { columns: COLUMNS, of: &of }, sort.order(), after, read).await
}

/// The row of one piece of evidence; none where there is none, or the read model has not come there yet.
///
/// # Errors
/// As [`page`].
pub async fn one(
    conn: &mut PgConnection,
    log: LogId,
    evidence: &EvidenceId,
) -> Result<Option<EvidenceRow>, sqlx::Error> {
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS);
    push_of_log(&mut query, log);
    query.push(" and evidence.evidence = ").push_bind(column::uuid(evidence.as_str()));
    query.build().fetch_optional(conn).await?.as_ref().map(read).transpose()
}

fn read(row: &PgRow) -> Result<EvidenceRow, sqlx::Error> {
    let Json(metadata) = row.try_get("metadata")?;
    let revision = row.try_get::<Option<i32>, _>("revision")?.map(i32::cast_unsigned).and_then(NonZeroU32::new);
    let file: Option<Json<_>> = row.try_get("file")?;
    Ok(EvidenceRow {
        evidence: column::get(row, "evidence", EvidenceId::parse)?,
        metadata,
        newest: revision.zip(file.map(|Json(file)| file)),
        added_at: time("evidence.added_at", row.try_get("added_at")?)?,
        changed_at: time("evidence.changed_at", row.try_get("changed_at")?)?,
        withdrawn_at: time_option(row, "withdrawn_at")?,
    })
}
