//! What a consumer refuses, against a real nats-server with messages that the relay would not send.

use crate::support::TestLog;
use crate::support::nats::Nats;
use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::Config;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::entry::Entry;
use projections::consumer::{ConsumeError, Consumer};
use projections::relay::{HASH, INDEX, KEY_ID, SIGNATURE, stream_name, subjects};
use store::Committed;

/// Server, its client, and the entries of a log of five, in a stream that is empty.
async fn prepared() -> (Nats, Context, Vec<Committed>) {
    let log = TestLog::open().await;
    log.append(0, 4).await;
    let nats = Nats::start().await;
    let jetstream = nats.jetstream().await;
    let config = Config { name: stream_name("acme"), subjects: vec![subjects("acme")], ..Config::default() };
    jetstream.create_stream(config).await.unwrap();
    (nats, jetstream, log.entries().await)
}

fn headers(entry: &Committed) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(INDEX, entry.index.to_string());
    headers.insert(HASH, entry.hash.to_string());
    headers.insert(SIGNATURE, STANDARD.encode(entry.signature));
    headers.insert(KEY_ID, Entry::parse(&entry.bytes).unwrap().keyid.to_string());
    headers
}

async fn publish(jetstream: &Context, headers: HeaderMap, bytes: &[u8]) {
    let sent = jetstream.publish_with_headers("countersign.acme.test.sent", headers, bytes.to_vec().into()).await;
    sent.unwrap().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_is_dropped_and_a_gap_is_refused() {
    let (_nats, jetstream, entries) = prepared().await;
    for index in [0, 1, 0, 1, 2, 4] {
        publish(&jetstream, headers(&entries[index]), &entries[index].bytes).await;
    }
    let mut consumer = Consumer::open(&jetstream, "acme", 0).await.unwrap();
    for index in 0..3 {
        assert_eq!(consumer.next().await.unwrap().index, index);
    }
    assert!(matches!(consumer.next().await, Err(ConsumeError::Gap { expected: 3, found: 4 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_not_what_the_headers_say_are_refused() {
    let (_nats, jetstream, entries) = prepared().await;
    publish(&jetstream, headers(&entries[0]), &entries[1].bytes).await;
    let refused = Consumer::open(&jetstream, "acme", 0).await.unwrap().next().await;
    assert!(matches!(refused, Err(ConsumeError::Contradiction { index: 0, what: "its own sequence" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_hash_is_refused() {
    let (_nats, jetstream, entries) = prepared().await;
    let mut headers = headers(&entries[0]);
    headers.insert(HASH, entries[1].hash.to_string());
    publish(&jetstream, headers, &entries[0].bytes).await;
    let refused = Consumer::open(&jetstream, "acme", 0).await.unwrap().next().await;
    assert!(matches!(refused, Err(ConsumeError::Contradiction { index: 0, what: "its hash" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_an_index_is_refused() {
    let (_nats, jetstream, entries) = prepared().await;
    publish(&jetstream, HeaderMap::new(), &entries[0].bytes).await;
    let refused = Consumer::open(&jetstream, "acme", 0).await.unwrap().next().await;
    assert!(matches!(refused, Err(ConsumeError::Header(INDEX))));
}
