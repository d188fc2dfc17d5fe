//! The engagements of an organisation. How many grants each has, and in which states, [`super::grants::counts`] says.

mod arms;
mod list;

use domain::engagement::Plan;
use domain::name::EngagementId;
use ledger::time::Timestamp;

pub use self::list::{Filter, of_ids, one, page};

/// What the list says of an engagement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngagementRow {
    /// Its id.
    pub engagement: EngagementId,
    /// Its name, framework and period.
    pub plan: Plan,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed; none while it is open.
    pub closed_at: Option<Timestamp>,
}

super::read_model! {
    /// The read model behind the list.
    Engagements, "engagements", of streams "engagement", form 1;
}
