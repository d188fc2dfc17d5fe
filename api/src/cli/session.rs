//! What a command works with: the database, the logs and their keys, opened before and closed after it.

use std::future::Future;

use anyhow::Context as _;
use ledger::draft::{Draft, DraftParts};
use ledger::entry::{Actor, ActorType, Context, Outcome};
use ledger::name::{EventType, Reference};
use serde_json::Value;
use store::append::{Appended, ExpectedVersion, IdempotencyKey};
use store::logs::{self, LogInfo};
use store::open::Ledger;

use crate::access::Requests;
use crate::config::Settings;
use crate::database::Database;

/// An opened service without its listener.
pub(super) struct Session {
    pub(super) ledger: Ledger,
    pub(super) requests: Requests,
}

/// Opens the database, runs a command, and closes whatever became of it.
pub(super) async fn with<F, T>(settings: &Settings, command: impl FnOnce(Session) -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    let database = Database::open(settings).await?;
    let outcome = async {
        if database.is_private() {
            database.migrate().await?;
        }
        database.check().await?;
        let ledger = Ledger::open(database.ledger(), &settings.data_dir);
        let requests = Requests::open(database.app());
        let session = Session { ledger: ledger.clone(), requests: requests.clone() };
        let outcome = command(session).await;
        ledger.close().await;
        requests.close().await;
        outcome
    }
    .await;
    let closed = database.close().await;
    let outcome = outcome?;
    closed?;
    Ok(outcome)
}

/// An act of the command line, to be recorded.
pub(super) struct Act {
    pub(super) event_type: &'static str,
    pub(super) subject: String,
    pub(super) detail: Value,
    /// Where the act may be tried again: a name under which it is recorded once.
    pub(super) once: Option<String>,
}

impl Session {
    /// The organisation with a slug.
    pub(super) async fn organisation(&self, slug: &str) -> anyhow::Result<LogInfo> {
        let found = logs::find(self.ledger.reader(), slug).await?;
        found.with_context(|| format!("there is no organisation {slug}; `countersign org create {slug}` makes one"))
    }

    /// Records an act of the command line in an organisation's log.
    pub(super) async fn record(&self, organisation: &LogInfo, act: Act) -> anyhow::Result<Appended> {
        let parts = DraftParts {
            event_type: EventType::parse(act.event_type).context("an act has a type")?,
            version: 1,
            subject: Reference::parse(&act.subject)?,
            stream: None,
            actor: Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None },
            outcome: Outcome::Success,
            context: Context::default(),
            detail: act.detail,
            personal: Vec::new(),
        };
        let draft = Draft::new(&organisation.origin, parts)?;
        let key =
            act.once.map(|key| IdempotencyKey { principal: "command_line".to_owned(), key, request_sha256: [0; 32] });
        Ok(self.ledger.append(organisation.log, vec![draft.into()], ExpectedVersion::Any, key).await?)
    }
}
