//! The running service: database, logs, listeners, and the order in which they start and stop.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use axum::middleware::from_fn_with_state;
use metrics_exporter_prometheus::PrometheusHandle;
use projections::relay;
use secrecy::{ExposeSecret as _, SecretString};
use store::blobs::Blobs;
use store::logs;
use store::open::Ledger;
use store::sealing::Sealing;
use store::seals::SealDirectory;
use store::service_lock::ServiceLock;
use store::standstill;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Requests;
use crate::access::member_login;
use crate::access::secret::Secret;
use crate::app::{App, Parts};
use crate::config::{PublicUrl, Settings};
use crate::database::Database;
use crate::mail::{Mailbox, Transport};
use crate::server::{self, Limits};
use crate::{client, jobs, metrics_page, router};

/// For a request's body to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// A service that runs until its token is cancelled.
pub struct Service {
    app: App,
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    database: Database,
    sealing: Sealing,
    projections: Follower,
    listeners: Vec<JoinHandle<()>>,
    limits: Limits,
    /// Keeps an operator from adopting a log under its sequencers.
    _lock: ServiceLock,
}

impl Service {
    /// Starts everything; when it returns, requests are answered.
    ///
    /// # Errors
    /// Whatever must not be: a database of another version, a role with too much power, an address in use.
    pub async fn start(settings: &Settings, stop: CancellationToken) -> anyhow::Result<Self> {
        Self::start_with(settings, None, stop).await
    }

    /// As [`Service::start`], and keeps mail in a mailbox of this process instead of sending it.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub async fn start_with(
        settings: &Settings,
        mailbox: Option<Mailbox>,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let lock = ServiceLock::shared(&SealDirectory::new(&settings.data_dir))?;
        let database = Database::open(settings).await?;
        match Self::start_on(&database, settings, mailbox, stop).await {
            Ok((app, listening)) => Ok(Self {
                sealing: Sealing::start(app.ledger(), app.seals().clone()),
                projections: Follower::start(&app, settings.nats_url.as_ref()),
                app,
                address: listening.address,
                metrics_address: listening.metrics_address,
                database,
                listeners: listening.tasks,
                limits: listening.limits,
                _lock: lock,
            }),
            Err(error) => {
                database.close().await?;
                Err(error)
            }
        }
    }

    async fn start_on(
        database: &Database,
        settings: &Settings,
        mailbox: Option<Mailbox>,
        stop: CancellationToken,
    ) -> anyhow::Result<(App, Listening)> {
        if database.is_private() {
            database.migrate().await?;
        }
        database.check().await?;
        let listener = bind(settings.listen, "listen")?;
        let address = listener.local_addr()?;
        let requests = Requests::open(database.app());
        let ledger = Ledger::open(database.ledger(), &settings.data_dir);
        let app = app_of(settings, address.port(), mailbox, requests, ledger).await?;
        // A log without writers would keep silent about it until somebody writes.
        app.readiness().say(&standstill::stopped(app.ledger()).await.context("the logs cannot be looked at")?);
        let limits = Limits { connections_max: settings.connections_max, ..Limits::default() };
        let locate = from_fn_with_state(settings.trusted_proxies.clone(), client::locate);
        let router = router::router(app.clone()).layer(locate);
        let mut tasks = vec![tokio::spawn(server::serve(listener, router, limits, stop.clone()))];
        let mut metrics_address = None;
        if let Some(asked) = settings.metrics_listen {
            let listener = bind(asked, "metrics_listen")?;
            metrics_address = Some(listener.local_addr()?);
            let limits = Limits { connections_max: METRICS_CONNECTIONS_MAX, ..Limits::default() };
            let router = metrics_page::router(recorder()?, app.clone());
            tasks.push(tokio::spawn(server::serve(listener, router, limits, stop)));
        }
        Ok((app, Listening { address, metrics_address, tasks, limits }))
    }

    /// How people reach it.
    pub fn public_url(&self) -> &PublicUrl {
        self.app.public_url()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its metrics are, if anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// What its endpoints work with.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Waits until it was told to stop and has: listeners first, then what was begun, then the database.
    ///
    /// # Errors
    /// The private database does not stop.
    pub async fn finished(self) -> anyhow::Result<()> {
        for listener in self.listeners {
            listener.await.context("a listener failed")?;
        }
        self.app.tasks().close();
        // Requests whose connection was cut off may still be writing: they have the same time again.
        if tokio::time::timeout(self.limits.shutdown, self.app.tasks().wait()).await.is_err() {
            tracing::warn!("some requests were still at work and are abandoned");
        }
        jobs::refusals::record(&self.app).await;
        // What was committed until here is sealed before the end.
        self.sealing.stop().await;
        self.projections.stop().await;
        self.app.ledger().close().await;
        self.app.requests().close().await;
        self.database.close().await
    }
}

/// What requests and commands alike work with, by the settings. `port` is that of the default public URL.
///
/// # Errors
/// The secret or the files of evidence cannot be had, or mail cannot be encrypted.
pub(crate) async fn app_of(
    settings: &Settings,
    port: u16,
    mailbox: Option<Mailbox>,
    requests: Requests,
    ledger: Ledger,
) -> anyhow::Result<App> {
    let public_url = settings.public_url.clone().unwrap_or_else(|| PublicUrl::localhost(port));
    let access_secret = match &settings.access_secret {
        Some(secret) => secret.clone(),
        None => secret_of(&settings.data_dir.join("access.key"), &requests, &ledger).await?,
    };
    let mail = match mailbox {
        Some(mailbox) => Transport::Kept(mailbox),
        None => Transport::of(settings.smtp_url.as_ref(), public_url.host())?,
    };
    Ok(App::new(Parts {
        requests,
        ledger,
        blobs: Blobs::start(&settings.data_dir).await.context("the files of evidence cannot be kept")?,
        public_url,
        access_secret,
        mail,
        mail_from: settings.mail_from.clone(),
        cron_secret: settings.cron_secret.clone(),
        body_deadline: BODY_DEADLINE,
        tasks: TaskTracker::new(),
    }))
}

/// What sign-in rests on. Where members are known under one that is gone, another one would lock all of them out.
async fn secret_of(file: &Path, requests: &Requests, ledger: &Ledger) -> anyhow::Result<Secret> {
    if !file.exists() {
        for info in logs::all(ledger.reader()).await? {
            let mut tx = requests.of(info.log).await?;
            let members = member_login::members(&mut tx, info.log).await?;
            anyhow::ensure!(
                members.is_empty(),
                "{} is missing, and the members of {} are recognised by it alone: put the copy from the keys' backup there \
                 (docs/runbooks/on-call.md, \"Nobody can sign in\")",
                file.display(),
                info.slug
            );
        }
    }
    Ok(Secret::of_file(file)?)
}

/// Keeps the read models, does what the service does by itself, and publishes to NATS where there is one, until it is told
/// to stop.
struct Follower {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Follower {
    fn start(app: &App, nats: Option<&SecretString>) -> Self {
        let (ledger, stop) = (app.ledger(), CancellationToken::new());
        let mut tasks = vec![
            tokio::spawn(projections::run(ledger.clone(), stop.clone())),
            tokio::spawn(jobs::run(app.clone(), stop.clone())),
        ];
        if let Some(url) = nats {
            let settings = relay::Settings::new(url.expose_secret());
            tasks.push(tokio::spawn(relay::run(ledger.clone(), settings, stop.clone())));
        }
        Self { stop, tasks }
    }

    /// Ends between two steps; what is not applied or published then is so after the next start.
    async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a follower's task failed");
            }
        }
    }
}

/// Prometheus asks from one or two places.
const METRICS_CONNECTIONS_MAX: usize = 16;

struct Listening {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
    limits: Limits,
}

fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    server::listen(address).with_context(|| format!("cannot listen on {address} ({setting})"))
}

/// The one recorder of this process.
fn recorder() -> anyhow::Result<PrometheusHandle> {
    static RECORDER: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    let handle = metrics_page::recorder().context("metrics cannot be recorded")?;
    Ok(RECORDER.get_or_init(|| handle).clone())
}
