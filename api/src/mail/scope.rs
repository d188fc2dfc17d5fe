//! What a grant allows, in words that an auditor reads.

use std::collections::BTreeSet;

use domain::access_grant::{Bundle, Capability, Resource};

use super::shown::Shown;
use crate::words;

/// What somebody may do with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The named sets that were chosen; never empty.
    pub bundles: BTreeSet<Bundle>,
    /// What may be done; never empty.
    pub capabilities: BTreeSet<Capability>,
    /// With what; never empty.
    pub resources: BTreeSet<Resource>,
}

impl Reach {
    /// What a compliance audit needs.
    pub fn sample() -> Self {
        Self {
            bundles: BTreeSet::from([Bundle::Compliance]),
            capabilities: BTreeSet::from([Capability::Export, Capability::View]),
            resources: BTreeSet::from([
                Resource::AccessReports,
                Resource::AuditLogs,
                Resource::ComplianceStatus,
                Resource::UserActivity,
            ]),
        }
    }

    pub(super) fn bundles_in_words(&self) -> String {
        self.bundles.iter().map(|bundle| words::bundle(*bundle)).collect::<Vec<_>>().join("; ")
    }

    pub(super) fn capabilities_in_words(&self) -> impl Iterator<Item = Shown> {
        self.capabilities.iter().map(|capability| Shown::sentence(words::capability(*capability)))
    }

    pub(super) fn resources_in_words(&self) -> impl Iterator<Item = Shown> {
        self.resources.iter().map(|resource| Shown::sentence(words::resource(*resource)))
    }
}
