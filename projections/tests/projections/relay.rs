//! The relay and its consumer, against a real nats-server that is killed, wiped and purged.

use std::time::{Duration, Instant};

use crate::support::nats::Nats;
use crate::support::{Running, TestLog, eventually};
use async_nats::jetstream::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::entry::Entry;
use projections::consumer::Consumer;
use projections::relay::{self, HASH, INDEX, KEY_ID, SIGNATURE, Settings, stream_name};
use store::{Committed, Ledger};

const STREAM: &str = "countersign-acme";

fn start(ledger: &Ledger, nats: &Nats, duplicate_window: Duration) -> Running {
    let look_every = Duration::from_millis(200);
    let settings = Settings { duplicate_window, look_every, ..Settings::new(nats.url()) };
    let ledger = ledger.clone();
    Running::start(|stop| relay::run(ledger, settings, stop))
}

fn short_window() -> Duration {
    Duration::from_secs(1)
}

/// Waits until the stream holds as many messages as the log has entries, and compares each of them with its entry.
async fn stream_equals_log(jetstream: &Context, log: &TestLog) -> Vec<Committed> {
    let entries = log.entries().await;
    eventually("the stream has every entry", async || {
        let stream = jetstream.get_stream(STREAM).await.ok()?;
        (stream.get_info().await.ok()?.state.messages == entries.len() as u64).then_some(())
    })
    .await;
    let stream = jetstream.get_stream(STREAM).await.unwrap();
    let state = stream.get_info().await.unwrap().state;
    assert_eq!(state.last_sequence - state.first_sequence + 1, entries.len() as u64, "no message was taken out");
    for (sequence, entry) in (state.first_sequence..).zip(&entries) {
        let message = stream.get_raw_message(sequence).await.unwrap();
        assert_eq!(*message.payload, *entry.bytes, "the exact bytes, in order");
        let parsed = Entry::parse(&entry.bytes).unwrap();
        assert_eq!(message.subject.as_str(), format!("countersign.acme.{}", parsed.event_type));
        let header = |name: &str| message.headers.get(name).map(|value| value.as_str().to_owned());
        assert_eq!(header("Content-Type").unwrap(), "application/cloudevents+json");
        assert_eq!(header("Nats-Msg-Id").unwrap(), format!("ledger.example.com/acme:{}", entry.index));
        assert_eq!(header(INDEX).unwrap(), entry.index.to_string());
        assert_eq!(header(HASH).unwrap(), entry.hash.to_string());
        assert_eq!(header(SIGNATURE).unwrap(), STANDARD.encode(entry.signature));
        assert_eq!(header(KEY_ID).unwrap(), parsed.keyid.to_string());
    }
    entries
}

/// Reads on to the end of what was appended, and compares.
async fn consume(consumer: &mut Consumer, entries: &[Committed]) {
    while consumer.next_index() < entries.len() as u64 {
        let next = tokio::time::timeout(Duration::from_secs(30), consumer.next()).await.expect("it comes").unwrap();
        let entry = &entries[usize::try_from(next.index).unwrap()];
        assert_eq!((next.bytes, next.hash, next.signature), (entry.bytes.clone(), entry.hash, entry.signature));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_and_wiped_server_is_given_the_whole_log_again() {
    let log = TestLog::open().await;
    log.append(0, 600).await;
    let mut nats = Nats::start().await;
    let relay = start(&log.ledger, &nats, short_window());
    let jetstream = nats.jetstream().await;
    let entries = stream_equals_log(&jetstream, &log).await;
    let mut consumer = Consumer::open(&jetstream, "acme", 0).await.unwrap();
    consume(&mut consumer, &entries).await;

    nats.kill();
    nats.wipe(STREAM);
    log.append(600, 150).await;
    nats.restart();
    let jetstream = nats.jetstream().await;
    let entries = stream_equals_log(&jetstream, &log).await;
    // Who was there before sees only what is new; who comes now sees everything.
    let mut again = Consumer::open(&jetstream, "acme", consumer.next_index()).await.unwrap();
    consume(&mut again, &entries).await;
    consume(&mut Consumer::open(&jetstream, "acme", 0).await.unwrap(), &entries).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_the_middle_has_neither_gap_nor_double_afterwards() {
    let log = TestLog::open().await;
    log.append(0, 1).await;
    let mut nats = Nats::start().await;
    let relay = start(&log.ledger, &nats, short_window());
    let jetstream = nats.jetstream().await;
    stream_equals_log(&jetstream, &log).await;
    for round in 0..3 {
        log.append(1 + round * 900, 900).await;
        eventually("some of it is published", async || {
            let info = jetstream.get_stream(STREAM).await.ok()?.get_info().await.ok()?;
            (2 + round * 900 < info.state.messages).then_some(())
        })
        .await;
        nats.kill();
        nats.restart();
    }
    let jetstream = nats.jetstream().await;
    let entries = stream_equals_log(&jetstream, &log).await;
    assert_eq!(entries.len(), 2702);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_stream_is_filled_again_once_the_server_has_forgotten_the_message_ids() {
    let log = TestLog::open().await;
    log.append(0, 300).await;
    let nats = Nats::start().await;
    let relay = start(&log.ledger, &nats, short_window());
    let jetstream = nats.jetstream().await;
    stream_equals_log(&jetstream, &log).await;
    jetstream.get_stream(STREAM).await.unwrap().purge().await.unwrap();
    log.append(300, 10).await;
    stream_equals_log(&jetstream, &log).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_lost_a_message_is_published_anew() {
    let log = TestLog::open().await;
    log.append(0, 20).await;
    let nats = Nats::start().await;
    let relay = start(&log.ledger, &nats, short_window());
    let jetstream = nats.jetstream().await;
    stream_equals_log(&jetstream, &log).await;
    let mut consumer = Consumer::open(&jetstream, "acme", 0).await.unwrap();
    jetstream.get_stream(STREAM).await.unwrap().delete_message(7).await.unwrap();
    stream_equals_log(&jetstream, &log).await;
    consume(&mut consumer, &log.entries().await).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_was_down_longer_than_the_duplicate_window_goes_on_where_the_stream_ends() {
    const WINDOW: Duration = Duration::from_millis(100);
    let log = TestLog::open().await;
    log.append(0, 50).await;
    let nats = Nats::start().await;
    let jetstream = nats.jetstream().await;
    let relay = start(&log.ledger, &nats, WINDOW);
    stream_equals_log(&jetstream, &log).await;
    relay.stop().await;
    let stopped = Instant::now();
    eventually("the window has passed", async || (WINDOW * 10 < stopped.elapsed()).then_some(())).await;

    log.append(50, 50).await;
    let relay = start(&log.ledger, &nats, WINDOW);
    stream_equals_log(&jetstream, &log).await;
    let state = jetstream.get_stream(STREAM).await.unwrap().get_info().await.unwrap().state;
    assert_eq!((state.first_sequence, state.last_sequence), (1, 101), "nothing was published twice");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_relays_publishes_and_the_other_takes_over() {
    let log = TestLog::open().await;
    log.append(0, 100).await;
    let nats = Nats::start().await;
    let (one, other) = (start(&log.ledger, &nats, short_window()), start(&log.replica(), &nats, short_window()));
    let jetstream = nats.jetstream().await;
    stream_equals_log(&jetstream, &log).await;
    one.stop().await;
    log.append(100, 100).await;
    stream_equals_log(&jetstream, &log).await;
    other.stop().await;
    let last = start(&log.ledger, &nats, short_window());
    log.append(200, 100).await;
    stream_equals_log(&jetstream, &log).await;
    last.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_with_something_else_in_it_is_left_alone_until_it_is_deleted() {
    let log = TestLog::open().await;
    log.append(0, 10).await;
    let nats = Nats::start().await;
    let jetstream = nats.jetstream().await;
    let config = async_nats::jetstream::stream::Config {
        name: stream_name("acme"),
        subjects: vec![relay::subjects("acme")],
        ..Default::default()
    };
    let stream = jetstream.create_stream(config).await.unwrap();
    jetstream.publish("countersign.acme.other.thing", "not ours".into()).await.unwrap().await.unwrap();
    let relay = start(&log.ledger, &nats, short_window());
    // The relay has looked at it, since it has made a stream for another log in the meantime.
    store::logs::open(&log.ledger, "zeta", "Zeta", "ledger.example.com").await.unwrap();
    eventually("the other log is published", async || jetstream.get_stream("countersign-zeta").await.ok()).await;
    assert_eq!(stream.get_info().await.unwrap().state.messages, 1);
    jetstream.delete_stream(STREAM).await.unwrap();
    stream_equals_log(&jetstream, &log).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_read_models_go_on_and_the_relay_waits_for_it() {
    let log = TestLog::open().await;
    let mut nats = Nats::start().await;
    nats.kill();
    let relay = start(&log.ledger, &nats, short_window());
    let ledger = log.ledger.clone();
    let read_models = Running::start(|stop| projections::run(ledger, stop));
    let appended = log.append(0, 30).await;
    let last = appended.entries.last().unwrap().index;
    let within = Duration::from_secs(30);
    assert!(projections::wait::until(&log.ledger, "entries", log.log, last, within).await.unwrap());
    nats.restart();
    stream_equals_log(&nats.jetstream().await, &log).await;
    read_models.stop().await;
    relay.stop().await;
}
