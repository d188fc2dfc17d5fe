//! What the domain's words mean, for people: in letters and on pages alike.

use domain::access_grant::{Bundle, Capability, Resource, RoleTitle};
use domain::invitation::{Delivery, LinkReuse, SecondFactor};

/// How many of something: `1 day`, `30 days`.
pub fn counted(count: impl Into<i64>, unit: &str) -> String {
    let count = count.into();
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// What a named set is for.
pub const fn bundle(bundle: Bundle) -> &'static str {
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

/// A named set in a word or two, for a column.
pub const fn bundle_short(bundle: Bundle) -> &'static str {
    match bundle {
        Bundle::Comment => "Comment",
        Bundle::Compliance => "Compliance",
        Bundle::Custom => "Custom",
        Bundle::DownloadPackage => "Packages",
        Bundle::Financial => "Financial",
        Bundle::Full => "Full (annual)",
        Bundle::FullAccess => "Full access",
        Bundle::ReadOnly => "Read-only",
        Bundle::Security => "Security",
        Bundle::SubmitIrl => "Requests",
        Bundle::ViewControls => "Controls",
        Bundle::ViewEvidence => "Evidence",
    }
}

/// What somebody may do.
pub const fn capability(capability: Capability) -> &'static str {
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

/// What somebody may do, and whether that can be done here by now.
pub fn capability_here(capability: Capability) -> String {
    let words = self::capability(capability);
    if capability.is_available() { words.to_owned() } else { format!("{words} (not yet available here)") }
}

/// What is recorded of a named set and not there by now; nothing where all of it is.
pub const fn bundle_ahead(bundle: Bundle) -> Option<&'static str> {
    match bundle {
        Bundle::Comment | Bundle::FullAccess => Some("comments are recorded, and not yet available here"),
        bundle if bundle.is_available() => None,
        _ => Some("recorded; not yet available here"),
    }
}

/// What a type of resource holds.
pub const fn resource(resource: Resource) -> &'static str {
    match resource {
        Resource::AccessEntitlements => "Access entitlements: which rights each person and program has",
        Resource::AccessReports => "Access reports: who has which access",
        Resource::AuditLogs => "Audit logs: what was recorded, with its proofs",
        Resource::BillingHistory => "Billing history: what was billed",
        Resource::ComplianceStatus => "Compliance status: how far each requirement is met",
        Resource::Controls => "Controls, and who answers for them",
        Resource::Drift => "Drift: where what is differs from what should be",
        Resource::Evidence => "Evidence: files that show that a control works",
        Resource::Exceptions => "Exceptions: what may differ from a rule, and until when",
        Resource::Findings => "Findings: what an audit found, and what follows",
        Resource::Incidents => "Incidents: what went wrong, and what was done",
        Resource::Invoices => "Invoices: what was charged, and to whom",
        Resource::Packages => "Packages of evidence",
        Resource::Policies => "Policies in force",
        Resource::Requests => "Requests for information",
        Resource::Risks => "Risks, and their treatment",
        Resource::SecurityConfig => "Security configuration: settings that security depends on",
        Resource::Soa => "Statement of applicability: which controls apply, and why",
        Resource::UsageReports => "Usage reports: how much was used",
        Resource::UserActivity => "User activity: what people did",
        Resource::Vendors => "Vendors: suppliers, and what they supply",
    }
}

/// A type of resource in a word or two, for tabs, heads and columns.
pub const fn resource_short(resource: Resource) -> &'static str {
    match resource {
        Resource::AccessEntitlements => "Access entitlements",
        Resource::AccessReports => "Access reports",
        Resource::AuditLogs => "Audit logs",
        Resource::BillingHistory => "Billing history",
        Resource::ComplianceStatus => "Compliance status",
        Resource::Controls => "Controls",
        Resource::Drift => "Drift",
        Resource::Evidence => "Evidence",
        Resource::Exceptions => "Exceptions",
        Resource::Findings => "Findings",
        Resource::Incidents => "Incidents",
        Resource::Invoices => "Invoices",
        Resource::Packages => "Packages",
        Resource::Policies => "Policies",
        Resource::Requests => "Requests",
        Resource::Risks => "Risks",
        Resource::SecurityConfig => "Security configuration",
        Resource::Soa => "Statement of applicability",
        Resource::UsageReports => "Usage reports",
        Resource::UserActivity => "User activity",
        Resource::Vendors => "Vendors",
    }
}

/// What an auditor is called (S2-08).
pub const fn role_title(role: RoleTitle) -> &'static str {
    match role {
        RoleTitle::Lead => "Lead Auditor",
        RoleTitle::Observer => "Observer",
        RoleTitle::Staff => "Staff Auditor",
    }
}

/// How an invitation reaches the auditor.
pub const fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Both => "By mail, and shown once to you",
        Delivery::Email => "By mail",
        Delivery::ShowOnce => "Shown once to you, who hands it on",
    }
}

/// How often a link works.
pub const fn link_reuse(reuse: LinkReuse) -> &'static str {
    match reuse {
        LinkReuse::Reusable => "Until the access ends",
        LinkReuse::SingleUse => "Once",
    }
}

/// What is asked for besides the link.
pub const fn second_factor(factor: SecondFactor) -> &'static str {
    match factor {
        SecondFactor::EmailCode => "A code sent to the auditor's address",
        SecondFactor::None => "Nothing",
    }
}
