//! What an auditor does under a grant: stream `activity/<grant>`.
//!
//! There is no state and nothing to load: whether an act is allowed is decided by the grant
//! ([`crate::access_grant::AccessGrant::permits`]), and each act is appended whatever was decided, before its answer
//! leaves.

#[cfg(test)]
mod tests;

use ledger::vocabulary::{Kind, Outcome, ReadError, Recorded, Stored, Subject, SubjectError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access_grant::Resource;
use crate::event::{Description, read_detail, written};
use crate::name::{GrantId, Sha256, words};

const RECORD_VIEWED: Kind = Kind { name: "auditor.record.viewed", version: 1 };
const EVIDENCE_DOWNLOADED: Kind = Kind { name: "auditor.evidence.downloaded", version: 1 };

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description {
        kind: RECORD_VIEWED,
        stream: "activity/<grant>",
        subject: "record/<type of resource>/<id>",
        sealed: &[],
        schema: include_str!("../schemas/auditor.record.viewed/1.json"),
    },
    Description {
        kind: EVIDENCE_DOWNLOADED,
        stream: "activity/<grant>",
        subject: "evidence/<id>",
        sealed: &[],
        schema: include_str!("../schemas/auditor.evidence.downloaded/1.json"),
    },
];

/// The stream of what is done under a grant.
pub fn stream(grant: &GrantId) -> Subject {
    Subject::parse(&format!("activity/{grant}")).expect("a UUID is a reference's id")
}

/// How a record is named as a subject.
///
/// # Errors
/// When `id` is empty, too long, or has characters that a subject cannot have (spec §2).
pub fn record(resource: Resource, id: &str) -> Result<Subject, SubjectError> {
    // A subject may end in a slash; a record without an id would.
    let id = Subject::parse(&format!("record/{id}")).map(|_| id)?;
    Subject::parse(&format!("record/{resource}/{id}"))
}

/// How a file of evidence is named as a subject.
///
/// # Errors
/// As those of [`record`].
pub fn evidence(id: &str) -> Result<Subject, SubjectError> {
    Subject::parse(&format!("evidence/{id}"))
}

/// An event of the stream `activity/<grant>`.
#[derive(Clone, Debug, PartialEq)]
pub enum ActivityEvent {
    /// A record was looked at, or tried to be.
    RecordViewed {
        /// Under which grant.
        grant: GrantId,
        /// What was looked at.
        record: Subject,
        /// Whether it was shown.
        outcome: Result<(), Refusal>,
    },
    /// A file of evidence was downloaded, or tried to be.
    EvidenceDownloaded {
        /// Under which grant.
        grant: GrantId,
        /// Which file.
        evidence: Subject,
        /// What was handed out, if anything.
        outcome: Result<File, Refusal>,
    },
}

/// A file that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its length in bytes, at most 2^53 − 1 (spec §2).
    pub bytes: u64,
    /// Its hash.
    pub sha256: Sha256,
}

words! {
    /// Why an act under a grant came to nothing: the `reason` of its entry.
    pub enum Refusal("reason of a refusal") {
        /// The file is not what was recorded of it.
        FileAltered = "file_altered",
        /// The grant's time is over.
        GrantExpired = "grant_expired",
        /// The grant has not been taken up.
        GrantNotAccepted = "grant_not_accepted",
        /// The grant has been taken back.
        GrantRevoked = "grant_revoked",
        /// There is no such grant.
        GrantUnknown = "grant_unknown",
        /// There is no such record or file.
        NotFound = "not_found",
        /// The grant does not reach that far.
        NotPermitted = "not_permitted",
    }
}

impl ActivityEvent {
    /// The stream it belongs to.
    pub fn stream(&self) -> Subject {
        match self {
            ActivityEvent::RecordViewed { grant, .. } | ActivityEvent::EvidenceDownloaded { grant, .. } => {
                stream(grant)
            }
        }
    }
}

/// The `detail` of `auditor.record.viewed`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewedDetail {
    grant: GrantId,
}

/// The `detail` of `auditor.evidence.downloaded`, version 1: `bytes` and `sha256` on success, only then.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DownloadedDetail {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    bytes: Option<u64>,
    grant: GrantId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sha256: Option<Sha256>,
}

impl Recorded for ActivityEvent {
    fn kind(&self) -> Kind {
        match self {
            ActivityEvent::RecordViewed { .. } => RECORD_VIEWED,
            ActivityEvent::EvidenceDownloaded { .. } => EVIDENCE_DOWNLOADED,
        }
    }

    fn subject(&self, _: &Subject) -> Subject {
        match self {
            ActivityEvent::RecordViewed { record, .. } => record.clone(),
            ActivityEvent::EvidenceDownloaded { evidence, .. } => evidence.clone(),
        }
    }

    fn outcome(&self) -> Outcome {
        let refusal = match self {
            ActivityEvent::RecordViewed { outcome, .. } => outcome.err(),
            ActivityEvent::EvidenceDownloaded { outcome, .. } => outcome.as_ref().err().copied(),
        };
        refusal.map_or(Outcome::Success, |refusal| Outcome::Failure { reason: refusal.as_str().to_owned() })
    }

    fn detail(&self) -> Value {
        match self {
            ActivityEvent::RecordViewed { grant, .. } => written(&ViewedDetail { grant: grant.clone() }),
            ActivityEvent::EvidenceDownloaded { grant, outcome, .. } => {
                let file = outcome.as_ref().ok();
                written(&DownloadedDetail {
                    bytes: file.map(|file| file.bytes),
                    grant: grant.clone(),
                    sha256: file.map(|file| file.sha256.clone()),
                })
            }
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        if stored.is(RECORD_VIEWED) {
            read_viewed(stored)
        } else if stored.is(EVIDENCE_DOWNLOADED) {
            read_downloaded(stored)
        } else {
            Err(stored.unknown())
        }
    }
}

fn read_viewed(stored: &Stored<'_>) -> Result<ActivityEvent, ReadError> {
    let ViewedDetail { grant } = read_detail(RECORD_VIEWED, stored)?;
    let outcome = read_refusal(RECORD_VIEWED, stored)?.map_or(Ok(()), Err);
    Ok(ActivityEvent::RecordViewed { grant, record: stored.subject.clone(), outcome })
}

fn read_downloaded(stored: &Stored<'_>) -> Result<ActivityEvent, ReadError> {
    let kind = EVIDENCE_DOWNLOADED;
    if !stored.subject.as_str().starts_with("evidence/") {
        return Err(ReadError::Subject { kind, subject: stored.subject.to_string() });
    }
    let DownloadedDetail { bytes, grant, sha256 } = read_detail(kind, stored)?;
    let outcome = match (read_refusal(kind, stored)?, bytes, sha256) {
        (None, Some(bytes), Some(sha256)) => Ok(File { bytes, sha256 }),
        (Some(refusal), None, None) => Err(refusal),
        _ => {
            let source = serde::de::Error::custom("bytes and sha256 stand there on success, only then");
            return Err(ReadError::Shape { kind, source });
        }
    };
    Ok(ActivityEvent::EvidenceDownloaded { grant, evidence: stored.subject.clone(), outcome })
}

fn read_refusal(kind: Kind, stored: &Stored<'_>) -> Result<Option<Refusal>, ReadError> {
    match stored.outcome {
        Outcome::Success => Ok(None),
        Outcome::Failure { reason } => {
            Refusal::parse(reason).map(Some).map_err(|_| ReadError::Outcome { kind, outcome: reason.clone() })
        }
    }
}
