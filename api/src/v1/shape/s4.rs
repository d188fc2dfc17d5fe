//! The event of the guide to audit logs.

use domain::alias::System;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::facts::Facts;

/// An entry as the guide to audit logs has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct S4 {
    /// The entry's place in the log, from 0, without gaps.
    pub id: u64,
    /// Who acted, by an opaque id.
    pub actor_id: String,
    /// Their address; null where there is none, where it was erased, and to whom it is not shown.
    pub actor_email: Option<String>,
    /// Where the request came from; null likewise.
    pub actor_ip: Option<String>,
    /// Their role at that time.
    pub actor_role: Option<String>,
    /// `<resource>.<verb>`, for example `user.signed_in`.
    pub action: String,
    /// `success` or `failure`.
    pub outcome: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// The kind of what it happened to.
    pub resource_type: String,
    /// Its id.
    pub resource_id: String,
    /// ISO 8601, in UTC.
    pub timestamp: String,
    /// Ties the entries of one request together.
    pub request_id: Option<String>,
    /// The first 8 characters of the session's id.
    pub session_id: Option<String>,
    /// The part of the system.
    pub service: Option<String>,
    /// The entry's detail, which holds no personal data and no secrets.
    pub metadata: Value,
    /// BLAKE3 of the bytes of the entry before, in hex.
    pub prev_hash: String,
    /// That of this entry.
    pub hash: String,
}

pub(super) fn of(facts: &Facts) -> S4 {
    let entry = &facts.entry;
    let (resource_type, resource_id) = facts.resource();
    S4 {
        id: entry.sequence,
        actor_id: entry.actor.id.clone(),
        actor_email: facts.actor_email.clone(),
        actor_ip: facts.ip.clone(),
        actor_role: entry.actor.role.clone(),
        action: facts.name_in(System::S4),
        outcome: entry.outcome.as_str(),
        failure_reason: entry.outcome.reason().map(str::to_owned),
        resource_type: resource_type.to_owned(),
        resource_id: resource_id.to_owned(),
        timestamp: entry.time.to_string(),
        request_id: entry.context.request_id.clone(),
        session_id: entry.context.session.clone(),
        service: entry.context.service.clone(),
        metadata: facts.detail.clone(),
        prev_hash: entry.prevhash.to_string(),
        hash: facts.hash.to_string(),
    }
}
