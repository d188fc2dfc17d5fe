//! What the tests start from: a database of their own with a log in it, and events of many kinds.

pub(crate) mod acts;
pub(crate) mod nats;

use std::time::Duration;

use ledger::draft::{Draft, DraftParts};
use ledger::entry::{Actor, ActorType, Context, Outcome};
use ledger::name::{EventType, Origin, Reference};
use projections::wait;
use serde_json::json;
use sqlx::{Postgres, Transaction};
use store::cluster::Role;
use store::testing::{self, TestDatabase};
use store::{Appended, Committed, ExpectedVersion, Ledger, LogId, NewEvent, logs};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// For a state to come about that comes about at once on an idle machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// For a read model to come as far as its log.
pub(crate) const WITHIN: Duration = Duration::from_secs(30);

/// Keeps all read models until it is stopped.
pub(crate) fn start(ledger: &Ledger) -> Running {
    let ledger = ledger.clone();
    Running::start(|stop| projections::run(ledger, stop))
}

/// A log with its entry 0 in a database of its own.
pub(crate) struct TestLog {
    pub(crate) database: TestDatabase,
    pub(crate) data: tempfile::TempDir,
    pub(crate) ledger: Ledger,
    pub(crate) log: LogId,
    pub(crate) origin: Origin,
}

impl TestLog {
    pub(crate) async fn open() -> Self {
        let database = testing::database().await;
        let data = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&database.options(Role::Ledger), data.path());
        let opened = logs::open(&ledger, "acme", "Acme", "ledger.example.com").await.unwrap();
        Self { database, data, ledger, log: opened.info.log, origin: opened.info.origin }
    }

    /// Another process on the same database.
    pub(crate) fn replica(&self) -> Ledger {
        Ledger::open(&self.database.options(Role::Ledger), self.data.path())
    }

    /// Appends so many events, numbered from `first`.
    pub(crate) async fn append(&self, first: u64, count: u64) -> Appended {
        let events: Vec<NewEvent> = (first..first + count).map(|number| event(&self.origin, number).into()).collect();
        self.ledger.append(self.log, events, ExpectedVersion::Any, None).await.unwrap()
    }

    /// A transaction as a request has it.
    pub(crate) async fn as_request(&self, organisation: &str) -> Transaction<'static, Postgres> {
        let mut tx = self.database.pool(Role::App).await.begin().await.unwrap();
        let scope = sqlx::query("select set_config('countersign.org', $1, true)").bind(organisation.to_owned());
        scope.execute(&mut *tx).await.unwrap();
        tx
    }

    /// The same, for its own organisation.
    pub(crate) async fn request(&self) -> Transaction<'static, Postgres> {
        self.as_request(&self.log.to_string()).await
    }

    /// Waits until a read model shows all of the log. Somebody has to keep it.
    pub(crate) async fn wait_for(&self, projection: &'static str) {
        let last = self.entries().await.last().unwrap().index;
        assert!(wait::until(&self.ledger, projection, self.log, last, WITHIN).await.unwrap(), "{projection} is late");
    }

    /// All entries.
    pub(crate) async fn entries(&self) -> Vec<Committed> {
        store::entries::range(self.ledger.reader(), self.log, 0, 1_000_000).await.unwrap()
    }
}

/// An event that differs from its neighbours in all that a list can be filtered by.
pub(crate) fn event(origin: &Origin, number: u64) -> Draft {
    let types = ["auditor.access.granted", "auditor.access", "auditor.record.viewed", "auditors.came", "record.noted"];
    let pick = |of: usize| usize::try_from(number).unwrap() % of;
    let stream = (pick(3) == 0).then(|| Reference::parse(&format!("activity/{}", pick(4))).unwrap());
    let parts = DraftParts {
        event_type: EventType::parse(types[pick(types.len())]).unwrap(),
        version: 1,
        subject: Reference::parse(&format!("record/{}", pick(7))).unwrap(),
        stream,
        actor: Actor {
            kind: ActorType::ALL[pick(4)],
            id: format!("actor-{}", pick(6)),
            role: (pick(2) == 0).then(|| "owner".to_owned()),
        },
        outcome: match pick(11) {
            0 => Outcome::Failure { reason: "grant_revoked".to_owned() },
            _ => Outcome::Success,
        },
        context: Context::default(),
        detail: json!({ "number": number }),
        personal: Vec::new(),
    };
    Draft::new(origin, parts).unwrap()
}

/// Waits until a question is answered with something.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, asked).await.unwrap_or_else(|_| panic!("not in time: {what}"))
}

/// A task that runs until it is told to stop.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start<F: Future<Output = ()> + Send + 'static>(task: impl FnOnce(CancellationToken) -> F) -> Self {
        let stop = CancellationToken::new();
        Self { task: tokio::spawn(task(stop.clone())), stop }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(DEADLINE, self.task).await.expect("it stops when told to").unwrap();
    }
}
