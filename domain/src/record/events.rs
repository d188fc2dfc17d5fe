//! What can happen to a record. Each struct serialises to the `detail` of its entries.

use cqrs_es::DomainEvent;
use ledger::vocabulary::{Kind, ReadError, Recorded, Stored};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::Content;
use crate::event::{Description, kind_of, read_detail, require_success, written};
use crate::note::Note;

const RECORD_ADDED: Kind = Kind { name: "organisation.record.added", version: 1 };
/// What the entry of a change is called.
pub const RECORD_CHANGED: Kind = Kind { name: "organisation.record.changed", version: 1 };
const RECORD_WITHDRAWN: Kind = Kind { name: "organisation.record.withdrawn", version: 1 };

const STREAM: &str = "record/<type of resource>/<reference>";

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description::of_stream(RECORD_ADDED, STREAM, include_str!("../../schemas/organisation.record.added/1.json")),
    Description::of_stream(RECORD_CHANGED, STREAM, include_str!("../../schemas/organisation.record.changed/1.json")),
    Description::of_stream(
        RECORD_WITHDRAWN,
        STREAM,
        include_str!("../../schemas/organisation.record.withdrawn/1.json"),
    ),
];

/// An event of the stream `record/<type>/<reference>`, whose subject is the record itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RecordEvent {
    /// It is kept from now on: for the first time, or again.
    RecordAdded(Content),
    /// It says something else now; the whole of it.
    RecordChanged(Content),
    /// It is not shown any more.
    RecordWithdrawn(RecordWithdrawn),
}

/// `organisation.record.withdrawn`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordWithdrawn {
    /// Why, in the words of whoever withdrew it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Note>,
}

impl Recorded for RecordEvent {
    fn kind(&self) -> Kind {
        match self {
            RecordEvent::RecordAdded(_) => RECORD_ADDED,
            RecordEvent::RecordChanged(_) => RECORD_CHANGED,
            RecordEvent::RecordWithdrawn(_) => RECORD_WITHDRAWN,
        }
    }

    fn detail(&self) -> Value {
        match self {
            RecordEvent::RecordAdded(content) | RecordEvent::RecordChanged(content) => written(content),
            RecordEvent::RecordWithdrawn(detail) => written(detail),
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = kind_of(DESCRIPTIONS, stored)?;
        require_success(kind, stored)?;
        match kind {
            RECORD_ADDED => read_detail(kind, stored).map(RecordEvent::RecordAdded),
            RECORD_CHANGED => read_detail(kind, stored).map(RecordEvent::RecordChanged),
            RECORD_WITHDRAWN => read_detail(kind, stored).map(RecordEvent::RecordWithdrawn),
            _ => Err(stored.unknown()),
        }
    }
}

impl DomainEvent for RecordEvent {
    fn event_type(&self) -> String {
        self.kind().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.kind().version.to_string()
    }
}
