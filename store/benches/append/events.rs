//! Events of 570 bytes, the same for every contender.

use ledger::draft::{Draft, DraftParts};
use ledger::entry::{Actor, ActorType, Context, Outcome};
use ledger::name::{EventType, Origin, Reference};
use serde_json::{Value, json};
use uuid::Uuid;

/// The type of every event.
pub(crate) const TYPE: &str = "record.viewed";
/// What every contender stores of an event. Entries of ours are not shorter: [`Event::draft`] makes sure.
pub(crate) const BYTES: usize = 570;

/// One event as every contender gets it.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) id: Uuid,
    pub(crate) stream: String,
    /// From 1.
    pub(crate) version: u32,
    /// What ours takes as the entry's detail.
    pub(crate) detail: Value,
    /// The event as one JSON document of as many bytes as the entry has, for those that store JSON.
    pub(crate) document: Value,
    /// As many bytes, for those that store bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Event {
    pub(crate) fn new(stream: &str, version: u32) -> Self {
        let detail = json!({ "note": "x".repeat(40), "record": "policy/7" });
        let document = json!({ "event": "x".repeat(BYTES - r#"{"event":""}"#.len()) });
        Self { id: Uuid::now_v7(), stream: stream.to_owned(), version, detail, document, bytes: vec![b'x'; BYTES] }
    }

    pub(crate) fn draft(&self, origin: &Origin) -> Draft {
        let parts = DraftParts {
            event_type: EventType::parse(TYPE).expect("well formed"),
            version: 1,
            subject: Reference::parse("record/policy/7").expect("well formed"),
            stream: Some(Reference::parse(&self.stream).expect("well formed")),
            actor: Actor { kind: ActorType::ApiKey, id: "bench".to_owned(), role: None },
            outcome: Outcome::Success,
            context: Context::default(),
            detail: self.detail.clone(),
            personal: Vec::new(),
        };
        let draft = Draft::new(origin, parts).expect("the bench's events are well formed");
        assert!(BYTES <= draft.bytes_max(), "the others would store more: {} bytes", draft.bytes_max());
        draft
    }
}

/// Rows in PostgreSQL's binary COPY format.
pub(crate) fn binary_copy(batch: &[Event], first_index: u64) -> Vec<u8> {
    let mut out = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    for (place, event) in batch.iter().enumerate() {
        out.extend(8_i16.to_be_bytes());
        field(&mut out, &[0; 16]);
        field(&mut out, &(first_index + place as u64).to_be_bytes());
        field(&mut out, event.id.as_bytes());
        field(&mut out, event.stream.as_bytes());
        field(&mut out, &event.version.to_be_bytes());
        field(&mut out, &event.bytes);
        field(&mut out, &[0; 32]);
        field(&mut out, &[0; 64]);
    }
    out.extend((-1_i16).to_be_bytes());
    out
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(i32::try_from(bytes.len()).expect("short").to_be_bytes());
    out.extend(bytes);
}

/// An aggregate for postgres-es, which wants one as a type: what it stores does not depend on it.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Nothing;

impl cqrs_es::Aggregate for Nothing {
    const TYPE: &'static str = "bench";
    type Command = ();
    type Event = NoEvent;
    type Error = std::convert::Infallible;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), _: &cqrs_es::event_sink::EventSink<Self>) -> Result<(), Self::Error> {
        Ok(())
    }

    fn apply(&mut self, _: NoEvent) {}
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct NoEvent;

impl cqrs_es::DomainEvent for NoEvent {
    fn event_type(&self) -> String {
        TYPE.to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
