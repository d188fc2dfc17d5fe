//! The engagements of an organisation. How many grants each has, and in which states, [`super::grants::counts`] says.

mod arms;
mod list;

use domain::engagement::Plan;
use domain::name::EngagementId;
use futures::future::BoxFuture;
use ledger::time::Timestamp;
use sqlx::PgConnection;
use store::feed::Streams;
use store::{Committed, Ledger};

pub use self::list::{Filter, of_ids, one, page};
use crate::position::Build;
use crate::projection::{ApplyError, Projection};

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

/// The read model behind the list.
pub struct Engagements;

impl Engagements {
    /// Its name in `read.positions`.
    pub const NAME: &'static str = "engagements";
}

impl Projection for Engagements {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn form(&self) -> i32 {
        1
    }

    fn streams(&self) -> Streams {
        Streams::Of("engagement")
    }

    fn apply<'a>(
        &'a self,
        _: &'a Ledger,
        tx: &'a mut PgConnection,
        build: &'a Build,
        entries: &'a [Committed],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        Box::pin(arms::apply(tx, build, entries))
    }

    fn clear<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        build: &'a Build,
        max: u32,
    ) -> BoxFuture<'a, Result<u64, sqlx::Error>> {
        Box::pin(arms::remove(tx, build, max))
    }
}
