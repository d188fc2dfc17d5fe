//! What a grant allows, in words that an auditor reads.

use std::collections::BTreeSet;

use domain::access_grant::{Bundle, Capability, Resource};

use super::shown::Shown;

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
        self.bundles.iter().map(|bundle| named(*bundle)).collect::<Vec<_>>().join("; ")
    }

    pub(super) fn capabilities_in_words(&self) -> impl Iterator<Item = Shown> {
        self.capabilities.iter().map(|capability| Shown::sentence(may(*capability)))
    }

    pub(super) fn resources_in_words(&self) -> impl Iterator<Item = Shown> {
        self.resources.iter().map(|resource| Shown::sentence(what(*resource)))
    }
}

fn named(bundle: Bundle) -> &'static str {
    match bundle {
        Bundle::Comment => "Comment: look, and write comments",
        Bundle::Compliance => "Compliance, for SOC 2, ISO 27001 and GDPR audits",
        Bundle::Custom => "Custom: chosen one by one",
        Bundle::DownloadPackage => "Packages of evidence, to download",
        Bundle::Financial => "Financial, for financial and SOX audits",
        Bundle::Full => "Full, for annual audits of everything",
        Bundle::FullAccess => "Full access: look, write comments, and download",
        Bundle::ReadOnly => "Read-only: look",
        Bundle::Security => "Security, for security audits and reviews of penetration tests",
        Bundle::SubmitIrl => "Lists of requested information, to hand in",
        Bundle::ViewControls => "Controls, and the overview of the engagement",
        Bundle::ViewEvidence => "Evidence, to see and to download",
    }
}

fn may(capability: Capability) -> &'static str {
    match capability {
        Capability::Attach => "Attach evidence that is already there to a comment",
        Capability::Comment => "Write comments",
        Capability::Download => "Download files of evidence",
        Capability::DownloadPackage => "Download packages of evidence",
        Capability::Export => "Export tables as files",
        Capability::SubmitIrl => "Hand in a list of requested information",
        Capability::View => "See records and lists of them",
        Capability::ViewEvidence => "See what evidence there is",
    }
}

fn what(resource: Resource) -> &'static str {
    match resource {
        Resource::AccessReports => "Access reports: who has which access",
        Resource::AuditLogs => "Audit logs: what was recorded, with its proofs",
        Resource::BillingHistory => "Billing history: what was billed",
        Resource::ComplianceStatus => "Compliance status: how far each requirement is met",
        Resource::Controls => "Controls, and who owns them",
        Resource::Evidence => "Evidence: files that show that a control works",
        Resource::Incidents => "Incidents: what went wrong, and what was done",
        Resource::Invoices => "Invoices",
        Resource::Packages => "Packages of evidence",
        Resource::Policies => "Policies in force",
        Resource::Requests => "Requests for information",
        Resource::Risks => "Risks, and their treatment",
        Resource::SecurityConfig => "Security configuration: settings that security depends on",
        Resource::Soa => "Statement of applicability",
        Resource::UsageReports => "Usage reports: how much was used",
        Resource::UserActivity => "User activity: what people did",
        Resource::Vendors => "Vendors: suppliers, and what they supply",
    }
}
