//! How far a grant reaches: capabilities on types of resources, by themselves or as a named bundle.

use std::collections::BTreeSet;

use thiserror::Error;

use super::bundle::{self, Bundle, InvitePermission, Level};
use super::filters::Filters;
use crate::name::{UnknownWord, VendorId, words};

/// Most vendors that one grant is limited to: with their longest references, and twice over in the entry of a change,
/// they still leave half of an entry's 65,535 bytes.
const VENDORS_MAX: usize = 200;

/// A name of S1 for `security_config`, damaged in its source, by which it is still asked for.
const SECURITY_CONFIG_ALIAS: &str = "security_H.P.009-CONFIG";

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

impl Capability {
    /// Whether it can be used; what a grant gives is recorded in either case.
    pub const fn is_available(self) -> bool {
        !matches!(self, Capability::Attach | Capability::Comment | Capability::DownloadPackage | Capability::SubmitIrl)
    }
}

words! {
    /// A type of the organisation's records.
    pub enum Resource("type of resource") {
        /// Which rights each person and program has.
        AccessEntitlements = "access_entitlements",
        /// Who has which access.
        AccessReports = "access_reports",
        /// The organisation's audit log.
        AuditLogs = "audit_logs",
        /// What was billed.
        BillingHistory = "billing_history",
        /// How far each requirement is met.
        ComplianceStatus = "compliance_status",
        /// Controls and who answers for them.
        Controls = "controls",
        /// Where what is differs from what should be.
        Drift = "drift",
        /// Files that show that a control works.
        Evidence = "evidence",
        /// What may differ from a rule, until when.
        Exceptions = "exceptions",
        /// What an audit found.
        Findings = "findings",
        /// What went wrong, and what was done.
        Incidents = "incidents",
        /// Invoices.
        Invoices = "invoices",
        /// Packages of evidence.
        Packages = "packages",
        /// Policies in force.
        Policies = "policies",
        /// Requests for information.
        Requests = "requests",
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

impl Resource {
    /// Reads the word, or the one alias that there is.
    ///
    /// # Errors
    /// As [`Resource::parse`].
    pub fn parse_alias(text: &str) -> Result<Self, UnknownWord> {
        if text == SECURITY_CONFIG_ALIAS { Ok(Resource::SecurityConfig) } else { Self::parse(text) }
    }

    /// Whether a filter by vendors says anything about it.
    pub const fn has_vendors(self) -> bool {
        matches!(
            self,
            Resource::AccessEntitlements
                | Resource::Drift
                | Resource::Evidence
                | Resource::Exceptions
                | Resource::Findings
                | Resource::Risks
                | Resource::Vendors
        )
    }
}

/// On what a level of access can be given; vendors come with what they are a filter of.
const OF_LEVELS: &[Resource] = &[
    Resource::Controls,
    Resource::Evidence,
    Resource::Incidents,
    Resource::Policies,
    Resource::Risks,
    Resource::Soa,
    Resource::Vendors,
];

/// What a grant allows: every capability on every type of resource, less what its filters leave out. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    bundles: BTreeSet<Bundle>,
    capabilities: BTreeSet<Capability>,
    resources: BTreeSet<Resource>,
    filters: Filters,
}

impl Scope {
    /// What a bundle expands to by itself: seeing and exporting for the kinds of audit, evidence only for the levels,
    /// the one permission for the permissions.
    ///
    /// # Errors
    /// [`ScopeError::Custom`]: what is chosen one by one has no set of its own.
    pub fn of_bundle(bundle: Bundle) -> Result<Self, ScopeError> {
        if let Some(level) = Level::ALL.iter().find(|level| level.bundle() == bundle) {
            return Self::of_level(*level, []);
        }
        if let Some(permission) = InvitePermission::ALL.iter().find(|permission| permission.bundle() == bundle) {
            return Self::of_permissions([*permission]);
        }
        let capabilities = BTreeSet::from([Capability::Export, Capability::View]);
        Self::of_parts(BTreeSet::from([bundle]), capabilities, bundle::of_audit(bundle)?, Filters::default())
    }

    /// A level on types of resource; on evidence only where none is named (S5-82).
    ///
    /// # Errors
    /// [`ScopeError::NotOfLevels`] for a type of resource that levels do not give.
    pub fn of_level(level: Level, resources: impl IntoIterator<Item = Resource>) -> Result<Self, ScopeError> {
        let mut resources: BTreeSet<Resource> = resources.into_iter().collect();
        if let Some(resource) = resources.iter().find(|resource| !OF_LEVELS.contains(resource)) {
            return Err(ScopeError::NotOfLevels { resource: *resource });
        }
        if resources.is_empty() {
            resources.insert(Resource::Evidence);
        }
        let capabilities = level.capabilities().iter().copied().collect();
        Self::of_parts(BTreeSet::from([level.bundle()]), capabilities, resources, Filters::default())
    }

    /// The permissions ticked, taken together.
    ///
    /// # Errors
    /// [`ScopeError::NoCapability`], where none is.
    pub fn of_permissions(permissions: impl IntoIterator<Item = InvitePermission>) -> Result<Self, ScopeError> {
        let (mut bundles, mut capabilities, mut resources) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for permission in permissions {
            let sets = permission.sets();
            bundles.insert(permission.bundle());
            capabilities.extend(sets.0);
            resources.extend(sets.1);
        }
        Self::of_parts(bundles, capabilities, resources, Filters::default())
    }

    /// Sets chosen one by one, as words; order and repetition do not matter.
    ///
    /// # Errors
    /// [`ScopeError::Unknown`] for a word that is no capability or type of resource, or an empty set.
    pub fn custom<'a>(
        capabilities: impl IntoIterator<Item = &'a str>,
        resources: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ScopeError> {
        let capabilities = capabilities.into_iter().map(Capability::parse).collect::<Result<_, _>>()?;
        let resources = resources.into_iter().map(Resource::parse_alias).collect::<Result<_, _>>()?;
        Self::of_parts(BTreeSet::from([Bundle::Custom]), capabilities, resources, Filters::default())
    }

    /// The same, less what the filters leave out.
    ///
    /// # Errors
    /// [`ScopeError::VendorsWithoutUse`] where vendors are named and nothing in scope belongs to one (S5-19), or
    /// [`ScopeError::VendorsTooMany`].
    pub fn limited_to(self, filters: Filters) -> Result<Self, ScopeError> {
        Self::of_parts(self.bundles, self.capabilities, self.resources, filters)
    }

    /// The one place where a scope is made, from a form or from the log.
    pub(super) fn of_parts(
        bundles: BTreeSet<Bundle>,
        capabilities: BTreeSet<Capability>,
        resources: BTreeSet<Resource>,
        filters: Filters,
    ) -> Result<Self, ScopeError> {
        if capabilities.is_empty() {
            return Err(ScopeError::NoCapability);
        }
        if resources.is_empty() {
            return Err(ScopeError::NoResource);
        }
        if !filters.vendors.is_empty() && !resources.iter().any(|resource| resource.has_vendors()) {
            return Err(ScopeError::VendorsWithoutUse);
        }
        if VENDORS_MAX < filters.vendors.len() {
            return Err(ScopeError::VendorsTooMany { found: filters.vendors.len() });
        }
        Ok(Self { bundles, capabilities, resources, filters })
    }

    pub(super) fn into_parts(self) -> (BTreeSet<Bundle>, BTreeSet<Capability>, BTreeSet<Resource>, Filters) {
        (self.bundles, self.capabilities, self.resources, self.filters)
    }

    /// The names that the sets came from; never empty.
    pub fn bundles(&self) -> &BTreeSet<Bundle> {
        &self.bundles
    }

    /// What the auditor may do; never empty.
    pub fn capabilities(&self) -> &BTreeSet<Capability> {
        &self.capabilities
    }

    /// On which types of resource; never empty.
    pub fn resources(&self) -> &BTreeSet<Resource> {
        &self.resources
    }

    /// What of them is left out.
    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    /// The vendors that it is limited to; empty where it is not.
    pub fn vendors(&self) -> &BTreeSet<VendorId> {
        &self.filters.vendors
    }

    /// Whether it gives the capability on the type of resource, filters aside: what tabs and buttons ask.
    ///
    /// To see what evidence there is, either of the two ways to be allowed to see it suffices.
    pub fn gives(&self, capability: Capability, resource: Resource) -> bool {
        let has = |capability| self.capabilities.contains(&capability);
        let is_seeing = matches!(capability, Capability::View | Capability::ViewEvidence);
        let may = if resource == Resource::Evidence && is_seeing {
            has(Capability::View) || has(Capability::ViewEvidence)
        } else {
            has(capability)
        };
        may && self.resources.contains(&resource)
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
    /// A type of resource that belongs to a kind of audit.
    #[error("a level of access does not reach {resource}")]
    NotOfLevels {
        /// Which.
        resource: Resource,
    },
    /// A filter that would leave nothing out.
    #[error("vendors limit a grant only where evidence, risks or vendors are in scope")]
    VendorsWithoutUse,
    /// More than an entry has room for.
    #[error("a grant is limited to at most {VENDORS_MAX} vendors, not {found}")]
    VendorsTooMany {
        /// How many there are.
        found: usize,
    },
}
