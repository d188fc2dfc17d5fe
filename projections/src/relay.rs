//! Copies every log to NATS JetStream, entry by entry, for whoever wants to follow without asking us.
//!
//! JetStream is a copy that may be lost at any time: nothing waits for it, and where it stands is read from it, not
//! remembered here. So the relay has no position to lose. Every replica runs it; a lease decides who publishes a log,
//! and the server refuses a message that does not follow on the last one, so that even two at once would do no harm.
//!
//! Whether the server syncs each message to its disk (`sync_interval: always`) cannot be asked over a client's
//! connection. It only decides how much is published again after a power failure.

mod message;
mod publisher;
mod stream;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use store::feed::FeedError;
use store::logs::LogInfo;
use store::{Ledger, LogId};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use self::message::{HASH, INDEX, KEY_ID, SIGNATURE};
use self::publisher::Publisher;
pub use self::stream::{stream_name, subjects};
use crate::lease::Lease;
use crate::runner::cause;

/// How often other processes' commits are looked for.
const POLL_EVERY: Duration = Duration::from_millis(200);
/// Commits in quick succession are looked at together, so that many writers do not make many looks.
const GATHER: Duration = Duration::from_millis(20);
/// How often it is tried to take over logs that another process publishes.
const LEASE_EVERY: Duration = Duration::from_secs(2);
/// A log, server or database that failed is tried again this often.
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// A server that has not answered by then has most likely lost the question.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Logs that are published at the same time; each has up to a MiB under way.
const LOGS_AT_ONCE: usize = 8;

/// Where and how entries are published.
#[derive(Clone)]
pub struct Settings {
    /// Servers of one cluster, separated by commas; may hold credentials.
    pub url: String,
    /// How long a new stream remembers message ids; the server's default is two minutes.
    pub duplicate_window: Duration,
    /// How often a quiet stream is looked at, to see whether it still holds everything.
    pub look_every: Duration,
}

impl Settings {
    /// The usual settings.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), duplicate_window: Duration::from_mins(2), look_every: Duration::from_secs(30) }
    }
}

/// Why a log was not published further. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The entries cannot be read.
    #[error("the log cannot be read")]
    Feed(#[from] FeedError),
    /// The database does not answer.
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
    /// The server refused, or did not answer.
    #[error("JetStream could not {what}")]
    JetStream {
        /// What it was asked.
        what: &'static str,
        /// Its answer.
        #[source]
        source: async_nats::Error,
    },
    /// The server still remembers a message that was wiped; it forgets it after the stream's duplicate window.
    #[error("entry {index} was wiped from stream {stream}, whose server still takes it for a duplicate")]
    Remembered {
        /// Whose.
        stream: String,
        /// Which.
        index: u64,
    },
    /// What the stream holds last is no entry of this log.
    #[error("the last message of stream {stream} is no entry of this log: delete the stream, and it is published anew")]
    Foreign {
        /// Which stream.
        stream: String,
    },
}

/// Publishes all logs until told to stop. Where there is no server it waits for one.
pub async fn run(ledger: Ledger, settings: Settings, stop: CancellationToken) {
    let connected = Arc::new(Notify::new());
    let Some(client) = connect(&settings.url, Arc::clone(&connected), &stop).await else { return };
    let service = Service {
        ledger,
        jetstream: ContextBuilder::new().timeout(ANSWER_WITHIN).build(client),
        settings,
        lease: None,
        logs: HashMap::new(),
        rounds: JoinSet::new(),
        complaints: HashMap::new(),
    };
    service.run(&connected, &stop).await;
}

/// A client that connects and reconnects by itself; none where it was stopped before.
async fn connect(url: &str, connected: Arc<Notify>, stop: &CancellationToken) -> Option<Client> {
    loop {
        let notified = Arc::clone(&connected);
        let options = ConnectOptions::new().name("countersign relay").retry_on_initial_connect();
        let options = options.event_callback(move |event| {
            let notified = Arc::clone(&notified);
            async move {
                match event {
                    Event::Connected => notified.notify_one(),
                    Event::Disconnected => {
                        tracing::warn!("NATS is not reachable: entries are published when it is back");
                    }
                    _ => tracing::debug!(%event, "of the connection to NATS"),
                }
            }
        });
        let servers: Result<Vec<ServerAddr>, _> = url.split(',').map(|server| server.trim().parse()).collect();
        let client = match servers {
            Ok(servers) => options.connect(servers).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match client {
            Ok(client) => return Some(client),
            Err(error) => tracing::error!(error, "NATS cannot be connected to"),
        }
        tokio::select! {
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(RETRY_EVERY) => {}
        }
    }
}

/// Owned by its task alone.
struct Service {
    ledger: Ledger,
    jetstream: Context,
    settings: Settings,
    /// The right to publish, while the database's connection lives.
    lease: Option<Lease>,
    logs: HashMap<LogId, State>,
    rounds: JoinSet<Finished>,
    /// Why logs stand still.
    complaints: HashMap<LogId, String>,
}

/// What the service knows of a log.
enum State {
    /// Another process publishes it; asked again after this.
    Elsewhere(Instant),
    /// Ours, nothing under way.
    Idle(Box<Publisher>),
    /// Ours, in a round.
    Running {
        /// Since the round began.
        server_was_away: bool,
    },
    /// Ours, and it failed; tried again after this.
    Failed(Instant),
}

/// A publisher after its round.
struct Finished {
    log: LogId,
    outcome: Result<Box<Publisher>, RelayError>,
}

impl Service {
    async fn run(mut self, connected: &Notify, stop: &CancellationToken) {
        let mut commits = self.ledger.commits();
        while !stop.is_cancelled() {
            commits.mark_unchanged();
            if let Err(error) = self.look(stop).await {
                // The database has released what this connection held: nobody may go on publishing on it.
                tracing::warn!(%error, "the lease on publishing is lost");
                self.lose_lease().await;
                tokio::time::sleep(RETRY_EVERY).await;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = connected.notified() => self.look_again(),
                Some(finished) = self.rounds.join_next() => self.finish(finished),
                _ = commits.changed() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(POLL_EVERY) => {}
            }
            while let Some(finished) = self.rounds.try_join_next() {
                self.finish(finished);
            }
        }
        while self.rounds.join_next().await.is_some() {}
        if let Some(lease) = self.lease {
            lease.release().await;
        }
    }

    /// Starts a round for each log of ours that may have something to publish.
    async fn look(&mut self, stop: &CancellationToken) -> Result<(), sqlx::Error> {
        let mut lease = match self.lease.take() {
            Some(lease) => lease,
            None => Lease::connect(&self.ledger, "relay").await?,
        };
        // On the lease's own connection: an answer is also the proof that the lease is still held.
        for (info, size) in lease.logs().await? {
            if LOGS_AT_ONCE <= self.rounds.len() {
                break;
            }
            self.start(&mut lease, info, size, stop).await?;
        }
        self.lease = Some(lease);
        Ok(())
    }

    async fn start(
        &mut self,
        lease: &mut Lease,
        info: LogInfo,
        size: u64,
        stop: &CancellationToken,
    ) -> Result<(), sqlx::Error> {
        let (log, now) = (info.log, Instant::now());
        let publisher = match self.logs.remove(&log) {
            None => self.take(lease, info).await?,
            Some(State::Elsewhere(until)) if until <= now => self.take(lease, info).await?,
            Some(State::Failed(until)) if until <= now => Some(self.publisher(info)),
            Some(State::Idle(publisher)) if publisher.has_work(size) => Some(publisher),
            Some(state) => {
                self.logs.insert(log, state);
                return Ok(());
            }
        };
        let state = match publisher {
            Some(publisher) => {
                self.rounds.spawn(round(log, publisher, stop.clone()));
                State::Running { server_was_away: false }
            }
            None => State::Elsewhere(now + LEASE_EVERY),
        };
        self.logs.insert(log, state);
        Ok(())
    }

    async fn take(&self, lease: &mut Lease, info: LogInfo) -> Result<Option<Box<Publisher>>, sqlx::Error> {
        Ok(lease.take(info.log).await?.then(|| self.publisher(info)))
    }

    fn publisher(&self, info: LogInfo) -> Box<Publisher> {
        Box::new(Publisher::new(self.ledger.clone(), self.jetstream.clone(), self.settings.clone(), info))
    }

    fn finish(&mut self, finished: Result<Finished, tokio::task::JoinError>) {
        let Finished { log, outcome } = finished.expect("a round does not panic, and is aborted only with its lease");
        let server_was_away = matches!(self.logs.get(&log), Some(State::Running { server_was_away: true }));
        let state = match outcome {
            Ok(mut publisher) => {
                if server_was_away {
                    publisher.distrust();
                }
                self.complaints.remove(&log);
                State::Idle(publisher)
            }
            Err(error) => {
                self.complain(log, format!("{error}: {}", cause(&error)));
                State::Failed(Instant::now() + if server_was_away { Duration::ZERO } else { RETRY_EVERY })
            }
        };
        self.logs.insert(log, state);
    }

    /// Says why a log stands still, once.
    fn complain(&mut self, log: LogId, reason: String) {
        if self.complaints.get(&log) != Some(&reason) {
            tracing::warn!(%log, reason, "a log is not published for now");
            self.complaints.insert(log, reason);
        }
    }

    /// A server that was away may not hold what it held.
    fn look_again(&mut self) {
        for state in self.logs.values_mut() {
            match state {
                State::Idle(publisher) => publisher.distrust(),
                State::Failed(until) => *until = Instant::now(),
                State::Running { server_was_away } => *server_was_away = true,
                State::Elsewhere(_) => {}
            }
        }
    }

    async fn lose_lease(&mut self) {
        self.rounds.shutdown().await;
        self.logs.clear();
        self.lease = None;
    }
}

async fn round(log: LogId, mut publisher: Box<Publisher>, stop: CancellationToken) -> Finished {
    let outcome = publisher.round(&stop).await.map(|()| publisher);
    Finished { log, outcome }
}
