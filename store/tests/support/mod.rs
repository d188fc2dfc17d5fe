//! What the store's tests start from: a database of their own, a log in it, and one checker for all of them.

#![expect(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test program uses a part; a failed step is a failed test"
)]

use std::sync::Arc;

use ledger::draft::{Draft, DraftParts};
use ledger::entry::{Actor, ActorType, Context, Entry, Outcome};
use ledger::hash::EntryHash;
use ledger::key::Role as KeyRole;
use ledger::name::{EventType, Origin, Reference};
use ledger::signature;
use serde_json::json;
use store::cluster::Role;
use store::keys::KeyDirectory;
use store::testing::{self, TestDatabase};
use store::{Appended, Committed, ExpectedVersion, IdempotencyKey, Ledger, LogId, NewEvent, logs};

/// A log with its entry 0 in a database of its own.
pub struct TestLog {
    pub database: TestDatabase,
    pub data: tempfile::TempDir,
    pub ledger: Ledger,
    pub log: LogId,
    pub origin: Origin,
}

impl TestLog {
    pub async fn open() -> Self {
        let database = testing::database().await;
        let data = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&database.options(Role::Ledger), data.path());
        let opened = logs::open(&ledger, "acme", "Acme", "ledger.example.com").await.unwrap();
        Self { database, data, ledger, log: opened.info.log, origin: opened.info.origin }
    }

    /// Another process on the same log: connections, state and queue of its own.
    pub fn replica(&self) -> Ledger {
        Ledger::open(&self.database.options(Role::Ledger), self.data.path())
    }

    /// An event outside any stream.
    pub fn event(&self, number: u64) -> NewEvent {
        self.draft(number, None).into()
    }

    /// An event of a stream.
    pub fn event_of(&self, stream: &str, number: u64) -> NewEvent {
        self.draft(number, Some(stream)).into()
    }

    pub fn draft(&self, number: u64, stream: Option<&str>) -> Draft {
        draft(&self.origin, stream, json!({ "number": number }))
    }

    pub async fn append(&self, events: Vec<NewEvent>) -> Appended {
        self.ledger.append(self.log, events, ExpectedVersion::Any, None).await.unwrap()
    }

    /// Re-reads the whole log and checks every link and signature against the bytes.
    pub async fn check(&self) -> Vec<Committed> {
        let entries = store::entries::range(self.ledger.reader(), self.log, 0, 1_000_000).await.unwrap();
        check(&self.origin, self.ledger.keys(), &entries);
        entries
    }
}

/// Checks links, places and signatures of a log from its first entry on.
pub fn check(origin: &Origin, keys: &KeyDirectory, entries: &[Committed]) {
    let mut before = EntryHash::ZERO;
    for (index, entry) in entries.iter().enumerate() {
        let parsed = Entry::parse(&entry.bytes).unwrap();
        assert_eq!(parsed.sequence, index as u64, "places without a gap");
        assert_eq!(parsed.prevhash, before, "linked to the entry before");
        let key = keys.find(origin, KeyRole::Entries, parsed.keyid).unwrap();
        assert!(signature::verify_entry(key.vkey(), &entry.hash, &entry.signature), "signed by the key it names");
        before = entry.hash;
    }
}

pub fn draft(origin: &Origin, stream: Option<&str>, detail: serde_json::Value) -> Draft {
    let parts = DraftParts {
        event_type: EventType::parse("record.noted").unwrap(),
        version: 1,
        subject: Reference::parse("record/1").unwrap(),
        stream: stream.map(|stream| Reference::parse(stream).unwrap()),
        actor: Actor { kind: ActorType::Service, id: "test".to_owned(), role: None },
        outcome: Outcome::Success,
        context: Context::default(),
        detail,
        personal: Vec::new(),
    };
    Draft::new(origin, parts).unwrap()
}

pub fn key(name: &str, body: &str) -> IdempotencyKey {
    let request_sha256 = ledger::tree::leaf_hash(body.as_bytes()).0;
    IdempotencyKey { principal: "tester".to_owned(), key: name.to_owned(), request_sha256 }
}

/// Awaits all of many concurrent appends.
pub async fn all<T: Send + 'static>(tasks: impl IntoIterator<Item = tokio::task::JoinHandle<T>>) -> Vec<T> {
    // Collected first: an iterator would start each task only when the one before has ended.
    let tasks: Vec<_> = tasks.into_iter().collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

pub fn shared(log: TestLog) -> Arc<TestLog> {
    Arc::new(log)
}
