//! What can happen to a piece of evidence. Each struct serialises to the `detail` of its entries.

use std::num::NonZeroU32;

use cqrs_es::DomainEvent;
use ledger::vocabulary::{Kind, ReadError, Recorded, Stored};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::file::EvidenceFile;
use super::metadata::Metadata;
use crate::event::{Description, kind_of, read_detail, require_success, written};
use crate::note::Note;

const EVIDENCE_ADDED: Kind = Kind { name: "evidence.added", version: 1 };
const EVIDENCE_CHANGED: Kind = Kind { name: "evidence.changed", version: 1 };
const EVIDENCE_REVISED: Kind = Kind { name: "evidence.revised", version: 1 };
const EVIDENCE_WITHDRAWN: Kind = Kind { name: "evidence.withdrawn", version: 1 };

const STREAM: &str = "evidence/<evidence>";

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description::of_stream(EVIDENCE_ADDED, STREAM, include_str!("../../schemas/evidence.added/1.json")),
    Description::of_stream(EVIDENCE_CHANGED, STREAM, include_str!("../../schemas/evidence.changed/1.json")),
    Description::of_stream(EVIDENCE_REVISED, STREAM, include_str!("../../schemas/evidence.revised/1.json")),
    Description::of_stream(EVIDENCE_WITHDRAWN, STREAM, include_str!("../../schemas/evidence.withdrawn/1.json")),
];

/// An event of the stream `evidence/<evidence>`, whose subject is the evidence itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EvidenceEvent {
    /// There is evidence of something; a file may follow.
    EvidenceAdded(Metadata),
    /// Something else is said of it now; the whole of it.
    EvidenceChanged(Metadata),
    /// A file was attached: the first, or one in the place of the one before.
    EvidenceRevised(EvidenceRevised),
    /// It is not evidence any more.
    EvidenceWithdrawn(EvidenceWithdrawn),
}

/// `evidence.revised`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRevised {
    /// The file.
    pub file: EvidenceFile,
    /// Which one it is, counted from 1.
    pub revision: NonZeroU32,
}

/// `evidence.withdrawn`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceWithdrawn {
    /// Why, in the words of whoever withdrew it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Note>,
}

impl Recorded for EvidenceEvent {
    fn kind(&self) -> Kind {
        match self {
            EvidenceEvent::EvidenceAdded(_) => EVIDENCE_ADDED,
            EvidenceEvent::EvidenceChanged(_) => EVIDENCE_CHANGED,
            EvidenceEvent::EvidenceRevised(_) => EVIDENCE_REVISED,
            EvidenceEvent::EvidenceWithdrawn(_) => EVIDENCE_WITHDRAWN,
        }
    }

    fn detail(&self) -> Value {
        match self {
            EvidenceEvent::EvidenceAdded(metadata) | EvidenceEvent::EvidenceChanged(metadata) => written(metadata),
            EvidenceEvent::EvidenceRevised(detail) => written(detail),
            EvidenceEvent::EvidenceWithdrawn(detail) => written(detail),
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = kind_of(DESCRIPTIONS, stored)?;
        require_success(kind, stored)?;
        match kind {
            EVIDENCE_ADDED => read_detail(kind, stored).map(EvidenceEvent::EvidenceAdded),
            EVIDENCE_CHANGED => read_detail(kind, stored).map(EvidenceEvent::EvidenceChanged),
            EVIDENCE_REVISED => read_detail(kind, stored).map(EvidenceEvent::EvidenceRevised),
            EVIDENCE_WITHDRAWN => read_detail(kind, stored).map(EvidenceEvent::EvidenceWithdrawn),
            _ => Err(stored.unknown()),
        }
    }
}

impl DomainEvent for EvidenceEvent {
    fn event_type(&self) -> String {
        self.kind().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.kind().version.to_string()
    }
}
