//! How far a grant reaches: capabilities on types of resources, by themselves or as a named bundle.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::name::{UnknownWord, words};

words! {
    /// Something that a grant lets its auditor do. None of them writes to the organisation's records.
    pub enum Capability("capability") {
        /// Attach evidence that is already there to a comment.
        Attach = "attach",
        /// Write a comment.
        Comment = "comment",
        /// Download a file of evidence.
        Download = "download",
        /// Download a package of evidence.
        DownloadPackage = "download_package",
        /// Take tables out as a file.
        Export = "export",
        /// Hand in a list of requested information.
        SubmitIrl = "submit_irl",
        /// See records and lists of them.
        View = "view",
        /// See what evidence there is.
        ViewEvidence = "view_evidence",
    }
}

words! {
    /// A type of the organisation's records.
    pub enum Resource("type of resource") {
        /// Who has which access.
        AccessReports = "access_reports",
        /// The organisation's audit log.
        AuditLogs = "audit_logs",
        /// What was billed.
        BillingHistory = "billing_history",
        /// How far each requirement is met.
        ComplianceStatus = "compliance_status",
        /// Controls and who owns them.
        Controls = "controls",
        /// Files that show that a control works.
        Evidence = "evidence",
        /// What went wrong, and what was done.
        Incidents = "incidents",
        /// Invoices.
        Invoices = "invoices",
        /// Policies in force.
        Policies = "policies",
        /// Risks and their treatment.
        Risks = "risks",
        /// Settings that security depends on.
        SecurityConfig = "security_config",
        /// The statement of applicability.
        Soa = "soa",
        /// How much was used.
        UsageReports = "usage_reports",
        /// What people did.
        UserActivity = "user_activity",
        /// Suppliers.
        Vendors = "vendors",
    }
}

words! {
    /// A named set of capabilities and resources, for the usual kinds of audit.
    pub enum Bundle("bundle") {
        /// SOC 2, ISO 27001 and GDPR audits.
        Compliance = "compliance",
        /// No bundle: the sets were chosen one by one.
        Custom = "custom",
        /// Financial and SOX audits.
        Financial = "financial",
        /// Annual audits of everything.
        Full = "full",
        /// Security audits and reviews of penetration tests.
        Security = "security",
    }
}

const COMPLIANCE: &[Resource] =
    &[Resource::AccessReports, Resource::AuditLogs, Resource::ComplianceStatus, Resource::UserActivity];
const FINANCIAL: &[Resource] = &[Resource::BillingHistory, Resource::Invoices, Resource::UsageReports];
const SECURITY: &[Resource] = &[Resource::AccessReports, Resource::AuditLogs, Resource::SecurityConfig];

/// What a grant allows: every capability on every type of resource. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    bundle: Bundle,
    capabilities: BTreeSet<Capability>,
    resources: BTreeSet<Resource>,
}

impl Scope {
    /// Seeing and exporting, on what audits of that kind need.
    ///
    /// # Errors
    /// [`ScopeError::Custom`]: what is chosen one by one has no set of its own.
    pub fn of_bundle(bundle: Bundle) -> Result<Self, ScopeError> {
        let resources: BTreeSet<Resource> = match bundle {
            Bundle::Custom => return Err(ScopeError::Custom),
            Bundle::Compliance => COMPLIANCE.iter().copied().collect(),
            Bundle::Financial => FINANCIAL.iter().copied().collect(),
            Bundle::Security => SECURITY.iter().copied().collect(),
            Bundle::Full => [COMPLIANCE, FINANCIAL, SECURITY].concat().into_iter().collect(),
        };
        Ok(Self { bundle, capabilities: BTreeSet::from([Capability::Export, Capability::View]), resources })
    }

    /// Sets chosen one by one, as words; order and repetition do not matter.
    ///
    /// # Errors
    /// [`ScopeError::Unknown`] for a word that is no capability or type of resource, or an empty set.
    pub fn custom<'a>(
        capabilities: impl IntoIterator<Item = &'a str>,
        resources: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ScopeError> {
        let capabilities: BTreeSet<_> = capabilities.into_iter().map(Capability::parse).collect::<Result<_, _>>()?;
        let resources: BTreeSet<_> = resources.into_iter().map(Resource::parse).collect::<Result<_, _>>()?;
        if capabilities.is_empty() {
            return Err(ScopeError::NoCapability);
        }
        if resources.is_empty() {
            return Err(ScopeError::NoResource);
        }
        Ok(Self { bundle: Bundle::Custom, capabilities, resources })
    }

    /// The bundle's name, and the two sets as they are recorded.
    pub fn into_parts(self) -> (Bundle, BTreeSet<Capability>, BTreeSet<Resource>) {
        (self.bundle, self.capabilities, self.resources)
    }
}

/// Why a scope is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScopeError {
    /// A word that is not in its list.
    #[error(transparent)]
    Unknown(#[from] UnknownWord),
    /// A custom scope comes with its own sets.
    #[error("a custom scope names its capabilities and resources")]
    Custom,
    /// Nothing could be done with it.
    #[error("a grant has at least one capability")]
    NoCapability,
    /// It would reach nothing.
    #[error("a grant has at least one type of resource")]
    NoResource,
}
