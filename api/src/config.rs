//! Settings: flags over `COUNTERSIGN_*` over `countersign.toml` over defaults, each value with where it came from.
//!
//! The file is the one named by `--config`, else `countersign.toml` in the data directory where there is one. A key that
//! is no setting is an error that names the key and the file: a misspelt limit must not be silently without effect.

mod public_url;
mod smtp_url;
mod sources;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use thiserror::Error;

pub(crate) use public_url::is_loopback;
pub use public_url::{PublicUrl, PublicUrlError};
pub use smtp_url::{SmtpSecurity, SmtpUrl, SmtpUrlError};
pub use sources::{Came, Value};
use sources::{Layers, Raw};

use crate::access::secret::Secret;
use crate::client::TrustedProxies;
use crate::mail::Sender;

/// What a job's caller presents is guessed as often as somebody likes.
const CRON_SECRET_CHARS_MIN: usize = 16;

/// One setting: its key in the file, in the environment (`COUNTERSIGN_` and upper case) and as a flag (`--` and hyphens).
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    pub(crate) default: Option<&'static str>,
    pub(crate) hides: Hides,
    pub(crate) about: &'static str,
}

/// What of a value is not printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hides {
    Nothing,
    /// The passwords of a URL.
    Passwords,
    All,
}

const fn setting(key: &'static str, default: Option<&'static str>, about: &'static str) -> Setting {
    Setting { key, default, hides: Hides::Nothing, about }
}

const fn url(key: &'static str, about: &'static str) -> Setting {
    Setting { key, default: None, hides: Hides::Passwords, about }
}

const fn secret(key: &'static str, about: &'static str) -> Setting {
    Setting { key, default: None, hides: Hides::All, about }
}

/// Every setting there is, in the order in which `countersign config` prints them.
pub(crate) const SETTINGS: [Setting; 16] = [
    setting("data_dir", Some("countersign-data"), "keys, tiles, signer record and the private database"),
    url("database_url", "requests, as countersign_app; none: a private PostgreSQL in the data directory"),
    url("ledger_database_url", "the sequencer and its followers, as countersign_ledger"),
    url("migrate_database_url", "countersign migrate, as countersign_migrate"),
    url("nats_url", "where entries are published; none: within the process"),
    setting("listen", Some("127.0.0.1:8080"), "where requests are answered"),
    setting("metrics_listen", Some("127.0.0.1:9464"), "where Prometheus scrapes, or off"),
    setting("public_url", None, "how people reach the service; none: http://localhost and the port"),
    setting(
        "trusted_proxies",
        None,
        "addresses of proxies in front, whose X-Forwarded-For is believed; none: nobody's",
    ),
    url("smtp_url", "the mail server, as smtps://user:password@host or smtp://; none: no mail is sent"),
    setting("mail_from", None, "who mail comes from, with a name or without; none: compliance@ the log's authority"),
    secret(
        "access_secret",
        "64 hex digits under which sessions are signed, addresses recognised and one-time codes kept; none: access.key in the data directory. Replicas share it",
    ),
    secret("cron_secret", "bearer of GET /api/cron, 16 characters or more; none: that address does not answer"),
    setting("connections_max", Some("1024"), "open connections; further ones wait"),
    setting("log_format", Some("text"), "text or json"),
    setting("log_filter", Some("info,sqlx_core=error"), "which log lines, for example info,store=debug"),
];

/// The flags that every command takes.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct Flags {
    /// Directory of keys, tiles, signer record and private database [env: `COUNTERSIGN_DATA_DIR`] [default: countersign-data].
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Settings file [default: countersign.toml in the data directory].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database URL of requests [env: `COUNTERSIGN_DATABASE_URL`].
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub database_url: Option<String>,
    /// Database URL of the sequencer and its followers [env: `COUNTERSIGN_LEDGER_DATABASE_URL`].
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub ledger_database_url: Option<String>,
    /// Database URL of migrations [env: `COUNTERSIGN_MIGRATE_DATABASE_URL`].
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub migrate_database_url: Option<String>,
    /// NATS server to publish entries to [env: `COUNTERSIGN_NATS_URL`].
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub nats_url: Option<String>,
    /// Address on which requests are answered [env: `COUNTERSIGN_LISTEN`].
    #[arg(long, global = true, value_name = "ADDRESS", hide_short_help = true)]
    pub listen: Option<String>,
    /// Address of the metrics, or `off` [env: `COUNTERSIGN_METRICS_LISTEN`].
    #[arg(long, global = true, value_name = "ADDRESS", hide_short_help = true)]
    pub metrics_listen: Option<String>,
    /// URL under which people reach the service [env: `COUNTERSIGN_PUBLIC_URL`].
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub public_url: Option<String>,
    /// Proxies in front, by their addresses [env: `COUNTERSIGN_TRUSTED_PROXIES`].
    #[arg(long, global = true, value_name = "ADDRESSES", hide_short_help = true)]
    pub trusted_proxies: Option<String>,
    /// Mail server [env: `COUNTERSIGN_SMTP_URL`].
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub smtp_url: Option<String>,
    /// Who mail comes from [env: `COUNTERSIGN_MAIL_FROM`].
    #[arg(long, global = true, value_name = "ADDRESS", hide_short_help = true)]
    pub mail_from: Option<String>,
    /// Secret under which sessions are signed, 64 hex digits [env: `COUNTERSIGN_ACCESS_SECRET`].
    #[arg(long, global = true, value_name = "HEX", hide_short_help = true)]
    pub access_secret: Option<String>,
    /// Bearer of `GET /api/cron` [env: `COUNTERSIGN_CRON_SECRET`].
    #[arg(long, global = true, value_name = "SECRET", hide_short_help = true)]
    pub cron_secret: Option<String>,
    /// Most open connections [env: `COUNTERSIGN_CONNECTIONS_MAX`].
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub connections_max: Option<String>,
    /// Form of log lines, `text` or `json` [env: `COUNTERSIGN_LOG_FORMAT`].
    #[arg(long, global = true, value_name = "FORM", hide_short_help = true)]
    pub log_format: Option<String>,
    /// Which log lines are written [env: `COUNTERSIGN_LOG_FILTER`].
    #[arg(long, global = true, value_name = "FILTER", hide_short_help = true)]
    pub log_filter: Option<String>,
}

impl Flags {
    fn given(&self) -> Vec<(&'static str, String)> {
        let data_dir = self.data_dir.as_ref().map(|dir| dir.to_string_lossy().into_owned());
        let flags = [
            ("data_dir", &data_dir),
            ("database_url", &self.database_url),
            ("ledger_database_url", &self.ledger_database_url),
            ("migrate_database_url", &self.migrate_database_url),
            ("nats_url", &self.nats_url),
            ("listen", &self.listen),
            ("metrics_listen", &self.metrics_listen),
            ("public_url", &self.public_url),
            ("trusted_proxies", &self.trusted_proxies),
            ("smtp_url", &self.smtp_url),
            ("mail_from", &self.mail_from),
            ("access_secret", &self.access_secret),
            ("cron_secret", &self.cron_secret),
            ("connections_max", &self.connections_max),
            ("log_format", &self.log_format),
            ("log_filter", &self.log_filter),
        ];
        flags.into_iter().filter_map(|(key, value)| Some((key, value.clone()?))).collect()
    }
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Keys, tiles, signer record and the private database. Absolute.
    pub data_dir: PathBuf,
    /// Databases of the operator; without them a private one is started.
    pub databases: Option<Databases>,
    /// Where entries are published; without it, within the process only.
    pub nats_url: Option<SecretString>,
    /// Where requests are answered.
    pub listen: SocketAddr,
    /// Where metrics are scraped.
    pub metrics_listen: Option<SocketAddr>,
    /// How people reach the service; without it, by `http://localhost` and the port.
    pub public_url: Option<PublicUrl>,
    /// The proxies whose word on where a request comes from is taken.
    pub trusted_proxies: TrustedProxies,
    /// The mail server; without it no mail is sent.
    pub smtp_url: Option<SmtpUrl>,
    /// Who mail comes from; without it `compliance@` and the authority of the log.
    pub mail_from: Option<Sender>,
    /// Under which sessions are signed; without it, what a file of the data directory holds.
    pub access_secret: Option<Secret>,
    /// The bearer of `GET /api/cron`.
    pub cron_secret: Option<SecretString>,
    /// Most open connections.
    pub connections_max: usize,
    /// Form of log lines.
    pub log_format: LogFormat,
    /// A filter in the syntax of `tracing_subscriber::EnvFilter`.
    pub log_filter: String,
    /// What `countersign config` prints.
    pub values: Vec<Value>,
}

/// One URL for each role that logs in (`deploy/postgres/roles.sql`).
#[derive(Clone, Debug)]
pub struct Databases {
    /// As `countersign_app`.
    pub app: SecretString,
    /// As `countersign_ledger`.
    pub ledger: SecretString,
    /// As `countersign_migrate`; a service that never migrates need not know it.
    pub migrate: Option<SecretString>,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

/// Why the settings cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The settings file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings file is not TOML of keys and plain values.
    #[error("{path}: {reason}", path = path.display())]
    NotSettings {
        /// Which file.
        path: PathBuf,
        /// What the parser says.
        reason: String,
    },
    /// A key that is no setting.
    #[error("{key} in {came} is no setting; `countersign config` lists them")]
    UnknownKey {
        /// The key.
        key: String,
        /// The file or environment variable.
        came: Came,
    },
    /// A value that its setting cannot have. The value itself is not repeated, it may be a secret.
    #[error("{key} from {came}: {rule}")]
    BadValue {
        /// The setting.
        key: &'static str,
        /// Where the value came from.
        came: Came,
        /// What it must be.
        rule: String,
    },
    /// Some, but not all of the database URLs are given.
    #[error("{given} is set, but {missing} is not: give both, or none for a private PostgreSQL")]
    DatabasesIncomplete {
        /// One that is given.
        given: &'static str,
        /// One that lacks.
        missing: &'static str,
    },
}

impl Settings {
    /// Reads flags, environment and file.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key and where it stands.
    pub fn load(
        flags: &Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let layers = Layers::read(flags.given(), environment, flags.config.as_deref())?;
        let data_dir = std::path::absolute(layers.required("data_dir").text.as_str())
            .map_err(|error| layers.required("data_dir").refuse("data_dir", error.to_string()))?;
        Ok(Self {
            databases: databases(&layers)?,
            nats_url: layers.optional("nats_url").map(|raw| SecretString::from(raw.text.as_str())),
            listen: parsed(&layers, "listen", "an address and port such as 127.0.0.1:8080")?,
            metrics_listen: metrics_listen(&layers)?,
            public_url: public_url(&layers)?,
            trusted_proxies: trusted_proxies(&layers)?,
            smtp_url: smtp_url(&layers)?,
            mail_from: mail_from(&layers)?,
            access_secret: access_secret(&layers)?,
            cron_secret: cron_secret(&layers)?,
            connections_max: connections_max(&layers)?,
            log_format: log_format(&layers)?,
            log_filter: layers.required("log_filter").text.clone(),
            values: layers.values(&data_dir),
            data_dir,
        })
    }

    /// Directory of an organisation's key files.
    pub fn keys_dir(&self, slug: &str) -> PathBuf {
        self.data_dir.join("keys").join(slug)
    }

    /// The file that would be read for a data directory.
    pub(crate) fn default_file(data_dir: &Path) -> PathBuf {
        data_dir.join("countersign.toml")
    }
}

fn databases(layers: &Layers) -> Result<Option<Databases>, ConfigError> {
    let [app, ledger, migrate] =
        ["database_url", "ledger_database_url", "migrate_database_url"].map(|key| layers.optional(key));
    for (key, raw) in [("database_url", app), ("ledger_database_url", ledger), ("migrate_database_url", migrate)] {
        if let Some(raw) = raw
            && !(raw.text.starts_with("postgres://") || raw.text.starts_with("postgresql://"))
        {
            return Err(raw.refuse(key, "a URL that begins with postgres://".to_owned()));
        }
    }
    let secret = |raw: &Raw| SecretString::from(raw.text.as_str());
    let incomplete = |given, missing| Err(ConfigError::DatabasesIncomplete { given, missing });
    match (app, ledger, migrate) {
        (Some(app), Some(ledger), migrate) => {
            Ok(Some(Databases { app: secret(app), ledger: secret(ledger), migrate: migrate.map(secret) }))
        }
        (None, None, None) => Ok(None),
        (Some(_), None, _) => incomplete("database_url", "ledger_database_url"),
        (None, Some(_), _) => incomplete("ledger_database_url", "database_url"),
        (None, None, Some(_)) => incomplete("migrate_database_url", "database_url"),
    }
}

fn metrics_listen(layers: &Layers) -> Result<Option<SocketAddr>, ConfigError> {
    if layers.required("metrics_listen").text == "off" {
        return Ok(None);
    }
    parsed(layers, "metrics_listen", "an address and port such as 127.0.0.1:9464, or off").map(Some)
}

fn public_url(layers: &Layers) -> Result<Option<PublicUrl>, ConfigError> {
    let Some(raw) = layers.optional("public_url") else { return Ok(None) };
    PublicUrl::parse(&raw.text).map(Some).map_err(|error| raw.refuse("public_url", error.to_string()))
}

fn trusted_proxies(layers: &Layers) -> Result<TrustedProxies, ConfigError> {
    let Some(raw) = layers.optional("trusted_proxies") else { return Ok(TrustedProxies::default()) };
    TrustedProxies::parse(&raw.text).map_err(|error| raw.refuse("trusted_proxies", error.to_string()))
}

fn smtp_url(layers: &Layers) -> Result<Option<SmtpUrl>, ConfigError> {
    let Some(raw) = layers.optional("smtp_url") else { return Ok(None) };
    SmtpUrl::parse(&raw.text).map(Some).map_err(|error| raw.refuse("smtp_url", error.to_string()))
}

fn mail_from(layers: &Layers) -> Result<Option<Sender>, ConfigError> {
    let Some(raw) = layers.optional("mail_from") else { return Ok(None) };
    Sender::parse(&raw.text).map(Some).map_err(|error| raw.refuse("mail_from", error.to_string()))
}

fn access_secret(layers: &Layers) -> Result<Option<Secret>, ConfigError> {
    let Some(raw) = layers.optional("access_secret") else { return Ok(None) };
    Secret::parse(&raw.text).map(Some).map_err(|error| raw.refuse("access_secret", error.to_string()))
}

fn cron_secret(layers: &Layers) -> Result<Option<SecretString>, ConfigError> {
    let Some(raw) = layers.optional("cron_secret") else { return Ok(None) };
    if raw.text.chars().count() < CRON_SECRET_CHARS_MIN {
        return Err(raw.refuse("cron_secret", format!("at least {CRON_SECRET_CHARS_MIN} characters")));
    }
    Ok(Some(SecretString::from(raw.text.as_str())))
}

fn connections_max(layers: &Layers) -> Result<usize, ConfigError> {
    let rule = "a number from 1 to 100000";
    let number: usize = parsed(layers, "connections_max", rule)?;
    if (1..=100_000).contains(&number) {
        return Ok(number);
    }
    Err(layers.required("connections_max").refuse("connections_max", rule.to_owned()))
}

fn log_format(layers: &Layers) -> Result<LogFormat, ConfigError> {
    let raw = layers.required("log_format");
    match raw.text.as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(raw.refuse("log_format", "text or json".to_owned())),
    }
}

fn parsed<T: std::str::FromStr>(layers: &Layers, key: &'static str, rule: &str) -> Result<T, ConfigError> {
    let raw = layers.required(key);
    raw.text.parse().map_err(|_| raw.refuse(key, rule.to_owned()))
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}
