//! The layers of settings, and where each value came from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{ConfigError, Hides, SETTINGS, Setting, Settings};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The command line.
    Flag(&'static str),
    /// The environment variable of that name.
    Variable(String),
    /// The settings file.
    File(PathBuf),
    /// Nobody gave it.
    Default,
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(key) => write!(f, "--{}", key.replace('_', "-")),
            Self::Variable(name) => f.write_str(name),
            Self::File(path) => path.display().fmt(f),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One line of `countersign config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The setting.
    pub key: &'static str,
    /// Its value with secrets hidden, or nothing where it has none.
    pub shown: Option<String>,
    /// Where it came from.
    pub came: Came,
    /// What it is for.
    pub about: &'static str,
}

/// A value before it is parsed.
pub(crate) struct Raw {
    pub(crate) text: String,
    pub(crate) came: Came,
}

impl Raw {
    pub(crate) fn refuse(&self, key: &'static str, rule: String) -> ConfigError {
        ConfigError::BadValue { key, came: self.came.clone(), rule }
    }
}

/// All layers laid over each other.
pub(crate) struct Layers(BTreeMap<&'static str, Raw>);

impl Layers {
    /// Defaults, under the file, under the environment, under the flags. The file's place depends on the data directory,
    /// so that one is looked up in the two upper layers first.
    pub(crate) fn read(
        flags: Vec<(&'static str, String)>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let defaults = SETTINGS
            .iter()
            .filter_map(|setting| Some((setting.key, Raw { text: setting.default?.to_owned(), came: Came::Default })));
        let mut upper = from_environment(environment)?;
        upper.extend(flags.into_iter().map(|(key, text)| (key, Raw { text, came: Came::Flag(key) })));
        let mut layers: BTreeMap<_, _> = defaults.collect();
        let data_dir = upper.get("data_dir").or_else(|| layers.get("data_dir")).map(|raw| PathBuf::from(&raw.text));
        let file = file
            .map(Path::to_owned)
            .or_else(|| data_dir.map(|dir| Settings::default_file(&dir)).filter(|file| file.exists()));
        if let Some(file) = file {
            layers.extend(from_file(&file)?);
        }
        layers.extend(upper);
        Ok(Self(layers))
    }

    pub(crate) fn optional(&self, key: &'static str) -> Option<&Raw> {
        self.0.get(key)
    }

    /// A setting that has a default.
    pub(crate) fn required(&self, key: &'static str) -> &Raw {
        self.0.get(key).expect("settings with a default are always there")
    }

    pub(crate) fn values(&self, data_dir: &Path) -> Vec<Value> {
        let line = |setting: &'static Setting| {
            let raw = self.0.get(setting.key);
            let shown = raw.map(|raw| match setting {
                Setting { key: "data_dir", .. } => data_dir.display().to_string(),
                Setting { hides: Hides::Passwords, .. } => without_secret(&raw.text),
                Setting { hides: Hides::All, .. } => "***".to_owned(),
                _ => raw.text.clone(),
            });
            let came = raw.map_or(Came::Default, |raw| raw.came.clone());
            Value { key: setting.key, shown, came, about: setting.about }
        };
        SETTINGS.iter().map(line).collect()
    }
}

fn from_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<&'static str, Raw>, ConfigError> {
    let mut layer = BTreeMap::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with("COUNTERSIGN_")) else { continue };
        let key = name["COUNTERSIGN_".len()..].to_ascii_lowercase();
        let came = Came::Variable(name.to_owned());
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            if made_by_kubernetes(&key) {
                continue;
            }
            return Err(ConfigError::UnknownKey { key, came });
        };
        let Ok(text) = value.into_string() else {
            return Err(ConfigError::BadValue { key: setting.key, came, rule: "UTF-8".to_owned() });
        };
        layer.insert(setting.key, Raw { text, came });
    }
    Ok(layer)
}

/// For a service named `countersign` Kubernetes puts these into every container of its namespace.
fn made_by_kubernetes(key: &str) -> bool {
    key == "port" || key.starts_with("port_") || key.starts_with("service_")
}

fn from_file(path: &Path) -> Result<BTreeMap<&'static str, Raw>, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let not_settings = |reason: String| ConfigError::NotSettings { path: path.to_owned(), reason };
    let table: BTreeMap<String, config::Value> = config::Config::builder()
        .add_source(config::File::from_str(&text, config::FileFormat::Toml))
        .build()
        .and_then(config::Config::try_deserialize)
        .map_err(|error| not_settings(error.to_string()))?;
    let mut layer = BTreeMap::new();
    for (key, value) in table {
        let came = Came::File(path.to_owned());
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            return Err(ConfigError::UnknownKey { key, came });
        };
        let text = value.into_string().map_err(|_| not_settings(format!("{key} must be a text or a number")))?;
        layer.insert(setting.key, Raw { text, came });
    }
    Ok(layer)
}

/// A URL without its user's password, and without the values of its query, where libpq takes passwords too.
fn without_secret(url: &str) -> String {
    let (head, query) = url.split_once('?').unwrap_or((url, ""));
    let head = match (head.split_once("://"), head.rfind('@')) {
        (Some((scheme, rest)), Some(_)) => {
            let (who, host) = rest.rsplit_once('@').expect("the at sign stands behind the scheme");
            // A NATS URL may carry a bare token where the user stands.
            let user = who.split_once(':').map_or("***".to_owned(), |(user, _)| format!("{user}:***"));
            let user = if scheme.starts_with("postgres") && !who.contains(':') { who.to_owned() } else { user };
            format!("{scheme}://{user}@{host}")
        }
        _ => head.to_owned(),
    };
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name @ ("host" | "port" | "dbname" | "sslmode"), value)) => format!("{name}={value}"),
        Some((name, _)) => format!("{name}=***"),
        None => "***".to_owned(),
    };
    if query.is_empty() {
        return head;
    }
    format!("{head}?{}", query.split('&').map(shown).collect::<Vec<_>>().join("&"))
}
