//! Named sets of capabilities and resources, and what they expand to.
//!
//! A grant records both, the names and the sets: the names say what was meant, the sets what is allowed, also
//! when a bundle expands to something else one day.

use std::collections::BTreeSet;

use super::scope::{Capability, Resource, ScopeError};
use crate::name::words;

words! {
    /// A named set of capabilities and resources: four kinds of audit, three levels, four permissions.
    pub enum Bundle("bundle") {
        /// The level that may write comments.
        Comment = "comment",
        /// SOC 2, ISO 27001 and GDPR audits.
        Compliance = "compliance",
        /// No bundle: the sets were chosen one by one.
        Custom = "custom",
        /// The permission to download packages of evidence.
        DownloadPackage = "download_package",
        /// Financial and SOX audits.
        Financial = "financial",
        /// Annual audits of everything that the other three kinds of audit see. Not the level of that name.
        Full = "full",
        /// The level that may also download files.
        FullAccess = "full_access",
        /// The level that may only look.
        ReadOnly = "read_only",
        /// Security audits and reviews of penetration tests.
        Security = "security",
        /// The permission to hand in lists of requested information.
        SubmitIrl = "submit_irl",
        /// The permission to see controls and the overview of the engagement.
        ViewControls = "view_controls",
        /// The permission to see evidence and download its files.
        ViewEvidence = "view_evidence",
    }
}

words! {
    /// How much an auditor may do; on what is chosen beside it. Each includes the one before: read-only, comment, full.
    pub enum Level("level of access") {
        /// Look, and write comments, with evidence attached that is already there.
        Comment = "comment",
        /// All that, and download files.
        FullAccess = "full_access",
        /// Look; neither downloads nor exports.
        ReadOnly = "read_only",
    }
}

words! {
    /// What can be ticked when an auditor is invited to an engagement. At least one is.
    pub enum InvitePermission("permission") {
        /// Download packages of evidence. Recorded; what it opens is not there yet.
        DownloadPackage = "download_package",
        /// Hand in lists of requested information. Recorded; what it opens is not there yet.
        SubmitIrl = "submit_irl",
        /// See controls, and the overview of the engagement.
        ViewControls = "view_controls",
        /// See evidence, and download its files one by one.
        ViewEvidence = "view_evidence",
    }
}

words! {
    /// What an auditor is called on an engagement. A label: permissions decide what is allowed (S2-09).
    pub enum RoleTitle("role") {
        /// Lead auditor.
        Lead = "lead",
        /// Observer.
        Observer = "observer",
        /// Staff auditor.
        Staff = "staff",
    }
}

impl Bundle {
    /// Whether everything that it opens is there; what it names is recorded in either case.
    pub const fn is_available(self) -> bool {
        !matches!(self, Bundle::DownloadPackage | Bundle::SubmitIrl)
    }
}

impl Level {
    /// The name that is recorded.
    pub const fn bundle(self) -> Bundle {
        match self {
            Level::Comment => Bundle::Comment,
            Level::FullAccess => Bundle::FullAccess,
            Level::ReadOnly => Bundle::ReadOnly,
        }
    }

    pub(super) const fn capabilities(self) -> &'static [Capability] {
        match self {
            Level::ReadOnly => &[Capability::View, Capability::ViewEvidence],
            Level::Comment => &[Capability::Attach, Capability::Comment, Capability::View, Capability::ViewEvidence],
            Level::FullAccess => &[
                Capability::Attach,
                Capability::Comment,
                Capability::Download,
                Capability::View,
                Capability::ViewEvidence,
            ],
        }
    }
}

impl InvitePermission {
    /// The name that is recorded.
    pub const fn bundle(self) -> Bundle {
        match self {
            InvitePermission::DownloadPackage => Bundle::DownloadPackage,
            InvitePermission::SubmitIrl => Bundle::SubmitIrl,
            InvitePermission::ViewControls => Bundle::ViewControls,
            InvitePermission::ViewEvidence => Bundle::ViewEvidence,
        }
    }

    // Each brings a type of resource of its own, so that one never widens another: with controls and packages ticked,
    // evidence stays closed.
    pub(super) const fn sets(self) -> (&'static [Capability], &'static [Resource]) {
        match self {
            InvitePermission::DownloadPackage => (&[Capability::DownloadPackage], &[Resource::Packages]),
            InvitePermission::SubmitIrl => (&[Capability::SubmitIrl], &[Resource::Requests]),
            InvitePermission::ViewControls => (&[Capability::View], &[Resource::Controls]),
            InvitePermission::ViewEvidence => {
                (&[Capability::Download, Capability::ViewEvidence], &[Resource::Evidence])
            }
        }
    }
}

impl RoleTitle {
    /// What a form proposes for it; whoever invites decides.
    pub const fn suggested(self) -> &'static [InvitePermission] {
        match self {
            RoleTitle::Lead => InvitePermission::ALL,
            RoleTitle::Staff => {
                &[InvitePermission::SubmitIrl, InvitePermission::ViewControls, InvitePermission::ViewEvidence]
            }
            RoleTitle::Observer => &[InvitePermission::ViewControls],
        }
    }
}

const COMPLIANCE: &[Resource] =
    &[Resource::AccessReports, Resource::AuditLogs, Resource::ComplianceStatus, Resource::UserActivity];
const FINANCIAL: &[Resource] = &[Resource::BillingHistory, Resource::Invoices, Resource::UsageReports];
const SECURITY: &[Resource] = &[Resource::AccessReports, Resource::AuditLogs, Resource::SecurityConfig];

/// What a kind of audit sees and may export.
///
/// # Errors
/// [`ScopeError::Custom`]; a level and a permission are no kinds of audit either, see [`super::Scope::of_bundle`].
pub(super) fn of_audit(bundle: Bundle) -> Result<BTreeSet<Resource>, ScopeError> {
    let lists: &[&[Resource]] = match bundle {
        Bundle::Compliance => &[COMPLIANCE],
        Bundle::Financial => &[FINANCIAL],
        Bundle::Security => &[SECURITY],
        Bundle::Full => &[COMPLIANCE, FINANCIAL, SECURITY],
        _ => return Err(ScopeError::Custom),
    };
    Ok(lists.concat().into_iter().collect())
}
