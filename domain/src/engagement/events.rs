//! What can happen to an engagement.

use cqrs_es::DomainEvent;
use ledger::vocabulary::{Kind, ReadError, Recorded, Stored};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::Plan;
use crate::event::{Description, kind_of, read_detail, require_success, written};
use crate::note::Note;

const ENGAGEMENT_OPENED: Kind = Kind { name: "engagement.opened", version: 1 };
const ENGAGEMENT_CHANGED: Kind = Kind { name: "engagement.changed", version: 1 };
const ENGAGEMENT_CLOSED: Kind = Kind { name: "engagement.closed", version: 1 };

const STREAM: &str = "engagement/<engagement>";

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description::of_stream(ENGAGEMENT_OPENED, STREAM, include_str!("../../schemas/engagement.opened/1.json")),
    Description::of_stream(ENGAGEMENT_CHANGED, STREAM, include_str!("../../schemas/engagement.changed/1.json")),
    Description::of_stream(ENGAGEMENT_CLOSED, STREAM, include_str!("../../schemas/engagement.closed/1.json")),
];

/// An event of the stream `engagement/<engagement>`, whose subject is the engagement itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EngagementEvent {
    /// It was opened as this.
    EngagementOpened(Plan),
    /// It was changed to this: the whole of it, not the difference.
    EngagementChanged(Plan),
    /// It was closed.
    EngagementClosed(EngagementClosed),
}

/// `engagement.closed`, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngagementClosed {
    /// Why, or how it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Note>,
}

impl Recorded for EngagementEvent {
    fn kind(&self) -> Kind {
        match self {
            EngagementEvent::EngagementOpened(_) => ENGAGEMENT_OPENED,
            EngagementEvent::EngagementChanged(_) => ENGAGEMENT_CHANGED,
            EngagementEvent::EngagementClosed(_) => ENGAGEMENT_CLOSED,
        }
    }

    fn detail(&self) -> Value {
        match self {
            EngagementEvent::EngagementOpened(detail) | EngagementEvent::EngagementChanged(detail) => written(detail),
            EngagementEvent::EngagementClosed(detail) => written(detail),
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = kind_of(DESCRIPTIONS, stored)?;
        require_success(kind, stored)?;
        match kind {
            ENGAGEMENT_OPENED => read_detail(kind, stored).map(EngagementEvent::EngagementOpened),
            ENGAGEMENT_CHANGED => read_detail(kind, stored).map(EngagementEvent::EngagementChanged),
            ENGAGEMENT_CLOSED => read_detail(kind, stored).map(EngagementEvent::EngagementClosed),
            _ => Err(stored.unknown()),
        }
    }
}

impl DomainEvent for EngagementEvent {
    fn event_type(&self) -> String {
        self.kind().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.kind().version.to_string()
    }
}
