//! The database of this process: the operator's by its URLs, or a private one in the data directory.

mod revival;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use std::str::FromStr as _;
use store::cluster::{Cluster, ClusterOptions, Role};
use store::schema::{self, ServiceRole};

use crate::config::{Databases, Settings};
use revival::Revival;

/// Where each role connects to, and the private cluster if there is one.
pub struct Database {
    private: Option<Revival>,
    app: PgConnectOptions,
    ledger: PgConnectOptions,
    migrate: Option<PgConnectOptions>,
}

/// What only `org create` and a service make in a data directory; one of them is there ever after.
const MADE_ONCE: [&str; 3] = ["keys", "signer", "logs"];

impl Database {
    /// Whether the data directory of the settings holds an installation. Nothing is made.
    pub fn is_begun(settings: &Settings) -> bool {
        match settings.databases {
            None => Cluster::is_made(&settings.data_dir.join("postgres")),
            Some(_) => MADE_ONCE.iter().any(|name| settings.data_dir.join(name).exists()),
        }
    }

    /// Uses the databases of the settings, or starts or joins the private one.
    ///
    /// # Errors
    /// A URL that cannot be read; a private server that does not start.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(databases) = &settings.databases {
            return Self::given(databases);
        }
        let cluster = Cluster::start(ClusterOptions::new(settings.data_dir.join("postgres"))).await;
        let cluster = cluster.context("the private PostgreSQL did not start")?;
        let [app, ledger, migrate] = [Role::App, Role::Ledger, Role::Migrate].map(|role| cluster.options(role));
        Ok(Self { private: Some(Revival::of(cluster)), app, ledger, migrate: Some(migrate) })
    }

    fn given(databases: &Databases) -> anyhow::Result<Self> {
        let options = |key: &'static str, url: &SecretString| {
            // The error of the parser may repeat the URL, and with it a password.
            PgConnectOptions::from_str(url.expose_secret()).map_err(|_| anyhow::anyhow!("{key} is no PostgreSQL URL"))
        };
        Ok(Self {
            private: None,
            app: options("database_url", &databases.app)?,
            ledger: options("ledger_database_url", &databases.ledger)?,
            migrate: databases.migrate.as_ref().map(|url| options("migrate_database_url", url)).transpose()?,
        })
    }

    /// Whether the database is this service's own, so that nobody else migrates it.
    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// Where it is, in words for an operator, without user and password.
    pub fn place(&self) -> String {
        place(&self.ledger)
    }

    /// For requests.
    pub fn app(&self) -> &PgConnectOptions {
        &self.app
    }

    /// For the sequencer and its followers.
    pub fn ledger(&self) -> &PgConnectOptions {
        &self.ledger
    }

    /// Brings the schema to this program's version. The versions applied, in order.
    ///
    /// # Errors
    /// No `migrate_database_url`; a migration that fails.
    pub async fn migrate(&self) -> anyhow::Result<Vec<i64>> {
        let options =
            self.migrate.as_ref().context("migrate_database_url is not set: migrations run as countersign_migrate")?;
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await;
        let pool = pool.with_context(|| format!("cannot connect as countersign_migrate to {}", place(options)))?;
        let applied = schema::migrate(&pool).await;
        pool.close().await;
        Ok(applied?)
    }

    /// Makes sure that a service may run on this database: the schema is this program's, and no role that it uses can
    /// do what it must not. Says what of the server's settings could lose an acknowledged entry.
    ///
    /// # Errors
    /// The first rule that does not hold.
    pub async fn check(&self) -> anyhow::Result<()> {
        let urls = [
            ("ledger_database_url", "countersign_ledger", &self.ledger, ServiceRole::Ledger),
            ("database_url", "countersign_app", &self.app, ServiceRole::App),
        ];
        for (setting, role, options, needed) in urls {
            let connection = PgConnection::connect_with(options).await;
            let mut connection =
                connection.with_context(|| format!("cannot connect as {role} to {}", place(options)))?;
            schema::check_role(&mut connection, needed).await.context(setting)?;
            schema::check(&mut connection).await?;
            if needed == ServiceRole::Ledger {
                for risk in schema::unsafe_settings(&mut connection).await? {
                    tracing::warn!(risk, "the database is not set safely");
                }
            }
            connection.close().await?;
        }
        Ok(())
    }

    /// Leaves a private cluster; the last one to leave stops it.
    ///
    /// # Errors
    /// It does not stop.
    pub async fn close(self) -> anyhow::Result<()> {
        if let Some(private) = self.private {
            private.end().await?.stop().await.context("the private PostgreSQL did not stop")?;
        }
        Ok(())
    }
}

fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("database {database} at {}", socket.display()),
        None => format!("database {database} at {}:{}", options.get_host(), options.get_port()),
    }
}
