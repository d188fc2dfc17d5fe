//! `POST /v1/orgs/{org}/events`: takes in what happened elsewhere, one event or a batch, all or nothing.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use ledger::name::Origin;
use serde_json::Value;
use store::append::{EVENTS_PER_REQUEST_MAX, ExpectedVersion, LogId, NewEvent};
use store::open::Ledger;
use store::vault;

use crate::app::App;
use crate::auth::{Caller, EventsWrite};
use crate::error::{Error, Problem, Result};
use crate::idempotency::Key;
use crate::ingest::{AuditEvent, Refused, persons_of};
use crate::json::{Json, Members};
use crate::v1::event_body::Requested;
use crate::v1::recorded::{self, Answer};

/// A batch of 1,000 events of 8 KiB each. Larger ones are sent as two.
const BODY_BYTES_MAX: usize = 8 << 20;

/// Records events.
///
/// The body is one event, or `{"events": […]}` with up to 1,000 of them, which are recorded together or not at all.
/// Send an `Idempotency-Key`, and the request can be repeated safely.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/events",
    tag = "events",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Requested,
    security(("api_key" = ["events:write"])),
    responses(
        (status = 201, description = "Recorded", body = Answer),
        (status = 401, description = "No good API key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Another organisation", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The idempotency key stands for another request", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Larger than 8 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A rule is broken; nothing was recorded", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    caller: Caller<EventsWrite>,
    State(app): State<App>,
    key: Key,
    body: Json<BODY_BYTES_MAX>,
) -> Result<Response> {
    let idempotency = key.of(&caller, body.request_sha256);
    let events = read(body.value)?.into_iter().map(|located| located.received_by(&caller.id)).collect();
    let drafts = draft(app.ledger(), caller.log, &caller.origin, events).await?;
    let appended = app.ledger().append(caller.log, drafts, ExpectedVersion::Any, idempotency).await?;
    Ok(recorded::created(&caller.origin, &appended))
}

/// An event and where in the body it stands.
struct Located {
    pointer: String,
    event: AuditEvent,
}

impl Located {
    fn received_by(self, api_key: &str) -> Self {
        Self { event: self.event.received_by(api_key), ..self }
    }
}

/// Reads the body: an event, or `{"events": […]}`.
fn read(body: Value) -> Result<Vec<Located>> {
    if body.get("events").is_none() {
        return Ok(vec![read_one(String::new(), body)?]);
    }
    let mut members = Members::of("", body)?;
    let elements = members.elements("events")?;
    members.finish()?;
    if !(1..=EVENTS_PER_REQUEST_MAX).contains(&elements.len()) {
        return Err(Error::invalid("/events", format!("must have 1 to {EVENTS_PER_REQUEST_MAX} events")));
    }
    elements.into_iter().map(|(pointer, event)| read_one(pointer, event)).collect()
}

fn read_one(pointer: String, event: Value) -> Result<Located> {
    match AuditEvent::read(event) {
        Ok(event) => Ok(Located { pointer, event }),
        Err(Refused { pointer: within, rule }) => Err(Error::invalid(format!("{pointer}{within}"), rule)),
    }
}

/// Makes drafts of events, with a data key for each person that they are about.
async fn draft(ledger: &Ledger, log: LogId, origin: &Origin, events: Vec<Located>) -> Result<Vec<NewEvent>> {
    let persons = persons_of(events.iter().map(|located| &located.event));
    let keys = if persons.is_empty() {
        HashMap::new()
    } else {
        let mut connection = ledger.reader().acquire().await?;
        vault::keys_of(&mut connection, log, &persons).await?
    };
    let draft_one = |Located { pointer, event }| match event.into_draft(origin, &keys, random_nonce) {
        Ok(draft) => Ok(NewEvent::from(draft)),
        Err(error) => Err(Error::invalid(pointer, error.to_string())),
    };
    events.into_iter().map(draft_one).collect()
}

fn random_nonce() -> [u8; 24] {
    let mut nonce = [0; 24];
    getrandom::fill(&mut nonce).expect("the system has randomness");
    nonce
}
