//! Commands that lose to others: decided again, none lost, and given up after a bounded number of losses.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::sync::{Arc, OnceLock};

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use domain::context::Ctx;
use ledger::entry::{Actor, ActorType};
use ledger::vocabulary::{Kind, ReadError, Recorded, Stored, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::event_store::{EventStore, stream_of};
use store::execute::{DECISIONS_MAX, ExecuteError, execute};
use store::{ExpectedVersion, Ledger, LogId, NewEvent};
use support::{TestLog, all};

/// Takes every command, so that nothing but contention can be in its way.
#[derive(Default, Serialize, Deserialize)]
struct Counter {
    count: u64,
}

#[derive(Clone)]
enum Command {
    Count,
    /// While this is being decided, somebody else is always faster.
    CountTooLate,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counted {
    to: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("a counter refuses nothing")]
struct Never;

/// Who is always faster in `CountTooLate`.
struct Rival {
    ledger: Ledger,
    log: LogId,
    event: NewEvent,
}

static RIVAL: OnceLock<Rival> = OnceLock::new();

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = Command;
    type Event = Counted;
    type Error = Never;
    type Services = Ctx;

    async fn handle(&mut self, command: Command, _: &Ctx, sink: &EventSink<Self>) -> Result<(), Never> {
        if let (Command::CountTooLate, Some(rival)) = (command, RIVAL.get()) {
            rival.ledger.append(rival.log, vec![rival.event.clone()], ExpectedVersion::Any, None).await.unwrap();
        }
        sink.write(Counted { to: self.count + 1 }, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Counted) {
        self.count = event.to;
    }
}

impl Recorded for Counted {
    fn kind(&self) -> Kind {
        Kind { name: "counter.counted", version: 1 }
    }

    fn detail(&self) -> Value {
        json!({ "to": self.to })
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        // The rival's events are of another type and count as well.
        let to = stored.detail["to"].as_u64().unwrap_or_default();
        Ok(Counted { to })
    }
}

impl DomainEvent for Counted {
    fn event_type(&self) -> String {
        self.kind().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.kind().version.to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_count_at_once_nobody_counts_the_same_number() {
    const TASKS: usize = 8;
    const EACH: u64 = 10;
    let log = Arc::new(TestLog::open().await);
    let replicas = [log.ledger.clone(), log.replica()];
    let tasks = (0..TASKS).map(|task| {
        let (log, ledger) = (Arc::clone(&log), replicas[task % 2].clone());
        tokio::spawn(async move {
            let mut given_up = 0;
            for _ in 0..EACH {
                while let Err(error) = count(&ledger, log.log, Command::Count).await {
                    assert!(matches!(error, ExecuteError::Contended { .. }), "{error}");
                    given_up += 1;
                }
            }
            given_up
        })
    });
    let given_up: u64 = all(tasks).await.into_iter().sum();
    let counter = load(&log).await;
    assert_eq!(
        counter.aggregate.count,
        EACH * TASKS as u64,
        "each counted on from the one before ({given_up} gave up)"
    );
    assert_eq!(u64::from(counter.version), counter.aggregate.count);
    log.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_always_loses_is_given_up_and_appends_nothing() {
    let log = TestLog::open().await;
    let event = log.event_of("counter/1", 1);
    assert!(RIVAL.set(Rival { ledger: log.replica(), log: log.log, event }).is_ok());
    let error = count(&log.ledger, log.log, Command::CountTooLate).await.unwrap_err();
    assert!(matches!(&error, ExecuteError::Contended { stream } if stream == "counter/1"), "{error}");
    assert_eq!(load(&log).await.version, DECISIONS_MAX, "one loss for each decision, and nothing else");
}

async fn count(ledger: &Ledger, log: LogId, command: Command) -> Result<(), ExecuteError<Never>> {
    execute::<Counter>(ledger, log, &ctx(), "1", command, None).await.map(|appended| {
        assert_eq!(appended.entries.len(), 1);
    })
}

async fn load(log: &TestLog) -> store::event_store::Loaded<Counter> {
    let stream = stream_of::<Counter>("1").unwrap();
    EventStore::new(log.ledger.clone(), log.log, ctx()).load(&stream).await.unwrap()
}

fn ctx() -> Ctx {
    let actor = Actor { kind: ActorType::Service, id: "test".to_owned(), role: None };
    Ctx::of(actor, Timestamp::EPOCH)
}
