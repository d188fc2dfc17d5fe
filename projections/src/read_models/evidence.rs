//! What evidence there is: the library of an organisation, and what of it a grant lets its auditor see.

mod arms;
mod list;

use std::num::NonZeroU32;

use domain::evidence::{EvidenceFile, Metadata};
use domain::name::EvidenceId;
use ledger::time::Timestamp;

pub use self::list::{Filter, Sort, SortBy, one, page};

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

super::read_model! {
    /// The read model behind the lists.
    Evidence, "evidence", of streams "evidence", form 1;
}
