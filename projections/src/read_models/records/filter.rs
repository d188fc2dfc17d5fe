//! What the lists of records can be asked for.

use domain::access_grant::{Filters, Resource};
use domain::name::EngagementId;
use domain::record::Reference;
use domain::text::Label;
use sqlx::{Postgres, QueryBuilder};

use crate::list::{Direction, Id, Key, Order, folded};

/// Which records a list shows: those that every given condition holds for. What was withdrawn is left out unless asked
/// for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What the reference or the title has in it, whatever the case.
    pub contains: Option<String>,
    /// Where they stand, exactly as written.
    pub status: Option<Label>,
    /// The vendor that they are about.
    pub vendor: Option<Reference>,
    /// The engagement that they were made for.
    pub engagement: Option<EngagementId>,
    /// What was withdrawn, and only that.
    pub is_withdrawn: bool,
}

/// How a list of records is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Which way.
    pub direction: Direction,
}

/// What records can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// Their reference, byte by byte.
    Reference,
    /// Their title, whatever the case.
    Title,
    /// Where they stand; those that say nothing of it come before all others.
    Status,
    /// When they changed last.
    Changed,
}

impl Default for Sort {
    fn default() -> Self {
        Self { by: SortBy::Reference, direction: Direction::Ascending }
    }
}

impl Sort {
    pub(super) fn order(self) -> Order {
        let key = match self.by {
            SortBy::Reference => Key::Text("records.reference"),
            SortBy::Title => Key::Text("title_folded"),
            SortBy::Status => Key::Text("coalesce(status, '')"),
            SortBy::Changed => Key::Number("changed_at"),
        };
        Order { key, id: Id::Text("records.reference"), direction: self.direction }
    }
}

impl Filter {
    pub(super) fn push_to(&self, query: &mut QueryBuilder<'_, Postgres>) {
        query.push(if self.is_withdrawn { " and withdrawn_at is not null" } else { " and withdrawn_at is null" });
        if let Some(text) = &self.contains {
            let text = folded(text);
            query.push(" and (strpos(reference_folded, ").push_bind(text.clone()).push(") > 0");
            query.push(" or strpos(title_folded, ").push_bind(text).push(") > 0)");
        }
        let texts = [
            (" and status = ", self.status.as_ref().map(ToString::to_string)),
            (" and vendor = ", self.vendor.as_ref().map(ToString::to_string)),
            (" and engagement = ", self.engagement.as_ref().map(ToString::to_string)),
        ];
        for (condition, text) in texts {
            if let Some(text) = text {
                query.push(condition).push_bind(text);
            }
        }
    }
}

/// Appends what a grant leaves out. The same rule as [`Filters::admit`] of [`domain::record::Belonging::item`], which is
/// asked again of every row before it is shown.
pub(super) fn push_limits(query: &mut QueryBuilder<'_, Postgres>, resource: Resource, limits: &Filters) {
    if resource.has_vendors() && !limits.vendors.is_empty() {
        let vendors: Vec<String> = limits.vendors.iter().map(ToString::to_string).collect();
        query.push(" and vendor = any(").push_bind(vendors).push(")");
    }
    if let Some(engagement) = &limits.engagement {
        query.push(" and (engagement is null or engagement = ").push_bind(engagement.to_string()).push(")");
    }
}
