//! What evidence there is: the library of an organisation, and what of it a grant lets its auditor see.

mod arms;
mod list;

use std::num::NonZeroU32;

use domain::evidence::{EvidenceFile, Metadata};
use domain::name::EvidenceId;
use futures::future::BoxFuture;
use ledger::time::Timestamp;
use sqlx::PgConnection;
use store::feed::Streams;
use store::{Committed, Ledger};

pub use self::list::{Filter, Sort, SortBy, one, page};
use crate::position::Build;
use crate::projection::{ApplyError, Projection};

/// What the lists say of a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRow {
    /// Its id.
    pub evidence: EvidenceId,
    /// Title, description, controls, dates, owner, vendor and engagement; [`Metadata::facts`] is what a grant is asked by.
    pub metadata: Metadata,
    /// The newest file with its revision; none where no evidence is attached.
    pub newest: Option<(NonZeroU32, EvidenceFile)>,
    /// When it was added.
    pub added_at: Timestamp,
    /// When something about it, or its file, changed last.
    pub changed_at: Timestamp,
    /// When it was withdrawn; none while it is shown.
    pub withdrawn_at: Option<Timestamp>,
}

/// The read model behind the lists.
pub struct Evidence;

impl Evidence {
    /// Its name in `read.positions`.
    pub const NAME: &'static str = "evidence";
}

impl Projection for Evidence {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn form(&self) -> i32 {
        1
    }

    fn streams(&self) -> Streams {
        Streams::Of("evidence")
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
