//! Logs that stand still until an operator has looked: they take no writes, or are not sealed.

use ledger::key::Role;
use ledger::name::Origin;

use crate::append::LogId;
use crate::batch::Head;
use crate::fence::{self, FenceError};
use crate::keys::KeyError;
use crate::logs::{self, LogInfo};
use crate::open::Ledger;
use crate::{commit, sealing};

/// What stops a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The database does not extend what was signed.
    Fence,
    /// Something is wrong with what is to be sealed.
    Sealing,
    /// The entries key in force cannot be loaded.
    Key,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fence, Self::Sealing, Self::Key];

    /// As it stands in the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fence => "fence",
            Self::Sealing => "sealing",
            Self::Key => "key",
        }
    }
}

/// A log that stands still, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The log.
    pub log: LogInfo,
    /// What stops it.
    pub why: Why,
    /// The reason in words, for the operator.
    pub reason: String,
}

/// Looks at every log: whether this process may append to it, and whether it is sealed as far as this process knows.
pub async fn stopped(ledger: &Ledger) -> Result<Vec<Stopped>, sqlx::Error> {
    let mut found = Vec::new();
    let alarms = sealing::alarms(ledger);
    let mut conn = ledger.reader().acquire().await?;
    for log in logs::all(&mut *conn).await? {
        let Some(head) = commit::load_head(&mut conn, log.log).await? else { continue };
        let fenced = match fence::check(&mut conn, ledger.seals(), log.log, &log.origin, &head).await {
            Ok(()) => None,
            Err(FenceError::Database(error)) if !matches!(error, sqlx::Error::ColumnDecode { .. }) => {
                return Err(error);
            }
            Err(error) => Some(error.to_string()),
        };
        let unusable = key(ledger, &log.origin, &head).await.err().map(|error| error.to_string());
        // What is fenced is not sealed either, for the same reason.
        let unsealed = if fenced.is_none() { alarm(&alarms, log.log) } else { None };
        let reasons = [(Why::Fence, fenced), (Why::Sealing, unsealed), (Why::Key, unusable)];
        let reasons = reasons.into_iter().filter_map(|(why, reason)| Some((why, reason?)));
        found.extend(reasons.map(|(why, reason)| Stopped { log: log.clone(), why, reason }));
    }
    Ok(found)
}

fn alarm(alarms: &[(LogId, String)], log: LogId) -> Option<String> {
    alarms.iter().find(|(of, _)| *of == log).map(|(_, reason)| reason.clone())
}

/// Loads the entries key in force, as a sequencer that starts now would.
async fn key(ledger: &Ledger, origin: &Origin, head: &Head) -> Result<(), KeyError> {
    let (keys, origin, id) = (ledger.keys().clone(), origin.clone(), head.keys.entries);
    let found = tokio::task::spawn_blocking(move || keys.find(&origin, Role::Entries, id).map(drop));
    found.await.expect("reading does not panic")
}
