//! The audit event of the auditor access by magic link.

use domain::alias::System;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::facts::Facts;

/// An entry as the auditor access by magic link has it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct S5 {
    /// The entry's id.
    pub id: String,
    /// The organisation's id.
    pub org_id: String,
    /// When it was recorded.
    pub created_at: String,
    /// For example `ACCEPT_INVITE`; the entry's type where there is no such name for it.
    pub action: String,
    /// `auditor` for what an auditor did or tried; else what kind of actor it was.
    pub source: &'static str,
    /// The grant.
    pub access_id: Option<String>,
    /// The address of who acted; null where there is none, where it was erased, and to whom it is not shown.
    pub email: Option<String>,
    /// The auditor's firm.
    pub firm: Option<String>,
    /// Where the request came from; null like the address.
    pub ip: Option<String>,
    /// What the program said it was; null likewise.
    pub user_agent: Option<String>,
    /// `success` or `failure`.
    pub outcome: &'static str,
    /// The entry's detail.
    pub metadata: Value,
}

pub(super) fn of(facts: &Facts) -> S5 {
    let entry = &facts.entry;
    // Whoever came with a link that opened nothing is no auditor that is known, and came as one.
    let is_auditors = facts.is_by_auditor() || entry.event_type.as_str() == "auditor.invite.accept_attempted";
    S5 {
        id: entry.id.to_string(),
        org_id: facts.organisation.to_string(),
        created_at: entry.time.to_string(),
        action: facts.name_in(System::S5),
        source: if is_auditors { "auditor" } else { entry.actor.kind.as_str() },
        access_id: facts.grant.as_ref().map(|(grant, _)| grant.to_string()),
        email: facts.actor_email.clone(),
        firm: facts.granted_text("firm"),
        ip: facts.ip.clone(),
        user_agent: facts.user_agent.clone(),
        outcome: entry.outcome.as_str(),
        metadata: facts.detail.clone(),
    }
}
