//! The entries that a log writes about itself (spec §2, §7).

use ledger::draft::{Draft, DraftError, DraftParts};
use ledger::entry::{Actor, ActorType, Context, Heartbeat, Opened, Outcome, StreamAttested};
use ledger::history::Rotation;
use ledger::name::{EventType, Origin, Reference};
use serde_json::Value;

/// Entry 0: the log's three keys.
pub fn opened(origin: &Origin, keys: &Opened) -> Result<Draft, DraftError> {
    of_the_log(origin, "ledger.opened", keys.detail(origin))
}

/// A sign of life with the newest checkpoint and the number of key entries before it.
pub fn heartbeat(origin: &Origin, heartbeat: &Heartbeat) -> Result<Draft, DraftError> {
    of_the_log(origin, "ledger.heartbeat", heartbeat.detail())
}

/// What a stream's highest version is here.
pub fn stream_attested(origin: &Origin, attested: &StreamAttested) -> Result<Draft, DraftError> {
    by_the_system(origin, "stream.attested", attested.stream.clone(), attested.detail())
}

/// A rotation at a place that both keys sign.
pub fn key_rotated(rotation: &Rotation<'_>) -> Result<Draft, DraftError> {
    of_the_log(rotation.origin, "ledger.key.rotated", rotation.detail())
}

/// An event of type `ledger.…` by the system about the log itself.
pub fn of_the_log(origin: &Origin, event_type: &str, detail: Value) -> Result<Draft, DraftError> {
    let log = Reference::parse(&format!("ledger/{origin}")).expect("an origin is at most 200 characters of that form");
    by_the_system(origin, event_type, log, detail)
}

fn by_the_system(origin: &Origin, event_type: &str, subject: Reference, detail: Value) -> Result<Draft, DraftError> {
    let parts = DraftParts {
        event_type: EventType::parse(event_type).expect("our own types are well formed"),
        version: 1,
        subject,
        stream: None,
        actor: Actor { kind: ActorType::System, id: "countersign".to_owned(), role: None },
        outcome: Outcome::Success,
        context: Context::default(),
        detail,
        personal: Vec::new(),
    };
    Draft::new(origin, parts)
}
