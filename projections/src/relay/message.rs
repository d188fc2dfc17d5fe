//! What an entry is on the wire: its exact bytes, and what to check them by in headers.

use async_nats::jetstream::message::PublishMessage;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::entry::Entry;
use ledger::name::Origin;
use store::Committed;
use store::logs::LogInfo;

/// The entry's place in the log, decimal.
pub const INDEX: &str = "Countersign-Index";
/// BLAKE3 of the bytes, hex.
pub const HASH: &str = "Countersign-Hash";
/// Ed25519 over the hash, base64 (spec §4).
pub const SIGNATURE: &str = "Countersign-Signature";
/// Id of the key that signs, hex.
pub const KEY_ID: &str = "Countersign-Keyid";

/// Subject and message of an entry. The message id is the same however often it is published.
pub(super) fn of(info: &LogInfo, recorded: &Committed) -> (String, PublishMessage) {
    let entry = Entry::parse(&recorded.bytes).expect("the feed has parsed it");
    let message = PublishMessage::build()
        .payload(recorded.bytes.to_vec().into())
        .message_id(message_id(&info.origin, recorded.index))
        .header("Content-Type", "application/cloudevents+json")
        .header(INDEX, recorded.index.to_string())
        .header(HASH, recorded.hash.to_string())
        .header(SIGNATURE, STANDARD.encode(recorded.signature))
        .header(KEY_ID, entry.keyid.to_string());
    (format!("countersign.{}.{}", info.slug, entry.event_type), message)
}

fn message_id(origin: &Origin, index: u64) -> String {
    format!("{origin}:{index}")
}
