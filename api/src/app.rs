//! What endpoints work with: one value, cheap to clone, made once at start.

use std::sync::Arc;
use std::time::Duration;

use domain::name::SessionId;
use domain::tally::Tally;
use ledger::vocabulary::{Recorded, Subject};
use secrecy::SecretString;
use sqlx::{Postgres, Transaction};
use store::append::LogId;
use store::blobs::Blobs;
use store::event_store::{self, Aggregate};
use store::open::Ledger;
use store::seals::SealDirectory;
use tokio_util::task::TaskTracker;

use crate::access::Requests;
use crate::access::api_key::ApiKey;
use crate::access::secret::Secret;
use crate::config::PublicUrl;
use crate::error::Result;
use crate::export::turn::Exports;
use crate::json::Bodies;
use crate::key_history::KeyHistories;
use crate::mail::{Sender, Transport};
use crate::refusals::{Refused, Tallies};
use crate::v1::health::Readiness;

/// Work that goes on beside requests, theirs included. Beyond it failed attempts are only counted: a flood of
/// them must not take the memory of what is being answered.
const TASKS_MAX: usize = 4096;

/// The service as a request sees it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    parts: Parts,
    readiness: Readiness,
    bodies: Bodies,
    open_bodies: Bodies,
    key_histories: KeyHistories,
    exports: Exports,
    refusals: Tallies,
}

/// What an [`App`] is made of.
pub struct Parts {
    /// Connections of requests.
    pub requests: Requests,
    /// The way into the logs.
    pub ledger: Ledger,
    /// The files of evidence.
    pub blobs: Blobs,
    /// How people reach the service.
    pub public_url: PublicUrl,
    /// Under which sessions are signed.
    pub access_secret: Secret,
    /// The way for mail.
    pub mail: Transport,
    /// Who mail comes from; without it `compliance@` and the authority of the log.
    pub mail_from: Option<Sender>,
    /// The bearer of `GET /api/cron`; without it that address does not answer.
    pub cron_secret: Option<SecretString>,
    /// For a request's body to arrive.
    pub body_deadline: Duration,
    /// Requests and other work that a stop waits for.
    pub tasks: TaskTracker,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        let shared = Shared {
            parts,
            readiness: Readiness::default(),
            bodies: Bodies::of_the_known(),
            open_bodies: Bodies::of_anybody(),
            key_histories: KeyHistories::default(),
            exports: Exports::default(),
            refusals: Tallies::default(),
        };
        Self(Arc::new(shared))
    }

    /// Connections of requests.
    pub fn requests(&self) -> &Requests {
        &self.0.parts.requests
    }

    /// A transaction that sees one organisation.
    ///
    /// # Errors
    /// As [`Requests::of`].
    pub async fn db(&self, log: LogId) -> Result<Transaction<'static, Postgres>> {
        self.0.parts.requests.of(log).await
    }

    /// The way into the logs.
    pub fn ledger(&self) -> &Ledger {
        &self.0.parts.ledger
    }

    /// Who exports a log now.
    pub fn exports(&self) -> &Exports {
        &self.0.exports
    }

    /// Failed attempts that are counted and not recorded yet.
    pub(crate) fn refusals(&self) -> &Tallies {
        &self.0.refusals
    }

    /// Counts a failed attempt that gets no entry of its own: one beyond the numbers that do, or one that could not. `log`
    /// is that of the organisation it belongs to, where that is known.
    pub(crate) fn count_refused(&self, log: Option<LogId>, refused: Refused) {
        metrics::counter!("countersign_attempts_not_recorded").increment(1);
        self.refusals().add(log, refused, Tally::one(store::clock::now()));
    }

    /// Something as it stands, by its own stream: no read model decides what is allowed.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable), or
    /// [`Error::Internal`](crate::error::Error::Internal) where the log does not read.
    pub async fn load<A>(&self, log: LogId, stream: &Subject) -> Result<A>
    where
        A: Aggregate,
        A::Event: Recorded,
    {
        Ok(event_store::load(self.ledger(), log, stream).await?)
    }

    /// The files of evidence.
    pub fn blobs(&self) -> &Blobs {
        &self.0.parts.blobs
    }

    /// Where logs are published.
    pub fn seals(&self) -> &SealDirectory {
        self.0.parts.ledger.seals()
    }

    /// How people reach the service.
    pub fn public_url(&self) -> &PublicUrl {
        &self.0.parts.public_url
    }

    /// Under which sessions are signed.
    pub fn access_secret(&self) -> &Secret {
        &self.0.parts.access_secret
    }

    /// The way for mail.
    pub fn mail(&self) -> &Transport {
        &self.0.parts.mail
    }

    /// Whether mail goes anywhere. Without a mailer nothing that is to be mailed reaches anybody, and pages say so.
    pub fn has_mailer(&self) -> bool {
        !matches!(self.mail(), Transport::Off)
    }

    /// Who mail comes from, where the settings say so.
    pub fn mail_from(&self) -> Option<&Sender> {
        self.0.parts.mail_from.as_ref()
    }

    /// The bearer of `GET /api/cron`.
    pub fn cron_secret(&self) -> Option<&SecretString> {
        self.0.parts.cron_secret.as_ref()
    }

    /// For a request's body to arrive.
    pub fn body_deadline(&self) -> Duration {
        self.0.parts.body_deadline
    }

    /// Requests and other work that a stop waits for.
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.parts.tasks
    }

    /// The keys of logs, as far as they have been read.
    pub fn key_histories(&self) -> &KeyHistories {
        &self.0.key_histories
    }

    /// Room for the bodies of requests of those who are known.
    pub(crate) fn bodies(&self) -> &Bodies {
        &self.0.bodies
    }

    /// Room for bodies that are read before it is known who asks.
    pub(crate) fn open_bodies(&self) -> &Bodies {
        &self.0.open_bodies
    }

    /// Whether requests should come here, as it was found last.
    pub(crate) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    /// Notes beside the request that a key was used: its answer does not wait for that, nor fail with it.
    pub(crate) fn note_use(&self, key: ApiKey) {
        let app = self.clone();
        self.0.parts.tasks.spawn(async move {
            if let Err(error) = app.requests().note_use(&key).await {
                tracing::warn!(key = key.id, %error, "the last use of an API key was not noted");
            }
        });
    }

    /// Notes beside the request that a session is in use, as [`App::note_use`] does of a key.
    pub(crate) fn note_session(&self, log: LogId, sid: SessionId) {
        let app = self.clone();
        self.0.parts.tasks.spawn(async move {
            if let Err(error) = app.requests().note_session(log, &sid).await {
                tracing::warn!(session = %sid.prefix(), %error, "the last use of a session was not noted");
            }
        });
    }

    /// Records a failed attempt beside the request, whose answer does not wait for it: what failed attempts take must not
    /// tell which of them were near. Beyond [`TASKS_MAX`], or where it cannot be recorded, it is counted.
    pub(crate) fn aside(
        &self,
        log: Option<LogId>,
        refused: Refused,
        work: impl Future<Output = Result<()>> + Send + 'static,
    ) {
        let tasks = self.tasks();
        if TASKS_MAX < tasks.len() {
            self.count_refused(log, refused);
            tracing::error!("a failed attempt was counted and not recorded: too much is waiting");
            return;
        }
        let app = self.clone();
        tasks.spawn(async move {
            if let Err(error) = work.await {
                app.count_refused(log, refused);
                tracing::error!(%error, "a failed attempt was counted and not recorded");
            }
        });
    }
}
