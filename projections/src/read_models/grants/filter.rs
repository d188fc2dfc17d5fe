//! What the lists of grants can be asked for.

use domain::access_grant::{RoleTitle, State};
use domain::name::{EngagementId, PersonId};
use domain::person::Firm;
use ledger::time::Timestamp;
use sqlx::{Postgres, QueryBuilder};

use crate::column;
use crate::list::push_contains;

/// Which grants a list shows: those that every given condition holds for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The state that is true at the list's `now`.
    pub state: Option<State>,
    /// The auditor's firm, exactly as written.
    pub firm: Option<Firm>,
    /// What the firm's name has in it, whatever the case.
    pub firm_contains: Option<String>,
    /// What the auditor is called on the engagement.
    pub role_title: Option<RoleTitle>,
    /// The engagement that it is limited to.
    pub engagement: Option<EngagementId>,
    /// The auditor.
    pub person: Option<PersonId>,
    /// When the auditor was last there.
    pub last_access: Option<LastAccess>,
}

/// When an auditor was last there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastAccess {
    /// Not once.
    Never,
    /// Then or later.
    Since(Timestamp),
    /// Before that, but once.
    Before(Timestamp),
}

/// When the auditor was last there, in microseconds since 1970; before all others where that was never.
pub(super) const LAST_ACCESS: &str = "coalesce((extract(epoch from seen.last_accessed_at) * 1000000)::bigint, -1)";

impl Filter {
    /// Appends the conditions that were given, and no others.
    pub(super) fn push_to(&self, query: &mut QueryBuilder<'_, Postgres>, now: Timestamp) {
        if let Some(state) = self.state {
            push_state(query, state, now);
        }
        if let Some(firm) = &self.firm {
            query.push(" and firm = ").push_bind(firm.as_str().to_owned());
        }
        if let Some(text) = &self.firm_contains {
            push_contains(query, "firm_folded", text);
        }
        if let Some(role) = self.role_title {
            query.push(" and role_title = ").push_bind(role.as_str());
        }
        if let Some(engagement) = &self.engagement {
            query.push(" and engagement = ").push_bind(column::uuid(engagement.as_str()));
        }
        if let Some(person) = &self.person {
            query.push(" and person = ").push_bind(column::uuid(person.as_str()));
        }
        match self.last_access {
            Some(LastAccess::Never) => drop(query.push(" and seen.last_accessed_at is null")),
            Some(LastAccess::Since(time)) => {
                query.push(format_args!(" and {LAST_ACCESS} >= ")).push_bind(time.as_micros());
            }
            Some(LastAccess::Before(time)) => {
                query.push(format_args!(" and seen.last_accessed_at is not null and {LAST_ACCESS} < "));
                query.push_bind(time.as_micros());
            }
            None => {}
        }
    }
}

/// Appends that a grant is in a state now. The same rule as [`super::GrantRow::state_at`].
fn push_state(query: &mut QueryBuilder<'_, Postgres>, state: State, now: Timestamp) {
    let now = now.as_micros();
    match state {
        State::Pending | State::Active => {
            query.push(" and state = ").push_bind(state.as_str());
            query.push(" and expires_at > ").push_bind(now);
        }
        State::Expired => {
            query.push(" and (state = 'expired' or state in ('pending', 'active') and expires_at <= ");
            query.push_bind(now).push(")");
        }
        State::Revoked => {
            query.push(" and state = 'revoked'");
        }
    }
}
