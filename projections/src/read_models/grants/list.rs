//! The queries of the lists. The connection's transaction is the caller's, under the role of requests.

use std::num::NonZeroU32;

use domain::access_grant::{RoleTitle, State};
use domain::invitation::{Delivery, LinkReuse, SecondFactor};
use domain::name::{EmailHash, EngagementId, GrantId, PersonId};
use domain::person::Firm;
use ledger::entry::ActorType;
use ledger::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use store::column::{corrupt, to_u64};
use store::{Ledger, LogId};

use super::filter::LAST_ACCESS;
use super::{ActorRow, Filter, GrantRow, Grants, LinkRow};
use crate::column::{self, number, time, time_option};
use crate::list::{self, Cursor, Direction, Id, Key, List, Order, Page, push_scope};

/// How a list of grants is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Which way.
    pub direction: Direction,
}

/// What grants can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// When they were given.
    Created,
    /// When they end.
    Expires,
    /// The auditor's firm, whatever the case.
    Firm,
    /// When the auditor was last there; never comes before all others.
    LastAccess,
}

impl Default for Sort {
    /// The newest first.
    fn default() -> Self {
        Self { by: SortBy::Created, direction: Direction::Descending }
    }
}

impl Sort {
    fn order(self) -> Order {
        let key = match self.by {
            SortBy::Created => Key::Number("created_at"),
            SortBy::Expires => Key::Number("expires_at"),
            SortBy::Firm => Key::Text("firm_folded"),
            SortBy::LastAccess => Key::Number(LAST_ACCESS),
        };
        Order { key, id: Id::Uuid("grants.grant_id"), direction: self.direction }
    }
}

const COLUMNS: &str = "grants.grant_id::text as grant_id, granted_index, person::text as person, email_hash, firm,
    role_title, extent, extent_version, delivery, link_reuse, second_factor, state, created_at, granted_by_type,
    granted_by, accepted_at, revoked_at, ended_at, terms_version, regrant_of::text as regrant_of, resent_count, resent_at,
    sessions_ended, (extract(epoch from seen.last_accessed_at) * 1000000)::bigint as last_accessed_at";

/// What every query begins with, after its columns.
fn push_of_log(query: &mut QueryBuilder<'_, Postgres>, log: LogId) {
    query.push(" from read.grants left join access.grants_seen as seen using (log, grant_id)");
    push_scope(query, "grants", Grants::NAME, log);
}

/// A page of the grants that a filter finds, behind a cursor where one is given. States are those of `now`.
///
/// # Errors
/// The database does not answer, or a row is not what a grant can be.
pub async fn page(
    conn: &mut PgConnection,
    log: LogId,
    filter: &Filter,
    now: Timestamp,
    sort: Sort,
    after: Option<&Cursor>,
) -> Result<Page<GrantRow>, sqlx::Error> {
    let of = |query: &mut QueryBuilder<'_, Postgres>| {
        push_of_log(query, log);
        filter.push_to(query, now);
    };
    list::page(conn, &List { columns: COLUMNS, of: &of }, sort.order(), after, read).await
}

/// The row of one grant; none where there is no such grant, or the read model has not come there yet.
///
/// # Errors
/// As [`page`].
pub async fn one(conn: &mut PgConnection, log: LogId, grant: &GrantId) -> Result<Option<GrantRow>, sqlx::Error> {
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS);
    push_of_log(&mut query, log);
    query.push(" and grants.grant_id = ").push_bind(column::uuid(grant.as_str()));
    query.build().fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// How many grants are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Given, and not taken up yet.
    pub pending: u64,
    /// Taken up.
    pub active: u64,
    /// Over by themselves, whether that is recorded or not.
    pub expired: u64,
    /// Taken back.
    pub revoked: u64,
}

/// How many grants are in each state at `now`: of an engagement, or of the whole organisation.
///
/// # Errors
/// The database does not answer.
pub async fn counts(
    conn: &mut PgConnection,
    log: LogId,
    engagement: Option<&EngagementId>,
    now: Timestamp,
) -> Result<Counts, sqlx::Error> {
    let row = sqlx::query!(
        r#"select
            count(*) filter (where state = 'pending' and expires_at > $3) as "pending!",
            count(*) filter (where state = 'active' and expires_at > $3) as "active!",
            count(*) filter (where state = 'expired' or state in ('pending', 'active') and expires_at <= $3) as "expired!",
            count(*) filter (where state = 'revoked') as "revoked!"
        from read.grants
        where log = $1
            and version = (
                select version from read.positions where projection = 'grants' and state = 'shown' and log = $1
            )
            and ($2::uuid is null or engagement = $2)"#,
        log.0,
        engagement.map(|engagement| column::uuid(engagement.as_str())),
        now.as_micros()
    )
    .fetch_one(conn)
    .await?;
    Ok(Counts {
        pending: to_u64("pending", row.pending)?,
        active: to_u64("active", row.active)?,
        expired: to_u64("expired", row.expired)?,
        revoked: to_u64("revoked", row.revoked)?,
    })
}

/// A grant whose end has passed and is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Of which organisation.
    pub log: LogId,
    /// Which.
    pub grant: GrantId,
    /// When it ended.
    pub expires_at: Timestamp,
}

/// Grants of all organisations whose end has passed at `now` and is not recorded, the earliest first, `limit` at most.
/// For the job that records it, which asks each grant itself: some of these may have been changed or recorded since.
///
/// # Errors
/// As [`page`].
pub async fn expired_unrecorded(ledger: &Ledger, now: Timestamp, limit: u32) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select grants.log, grant_id::text as "grant_id!", expires_at
        from read.grants
        join read.positions on positions.log = grants.log and positions.version = grants.version
        where positions.projection = 'grants'
            and positions.state = 'shown'
            and grants.state in ('pending', 'active')
            and expires_at <= $1
        order by expires_at, grant_id
        limit $2"#,
        now.as_micros(),
        i64::from(limit)
    )
    .fetch_all(ledger.reader())
    .await?;
    let due = |log, grant: &str, expires_at| {
        let grant = GrantId::parse(grant).map_err(|error| corrupt("grants.grant_id", error))?;
        Ok(Due { log: LogId(log), grant, expires_at: time("grants.expires_at", expires_at)? })
    };
    rows.into_iter().map(|row| due(row.log, &row.grant_id, row.expires_at)).collect()
}

fn read(row: &PgRow) -> Result<GrantRow, sqlx::Error> {
    let Json(extent) = row.try_get("extent")?;
    Ok(GrantRow {
        grant: column::get(row, "grant_id", GrantId::parse)?,
        granted_index: to_u64("grants.granted_index", row.try_get("granted_index")?)?,
        person: column::get(row, "person", PersonId::parse)?,
        email_hash: column::get_option(row, "email_hash", EmailHash::parse)?,
        firm: column::get(row, "firm", Firm::parse)?,
        role_title: column::get_option(row, "role_title", RoleTitle::parse)?,
        extent,
        version: number(row, "extent_version")?,
        link: read_link(row)?,
        state: column::get(row, "state", State::parse)?,
        created_at: time("grants.created_at", row.try_get("created_at")?)?,
        granted_by: ActorRow {
            kind: column::get(row, "granted_by_type", |text| ActorType::parse(text).ok_or("no type of actor"))?,
            id: row.try_get("granted_by")?,
        },
        accepted_at: time_option(row, "accepted_at")?,
        revoked_at: time_option(row, "revoked_at")?,
        ended_at: time_option(row, "ended_at")?,
        terms_version: row
            .try_get::<Option<i32>, _>("terms_version")?
            .map(i32::cast_unsigned)
            .and_then(NonZeroU32::new),
        regrant_of: column::get_option(row, "regrant_of", GrantId::parse)?,
        resent_count: number(row, "resent_count")?,
        resent_at: time_option(row, "resent_at")?,
        sessions_ended: number(row, "sessions_ended")?,
        last_accessed_at: time_option(row, "last_accessed_at")?,
    })
}

/// All three stand there, or none.
fn read_link(row: &PgRow) -> Result<Option<LinkRow>, sqlx::Error> {
    let delivery = column::get_option(row, "delivery", Delivery::parse)?;
    let link_reuse = column::get_option(row, "link_reuse", LinkReuse::parse)?;
    let second_factor = column::get_option(row, "second_factor", SecondFactor::parse)?;
    Ok(match (delivery, link_reuse, second_factor) {
        (Some(delivery), Some(link_reuse), Some(second_factor)) => {
            Some(LinkRow { delivery, link_reuse, second_factor })
        }
        _ => None,
    })
}
