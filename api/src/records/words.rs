//! What types of records hold.

use domain::access_grant::Resource;

/// What they hold, in a phrase.
pub(super) const fn holds(resource: Resource) -> &'static str {
    match resource {
        Resource::AccessEntitlements => "Which rights each person and program has",
        Resource::AccessReports => "Who has which access",
        Resource::AuditLogs => "What was recorded, with its proofs",
        Resource::BillingHistory => "What was billed",
        Resource::ComplianceStatus => "How far each requirement is met",
        Resource::Controls => "Controls, and who answers for them",
        Resource::Drift => "Where what is differs from what should be",
        Resource::Evidence => "Files that show that a control works",
        Resource::Exceptions => "What may differ from a rule, and until when",
        Resource::Findings => "What an audit found, and what follows",
        Resource::Incidents => "What went wrong, and what was done",
        Resource::Invoices => "What was charged, and to whom",
        Resource::Packages => "Packages of evidence",
        Resource::Policies => "Policies in force",
        Resource::Requests => "Requests for information",
        Resource::Risks => "Risks, and their treatment",
        Resource::SecurityConfig => "Settings that security depends on",
        Resource::Soa => "Which controls apply, and why",
        Resource::UsageReports => "How much was used",
        Resource::UserActivity => "What people did",
        Resource::Vendors => "Suppliers, and what they supply",
    }
}
