//! `GET /api/auditor/…`: what the pages of the portal show, for programs, by the same session, the same authority and with
//! the same entries (S5-43).

pub mod activity;
pub mod download;
pub mod item;
pub mod list;

use domain::evidence::{EvidenceFile, Metadata};
use domain::name::EvidenceId;
use domain::record::{Content, Reference};
use ledger::entry::{Actor, Entry};
use ledger::sealed::SealedValue;
use ledger::time::Timestamp;
use projections::read_models::entries::EntryRow;
use serde::Serialize;
use serde_json::Value;
use store::append::Committed;
use utoipa::ToSchema;

use super::log;
use super::reader::Reader;
use crate::v1::evidence::EvidenceMetadata;
use crate::v1::records::RecordContent;

/// The entry of an act of this session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorAct)]
pub struct Act {
    /// Its place in the log.
    index: u64,
    /// When it was recorded: the activity timestamp.
    time: String,
    /// BLAKE3 of the entry's bytes, in hex.
    hash: String,
    /// Where its receipt is.
    receipt: String,
}

/// One thing that a grant shows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AuditorItem)]
pub enum Shown {
    /// An entry of the log.
    Entry(Box<EntryShown>),
    /// Evidence.
    Evidence(Box<EvidenceShown>),
    /// A record.
    Record(Box<RecordShown>),
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorRecord)]
pub struct RecordShown {
    /// By what it is called within its type.
    reference: String,
    /// What it says; its text in lists is left out.
    #[serde(flatten)]
    content: RecordContent,
    /// When it changed last.
    changed_at: String,
}

/// Evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorEvidence)]
pub struct EvidenceShown {
    /// Its id.
    evidence: String,
    /// What is said of it.
    #[serde(flatten)]
    metadata: EvidenceMetadata,
    /// Its files, the first first; in lists the newest alone. Empty: no evidence attached.
    revisions: Vec<FileShown>,
    /// When it changed last.
    changed_at: String,
}

/// A file of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorFile)]
pub struct FileShown {
    /// Which one it is, from 1.
    revision: u32,
    /// What it was called by whoever handed it in.
    name: String,
    /// What kind of content it was said to have.
    media_type: String,
    /// Its length.
    bytes: u64,
    /// Its SHA-256.
    sha256: String,
    /// Where it can be downloaded; null where that was not given.
    download: Option<String>,
}

/// An entry of the log. What is personal in it is sealed, and not here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditorEntry)]
pub struct EntryShown {
    /// Its place in the log.
    index: u64,
    /// Its id.
    id: String,
    /// When it was recorded.
    time: String,
    /// What happened.
    #[serde(rename = "type")]
    kind: String,
    /// To what it happened.
    subject: String,
    /// Who acted: `user`, `auditor`, `service`, `api_key` or `system`.
    actor_type: &'static str,
    /// An opaque id.
    actor: String,
    /// The role at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// `success` or `failure`.
    outcome: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What it says; not in lists, and not where it is the content of a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Value>,
    /// The names of what is sealed in it; not in lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sealed: Vec<String>,
}

impl Act {
    fn of(entry: &Committed) -> Self {
        Self {
            index: entry.index,
            time: entry.time.to_string(),
            hash: entry.hash.to_string(),
            receipt: format!("/auditor/activity/{}/receipt", entry.index),
        }
    }
}

impl RecordShown {
    fn new(reference: &Reference, content: &Content, changed_at: Timestamp) -> Self {
        Self { reference: reference.to_string(), content: content.into(), changed_at: changed_at.to_string() }
    }
}

impl EvidenceShown {
    fn new<'a>(
        reader: &Reader,
        id: &EvidenceId,
        metadata: &Metadata,
        files: impl Iterator<Item = (u32, &'a EvidenceFile)>,
        changed_at: Timestamp,
    ) -> Self {
        let file = |(revision, file): (u32, &EvidenceFile)| FileShown {
            revision,
            name: file.name.to_string(),
            media_type: file.media_type.to_string(),
            bytes: file.bytes,
            sha256: file.sha256.to_string(),
            download: reader.download(id, revision).map(|address| format!("/api/auditor{address}")),
        };
        Self {
            evidence: id.to_string(),
            metadata: metadata.into(),
            revisions: files.map(file).collect(),
            changed_at: changed_at.to_string(),
        }
    }
}

impl EntryShown {
    fn of_row(row: &EntryRow) -> Self {
        let Actor { kind, id, role } = row.actor.clone();
        Self {
            index: row.index,
            id: row.id.to_string(),
            time: row.time.to_string(),
            kind: row.event_type.to_string(),
            subject: row.subject.to_string(),
            actor_type: kind.as_str(),
            actor: id,
            role,
            outcome: row.outcome.as_str(),
            reason: row.outcome.reason().map(str::to_owned),
            detail: None,
            sealed: Vec::new(),
        }
    }

    fn of(entry: &Entry) -> Self {
        let Actor { kind, id, role } = entry.actor.clone();
        Self {
            index: entry.sequence,
            id: entry.id.to_string(),
            time: entry.time.to_string(),
            kind: entry.event_type.to_string(),
            subject: entry.subject.to_string(),
            actor_type: kind.as_str(),
            actor: id,
            role,
            outcome: entry.outcome.as_str(),
            reason: entry.outcome.reason().map(str::to_owned),
            detail: log::has_own_detail(entry).then(|| entry.detail.clone()),
            sealed: entry.sealed.iter().map(SealedValue::field).map(str::to_owned).collect(),
        }
    }
}
