//! The body of `POST …/events` as the description of the interface shows it. It is read by [`crate::ingest`], member by
//! member, so that a refusal names the place.
#![expect(dead_code, reason = "these types describe a body, nothing is made of them")]

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

/// Either one event, or several.
#[derive(ToSchema)]
#[expect(clippy::large_enum_variant, reason = "no value of it is made")]
#[serde(untagged)]
pub enum Requested {
    /// One event.
    One(NewEvent),
    /// Several events, recorded together or not at all.
    Several(Batch),
}

/// Events that are recorded together or not at all.
#[derive(ToSchema)]
pub struct Batch {
    /// In the order in which they are recorded.
    #[schema(min_items = 1, max_items = 1000)]
    events: Vec<NewEvent>,
}

/// Something that happened.
#[derive(ToSchema)]
pub struct NewEvent {
    /// What happened: `<resource>.<verb>`.
    #[schema(example = "user.password_changed", pattern = "^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)+$")]
    #[serde(rename = "type")]
    kind: String,
    /// The version of the shape of `detail`; 1 where it is left out.
    #[schema(minimum = 1, maximum = 2_147_483_647, example = 1)]
    version: Option<u32>,
    /// To what it happened.
    #[schema(example = "user/4711", pattern = "^[a-z][a-z0-9_]*/[A-Za-z0-9._:/-]{1,200}$")]
    subject: String,
    /// Who did it.
    actor: EventActor,
    /// Whether it came about.
    outcome: EventOutcome,
    /// On failure, and only then: why.
    #[schema(pattern = "^[a-z][a-z0-9_]*$", example = json!(null))]
    reason: Option<String>,
    /// From where.
    context: Option<EventContext>,
    /// The event's own payload: nothing personal, and of numbers only integers within ±(2^53 − 1).
    #[schema(value_type = Option<Object>)]
    detail: Option<BTreeMap<String, Value>>,
    /// Values about people, sealed in the log under a key per person and erased by destroying that key.
    personal: Option<EventPersonal>,
    /// What the source calls the event; recorded as `detail.ingest`.
    source: Option<EventSource>,
}

/// Whether what was tried came about.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventOutcome {
    /// It did.
    Success,
    /// It did not.
    Failure,
}

/// Who acted.
#[derive(ToSchema)]
pub struct EventActor {
    /// What kind of actor.
    #[serde(rename = "type")]
    kind: EventActorType,
    /// An opaque id, no name and no address.
    #[schema(example = "4711", pattern = "^[A-Za-z0-9._:/-]{1,200}$")]
    id: String,
    /// The role at that time.
    role: Option<String>,
}

/// What kind of actor acted.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventActorType {
    /// A person of the organisation.
    User,
    /// A program.
    Service,
    /// Whoever holds an API key of the source.
    ApiKey,
}

/// From where it was done. An IP address and a user agent are personal.
#[derive(ToSchema)]
pub struct EventContext {
    /// The source's id of the request.
    request_id: Option<String>,
    /// The first 8 characters of the session's id, which is not its token.
    #[schema(max_length = 8)]
    session: Option<String>,
    /// Which program.
    service: Option<String>,
}

/// Values about people by name: `email`, `name`, `ip`, `user_agent` …
#[derive(ToSchema)]
pub struct EventPersonal {
    /// About who acted, sealed under the key of `actor.id`.
    actor: Option<BTreeMap<String, String>>,
    /// About who was acted on, sealed under the key of `subject`.
    subject: Option<BTreeMap<String, String>>,
}

/// What the source calls the event.
#[derive(ToSchema)]
pub struct EventSource {
    /// The source itself.
    name: Option<String>,
    /// The event's id there.
    id: Option<String>,
    /// The event's time there, in UTC.
    #[schema(example = "2026-01-31T09:30:00Z")]
    time: Option<String>,
}
