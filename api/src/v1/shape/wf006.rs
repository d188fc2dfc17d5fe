//! The entry of the grant workflow WF-006.

use domain::alias::System;
use ledger::entry::ActorType;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::facts::Facts;

/// What a grant is called there.
const GRANT: &str = "auditor_access";

/// An entry as WF-006 stores it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Wf006 {
    /// The entry's id.
    pub id: String,
    /// The organisation's id.
    pub organization_id: String,
    /// `admin` for a member of the organisation; else `auditor`, `api_key`, `service` or `system`.
    pub actor_type: &'static str,
    /// An opaque id.
    pub actor_id: String,
    /// `auditor_access_granted`; else the entry's type.
    pub action: String,
    /// `auditor_access` for a grant; else the first part of the entry's subject.
    pub resource_type: String,
    /// Of a grant `auditor_email`, null to whom it is not shown, `scope` and `expires_at`; else the entry's detail.
    pub details: Value,
    /// When it was recorded.
    pub created_at: String,
}

pub(super) fn of(facts: &Facts) -> Wf006 {
    let entry = &facts.entry;
    let (kind, _) = facts.resource();
    Wf006 {
        id: entry.id.to_string(),
        organization_id: facts.organisation.to_string(),
        actor_type: match entry.actor.kind {
            ActorType::User => "admin",
            other => other.as_str(),
        },
        actor_id: entry.actor.id.clone(),
        action: facts.name_in(System::Wf006),
        resource_type: if kind == "access_grant" { GRANT } else { kind }.to_owned(),
        details: details(facts),
        created_at: entry.time.to_string(),
    }
}

fn details(facts: &Facts) -> Value {
    if facts.entry.event_type.as_str() != "auditor.access.granted" {
        return facts.detail.clone();
    }
    let bundles = facts.detail["bundles"].as_array().into_iter().flatten();
    let scope: Vec<&str> = bundles.filter_map(Value::as_str).collect();
    json!({
        "auditor_email": facts.auditor_email,
        "scope": scope.join(", "),
        "expires_at": facts.detail["expires_at"],
    })
}
