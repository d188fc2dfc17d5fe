//! Evidence: what is said of it, and its file in one revision after another.

pub mod add;
pub mod change;
pub mod file;
mod given;
pub mod list;
pub mod revise;
pub mod show;
pub mod withdraw;

use std::num::NonZeroU32;

use domain::evidence::{EvidenceFile, Held};
use domain::name::EvidenceId;
use serde::Serialize;
use store::append::Appended;
use utoipa::ToSchema;

use super::asked::Asked;
use super::recorded::{self, AcceptedEntry};
use crate::error::{Error, Result};

pub(crate) use self::given::metadata;

/// Metadata with a hundred references of controls.
const BODY_BYTES_MAX: usize = 64 << 10;

/// What is said of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceMetadata {
    /// What it is called: 1 to 200 characters.
    #[schema(example = "Access review, first quarter")]
    title: String,
    /// The day that it is evidence of. Whether it lies in an engagement's window is decided by it.
    #[schema(example = "2026-03-31")]
    effective_on: String,
    /// What it shows, at most 2,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The references of the controls that it is for, at most 100.
    #[schema(example = json!(["CC6.1", "CC6.2"]))]
    controls: Vec<String>,
    /// Who answers for it: a team or a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// The vendor that it is about: the reference of its record.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<String>,
    /// The id of the engagement that it was made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    engagement: Option<String>,
    /// When somebody last looked whether it still holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_on: Option<String>,
}

/// A form with what is said of evidence, as JSON, and its file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read part by part")]
pub struct EvidenceForm {
    /// What is said of it.
    metadata: EvidenceMetadata,
    /// The file, at most 256 MiB.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: Option<String>,
}

/// A form with a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read part by part")]
pub struct FileForm {
    /// The file, at most 256 MiB.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// A file of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revision {
    /// Which one it is, from 1.
    pub revision: u32,
    /// What it was called by whoever handed it in.
    pub name: String,
    /// What kind of content it was said to have.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Where it can be downloaded.
    pub file: String,
}

/// A piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub struct Shown {
    /// Its id.
    pub evidence: String,
    /// `live` or `withdrawn`.
    pub state: &'static str,
    /// What is said of it.
    #[serde(flatten)]
    pub metadata: EvidenceMetadata,
    /// Its files, the first first. None: there is no evidence attached.
    pub revisions: Vec<Revision>,
}

/// A change of a piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceChanged)]
pub struct Changed {
    /// Its id.
    pub evidence: String,
    /// What was recorded; nothing where it was like that already.
    pub entries: Vec<AcceptedEntry>,
}

impl Changed {
    fn of<P>(asked: &Asked<P>, evidence: &str, appended: &Appended) -> Self {
        Self { evidence: evidence.to_owned(), entries: recorded::accepted(asked.origin(), appended) }
    }
}

impl Revision {
    fn of(slug: &str, id: &EvidenceId, revision: NonZeroU32, file: &EvidenceFile) -> Self {
        Self {
            revision: revision.get(),
            name: file.name.to_string(),
            media_type: file.media_type.to_string(),
            bytes: file.bytes,
            sha256: file.sha256.to_string(),
            file: format!("/v1/orgs/{slug}/evidence/{id}/revisions/{revision}/file"),
        }
    }
}

impl Shown {
    fn of(slug: &str, id: &EvidenceId, state: &'static str, held: &Held) -> Self {
        Self {
            evidence: id.to_string(),
            state,
            metadata: EvidenceMetadata::from(&held.metadata),
            revisions: held.revisions().map(|(revision, file)| Revision::of(slug, id, revision, file)).collect(),
        }
    }
}

/// What is no id of evidence is no evidence.
fn evidence_id(text: &str) -> Result<EvidenceId> {
    EvidenceId::parse(text).map_err(|_| Error::NotFound)
}
