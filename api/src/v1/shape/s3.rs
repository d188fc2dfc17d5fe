//! The entry of continuous compliance.

use domain::alias::System;
use ledger::entry::ActorType;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::facts::Facts;

/// An entry as continuous compliance has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct S3 {
    /// The entry's id.
    pub id: String,
    /// When it was recorded.
    pub timestamp: String,
    /// `access_granted`, `access_revoked` or `policy_updated`; else the entry's type.
    pub event_type: String,
    /// Whose access it is about, by an opaque id.
    pub user: Option<String>,
    /// What it happened to.
    pub resource: String,
    /// The last part of the entry's type.
    pub action: String,
    /// Who acted, by an opaque id; `system` for the ledger itself.
    pub actor: String,
    /// Why it failed, or why it was done where that was said.
    pub reason: Option<String>,
    /// The entry's detail.
    pub metadata: Value,
    /// Where the log and the stream stood with it: with these, whoever reads the log has every earlier state.
    pub system_state: Value,
    /// BLAKE3 of the entry's bytes, in hex.
    pub hash: String,
    /// That of the entry before.
    pub previous_hash: String,
}

pub(super) fn of(facts: &Facts) -> S3 {
    let entry = &facts.entry;
    let name = entry.event_type.as_str();
    let is_system = entry.actor.kind == ActorType::System;
    S3 {
        id: entry.id.to_string(),
        timestamp: entry.time.to_string(),
        event_type: facts.name_in(System::S3),
        user: user(facts),
        resource: entry.subject.to_string(),
        action: name.rsplit('.').next().unwrap_or(name).to_owned(),
        actor: if is_system { "system" } else { &entry.actor.id }.to_owned(),
        reason: entry.outcome.reason().map(str::to_owned).or_else(|| facts.text("note")),
        metadata: facts.detail.clone(),
        system_state: json!({
            "log": entry.origin.to_string(),
            "sequence": entry.sequence,
            "stream": entry.stream.as_ref().map(|place| place.stream.to_string()),
            "stream_version": entry.stream.as_ref().map(|place| place.version),
        }),
        hash: facts.hash.to_string(),
        previous_hash: entry.prevhash.to_string(),
    }
}

/// The auditor of the grant, or the member that it is about.
fn user(facts: &Facts) -> Option<String> {
    let (kind, id) = facts.resource();
    let member = ["member", "user"].contains(&kind).then(|| id.to_owned());
    facts.text("person").or_else(|| facts.granted_text("person")).or(member)
}
