//! What a command works with: the database, the logs and their keys, opened before and closed after it.

use std::future::Future;
use std::path::Path;

use anyhow::Context as _;
use ledger::draft::{Draft, DraftParts};
use ledger::entry::{Actor, ActorType, Context, Outcome};
use ledger::name::{EventType, Reference};
use serde_json::Value;
use store::append::{Appended, ExpectedVersion, IdempotencyKey};
use store::logs::{self, LogInfo};
use store::open::Ledger;

use crate::access::Requests;
use crate::app::App;
use crate::config::Settings;
use crate::database::Database;
use crate::service::app_of;

/// An opened service without its listener.
pub(super) struct Session {
    pub(super) ledger: Ledger,
    pub(super) requests: Requests,
    /// Where organisations are looked for, in words.
    place: String,
    /// What is wrong with the data directory where it holds no installation.
    no_data: Option<String>,
}

/// Opens an installation that is there, runs a command, and closes whatever became of it.
///
/// Nothing is made where there is none: a mistyped directory or a volume that is not mounted must not become an empty
/// installation. With database URLs that is asked when the command turns to an organisation.
pub(super) async fn with<F, T>(settings: &Settings, command: impl FnOnce(Session) -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    if settings.databases.is_none()
        && let Some(no_data) = no_data(settings)
    {
        anyhow::bail!(no_data);
    }
    with_new(settings, command).await
}

/// As [`with`], and begins an installation where there is none.
pub(super) async fn with_new<F, T>(settings: &Settings, command: impl FnOnce(Session) -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    let no_data = no_data(settings);
    let database = Database::open(settings).await?;
    let outcome = async {
        if database.is_private() {
            database.migrate().await?;
        }
        database.check().await?;
        let ledger = Ledger::open(database.ledger(), &settings.data_dir);
        let requests = Requests::open(database.app());
        let place = match settings.databases {
            None => settings.data_dir.display().to_string(),
            Some(_) => database.place(),
        };
        let session = Session { ledger: ledger.clone(), requests: requests.clone(), place, no_data };
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

fn no_data(settings: &Settings) -> Option<String> {
    let dir = settings.data_dir.display();
    let sentence = || format!("no Countersign data in {dir}: is --data-dir right, and the volume mounted?");
    (!Database::is_begun(settings)).then(sentence)
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
    /// What a running service works with.
    pub(super) fn of_service(app: &App, data_dir: &Path) -> Self {
        let (ledger, requests) = (app.ledger().clone(), app.requests().clone());
        Self { ledger, requests, place: data_dir.display().to_string(), no_data: None }
    }

    /// The organisation with a slug.
    pub(super) async fn organisation(&self, slug: &str) -> anyhow::Result<LogInfo> {
        let found = logs::find(self.ledger.reader(), slug).await?;
        let found = found.with_context(|| format!("there is no organisation {slug} in {}", self.place))?;
        match &self.no_data {
            None => Ok(found),
            Some(no_data) => anyhow::bail!(no_data.clone()),
        }
    }

    /// What pages work with, for commands that do what pages do.
    pub(super) async fn app(&self, settings: &Settings) -> anyhow::Result<App> {
        let (requests, ledger) = (self.requests.clone(), self.ledger.clone());
        app_of(settings, settings.listen.port(), None, requests, ledger).await
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
