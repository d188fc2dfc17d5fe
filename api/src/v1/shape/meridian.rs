//! The entry of the auditor portal by audit cycle.

use domain::alias::System;
use ledger::entry::ActorType;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::facts::Facts;

/// An entry as the portal by audit cycle has it. Nobody's address stands in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meridian {
    /// The entry's id.
    pub id: String,
    /// When it was recorded.
    pub created_at: String,
    /// For example `auditor.invite.created`.
    pub action: String,
    /// `system` for an auditor, who is no user there.
    pub actor_type: &'static str,
    /// `system` for an auditor; else an opaque id.
    pub actor_id: String,
    /// The grant.
    pub invite_id: Option<String>,
    /// The first 8 characters of the session's id.
    pub session_prefix: Option<String>,
    /// What stands for the auditor's address: 16 digits that only whoever holds that person's data key can compute.
    pub email_hash: Option<String>,
    /// `success` or `failure`.
    pub outcome: &'static str,
    /// Why it failed.
    pub reason: Option<String>,
    /// Of an invite its `role` and `permissions`, of a revocation `killed_sessions`, of a download its `content_hash`; else
    /// the entry's detail.
    pub metadata: Value,
}

pub(super) fn of(facts: &Facts) -> Meridian {
    let entry = &facts.entry;
    let is_system = matches!(entry.actor.kind, ActorType::Auditor | ActorType::System);
    Meridian {
        id: entry.id.to_string(),
        created_at: entry.time.to_string(),
        action: facts.name_in(System::Meridian),
        actor_type: if is_system { "system" } else { entry.actor.kind.as_str() },
        actor_id: if is_system { "system" } else { &entry.actor.id }.to_owned(),
        invite_id: facts.grant.as_ref().map(|(grant, _)| grant.to_string()),
        session_prefix: entry.context.session.clone().or_else(|| facts.text("session")),
        email_hash: facts.text("email_hash").or_else(|| facts.granted_text("email_hash")),
        outcome: entry.outcome.as_str(),
        reason: entry.outcome.reason().map(str::to_owned),
        metadata: metadata(facts),
    }
}

fn metadata(facts: &Facts) -> Value {
    let detail = &facts.detail;
    match facts.entry.event_type.as_str() {
        "auditor.access.granted" => json!({ "role": detail["role_title"], "permissions": detail["bundles"] }),
        "auditor.access.revoked" => json!({ "killed_sessions": detail["sessions_ended"] }),
        "auditor.session.swept" => json!({ "killed_sessions": detail["count"] }),
        "auditor.evidence.downloaded" => json!({ "content_hash": detail["sha256"], "bytes": detail["bytes"] }),
        _ => detail.clone(),
    }
}
