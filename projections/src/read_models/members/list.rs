//! The queries of the list. The connection's transaction is the caller's, under the role of requests.

use domain::member::{Role, Roles};
use domain::name::{EmailHash, PersonId, UnknownWord};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use store::LogId;
use store::column::{corrupt, to_u64};

use super::{MemberRow, MemberState, Members};
use crate::column::{self, number, time, time_option};
use crate::list::{self, Cursor, Direction, Id, Key, List, Order, Page, push_scope};

/// Which members the list shows: those that every given condition holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where they stand.
    pub state: Option<MemberState>,
    /// A role that they have.
    pub role: Option<Role>,
}

/// The newest first: names are sealed, and nothing can be sorted by them.
const ORDER: Order =
    Order { key: Key::Number("invited_at"), id: Id::Uuid("members.member"), direction: Direction::Descending };

const COLUMNS: &str =
    "member::text as member, invited_index, email_hash, roles, state, invited_at, invitation_expires_at,
    resent_count, activated_at, stopped_at";

fn push_of_log(query: &mut QueryBuilder<'_, Postgres>, log: LogId) {
    query.push(" from read.members");
    push_scope(query, "members", Members::NAME, log);
}

/// A page of the members that a filter finds, behind a cursor where one is given.
///
/// # Errors
/// The database does not answer, or a row is not what a member can be.
pub async fn page(
    conn: &mut PgConnection,
    log: LogId,
    filter: Filter,
    after: Option<&Cursor>,
) -> Result<Page<MemberRow>, sqlx::Error> {
    let of = |query: &mut QueryBuilder<'_, Postgres>| {
        push_of_log(query, log);
        if let Some(state) = filter.state {
            query.push(" and state = ").push_bind(state.as_str());
        }
        if let Some(role) = filter.role {
            query.push(" and ").push_bind(role.as_str()).push(" = any(roles)");
        }
    };
    list::page(conn, &List { columns: COLUMNS, of: &of }, ORDER, after, read).await
}

/// The row of one member; none where there is no such member, or the read model has not come there yet.
///
/// # Errors
/// As [`page`].
pub async fn one(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<Option<MemberRow>, sqlx::Error> {
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS);
    push_of_log(&mut query, log);
    query.push(" and member = ").push_bind(column::uuid(member.as_str()));
    query.build().fetch_optional(conn).await?.as_ref().map(read).transpose()
}

fn read(row: &PgRow) -> Result<MemberRow, sqlx::Error> {
    Ok(MemberRow {
        member: column::get(row, "member", PersonId::parse)?,
        invited_index: to_u64("members.invited_index", row.try_get("invited_index")?)?,
        email_hash: column::get_option(row, "email_hash", EmailHash::parse)?,
        roles: read_roles(&row.try_get::<Vec<String>, _>("roles")?)?,
        state: column::get(row, "state", MemberState::parse)?,
        invited_at: time("members.invited_at", row.try_get("invited_at")?)?,
        invitation_expires_at: time("members.invitation_expires_at", row.try_get("invitation_expires_at")?)?,
        resent_count: number(row, "resent_count")?,
        activated_at: time_option(row, "activated_at")?,
        stopped_at: time_option(row, "stopped_at")?,
    })
}

fn read_roles(words: &[String]) -> Result<Roles, sqlx::Error> {
    let roles: Result<Vec<_>, UnknownWord> = words.iter().map(|word| Role::parse(word)).collect();
    let roles = roles.map_err(|error| corrupt("members.roles", error))?;
    Roles::new(roles).map_err(|error| corrupt("members.roles", error))
}
