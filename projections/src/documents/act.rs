//! An act in a document: what, and when, by whom and where it is recorded.

use std::collections::HashMap;

use ledger::entry::{Actor, ActorType};
use ledger::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act<E> {
    /// When, by whom, and where it stands.
    pub by: By,
    /// What.
    pub what: E,
}

/// When something happened, by whom, and where it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredBy", into = "StoredBy")]
pub struct By {
    /// The entry's place in the log: its receipt, and what is sealed in it.
    pub index: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// Who acted.
    pub actor: Actor,
}

#[derive(Serialize, Deserialize)]
struct StoredBy {
    index: u64,
    time: i64,
    actor_type: String,
    actor: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    role: Option<String>,
}

impl From<By> for StoredBy {
    fn from(By { index, time, actor: Actor { kind, id, role } }: By) -> Self {
        Self { index, time: time.as_micros(), actor_type: kind.as_str().to_owned(), actor: id, role }
    }
}

impl TryFrom<StoredBy> for By {
    type Error = String;

    fn try_from(stored: StoredBy) -> Result<Self, String> {
        let StoredBy { index, time, actor_type, actor, role } = stored;
        let kind = ActorType::parse(&actor_type).ok_or_else(|| format!("{actor_type:?} is no type of actor"))?;
        let time = Timestamp::from_micros(time).map_err(|error| error.to_string())?;
        Ok(Self { index, time, actor: Actor { kind, id: actor, role } })
    }
}

/// The one member of the framework's metadata, which takes texts only.
const BY: &str = "by";

impl By {
    /// As the framework passes it beside an event.
    pub(super) fn metadata(&self) -> HashMap<String, String> {
        let text = serde_json::to_string(self).expect("numbers and texts are JSON");
        HashMap::from([(BY.to_owned(), text)])
    }

    /// Back from there.
    pub(super) fn of(metadata: &HashMap<String, String>) -> Self {
        let text = metadata.get(BY).map_or("", String::as_str);
        serde_json::from_str(text).expect("metadata is written by `By::metadata` alone")
    }
}
