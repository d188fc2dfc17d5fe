//! How what an auditor does is written and read.

use std::num::NonZeroU32;

use ledger::vocabulary::{Kind, Outcome, ReadError, Recorded, Stored, Subject, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActivityEvent, Ending, File, Opening, Refusal, Table, grant_subject};
use crate::access_grant::Resource;
use crate::event::{Description, instant, kind_of, read_detail, require_success, written};
use crate::name::{EmailHash, GrantId, SessionPrefix, Sha256};
use crate::tally::Tally;

const ACCEPT_ATTEMPTED: Kind = Kind { name: "auditor.invite.accept_attempted", version: 1 };
const SESSION_STARTED: Kind = Kind { name: "auditor.session.started", version: 1 };
const SESSION_ENDED: Kind = Kind { name: "auditor.session.ended", version: 1 };
const SESSION_LOGOUT: Kind = Kind { name: "auditor.session.logout", version: 1 };
const SESSION_SWEPT: Kind = Kind { name: "auditor.session.swept", version: 1 };
const RECORD_VIEWED: Kind = Kind { name: "auditor.record.viewed", version: 1 };
const EVIDENCE_DOWNLOADED: Kind = Kind { name: "auditor.evidence.downloaded", version: 1 };
const RECORDS_EXPORTED: Kind = Kind { name: "auditor.records.exported", version: 1 };
const REFUSALS_COUNTED: Kind = Kind { name: "auditor.refusals.counted", version: 1 };

const GRANT: &str = "access_grant/<grant>";
const ANY_STREAM: &str = "activity/<grant>, or activity/unknown";
const ANY_GRANT: &str = "access_grant/<grant>, or access_grant/unknown";

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description {
        stream: ANY_STREAM,
        ..described(ACCEPT_ATTEMPTED, ANY_GRANT, include_str!("../../schemas/auditor.invite.accept_attempted/1.json"))
    },
    described(SESSION_STARTED, GRANT, include_str!("../../schemas/auditor.session.started/1.json")),
    described(SESSION_ENDED, GRANT, include_str!("../../schemas/auditor.session.ended/1.json")),
    described(SESSION_LOGOUT, GRANT, include_str!("../../schemas/auditor.session.logout/1.json")),
    described(SESSION_SWEPT, GRANT, include_str!("../../schemas/auditor.session.swept/1.json")),
    described(
        RECORD_VIEWED,
        "record/<type of resource>/<id>",
        include_str!("../../schemas/auditor.record.viewed/1.json"),
    ),
    described(EVIDENCE_DOWNLOADED, "evidence/<id>", include_str!("../../schemas/auditor.evidence.downloaded/1.json")),
    described(
        RECORDS_EXPORTED,
        "records/<type of resource>",
        include_str!("../../schemas/auditor.records.exported/1.json"),
    ),
    Description {
        stream: ANY_STREAM,
        ..described(REFUSALS_COUNTED, ANY_GRANT, include_str!("../../schemas/auditor.refusals.counted/1.json"))
    },
];

const fn described(kind: Kind, subject: &'static str, schema: &'static str) -> Description {
    Description { kind, stream: "activity/<grant>", subject, sealed: &[], schema }
}

/// The `detail` of `auditor.invite.accept_attempted`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptedDetail {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    email_hash: Option<EmailHash>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    grant: Option<GrantId>,
}

/// The `detail` of `auditor.session.started`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartedDetail {
    grant: GrantId,
    opened_by: Opening,
    session: SessionPrefix,
}

/// The `detail` of `auditor.session.ended`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndedDetail {
    by: Ending,
    grant: GrantId,
    session: SessionPrefix,
}

/// The `detail` of `auditor.session.logout`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogoutDetail {
    grant: GrantId,
    session: SessionPrefix,
}

/// The `detail` of `auditor.session.swept`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SweptDetail {
    count: u32,
    grant: GrantId,
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

/// The `detail` of `auditor.records.exported`, version 1: `bytes`, `rows` and `sha256` on success, only then.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedDetail {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    bytes: Option<u64>,
    grant: GrantId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    rows: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sha256: Option<Sha256>,
}

/// The `detail` of `auditor.refusals.counted`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountedDetail {
    count: NonZeroU32,
    #[serde(with = "instant")]
    first: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    grant: Option<GrantId>,
    #[serde(with = "instant")]
    last: Timestamp,
}

impl Recorded for ActivityEvent {
    fn kind(&self) -> Kind {
        match self {
            ActivityEvent::AcceptAttempted { .. } => ACCEPT_ATTEMPTED,
            ActivityEvent::SessionStarted { .. } => SESSION_STARTED,
            ActivityEvent::SessionEnded { .. } => SESSION_ENDED,
            ActivityEvent::SessionLogout { .. } => SESSION_LOGOUT,
            ActivityEvent::SessionSwept { .. } => SESSION_SWEPT,
            ActivityEvent::RecordViewed { .. } => RECORD_VIEWED,
            ActivityEvent::EvidenceDownloaded { .. } => EVIDENCE_DOWNLOADED,
            ActivityEvent::RecordsExported { .. } => RECORDS_EXPORTED,
            ActivityEvent::RefusalsCounted { .. } => REFUSALS_COUNTED,
        }
    }

    fn subject(&self, _: &Subject) -> Subject {
        match self {
            ActivityEvent::RecordViewed { record, .. } => record.clone(),
            ActivityEvent::EvidenceDownloaded { evidence, .. } => evidence.clone(),
            ActivityEvent::RecordsExported { resource, .. } => super::records(*resource),
            ActivityEvent::AcceptAttempted { .. }
            | ActivityEvent::SessionStarted { .. }
            | ActivityEvent::SessionEnded { .. }
            | ActivityEvent::SessionLogout { .. }
            | ActivityEvent::SessionSwept { .. }
            | ActivityEvent::RefusalsCounted { .. } => grant_subject(self.grant()),
        }
    }

    fn outcome(&self) -> Outcome {
        let failure = |refusal: Refusal| Outcome::Failure { reason: refusal.as_str().to_owned() };
        self.refusal().map_or(Outcome::Success, failure)
    }

    fn detail(&self) -> Value {
        match self.clone() {
            ActivityEvent::AcceptAttempted { grant, email_hash, .. } => written(&AttemptedDetail { email_hash, grant }),
            ActivityEvent::SessionStarted { grant, session, opened_by } => {
                written(&StartedDetail { grant, opened_by, session })
            }
            ActivityEvent::SessionEnded { grant, session, by } => written(&EndedDetail { by, grant, session }),
            ActivityEvent::SessionLogout { grant, session } => written(&LogoutDetail { grant, session }),
            ActivityEvent::SessionSwept { grant, count } => written(&SweptDetail { count, grant }),
            ActivityEvent::RecordViewed { grant, .. } => written(&ViewedDetail { grant }),
            ActivityEvent::EvidenceDownloaded { grant, outcome, .. } => {
                let file = outcome.ok();
                let bytes = file.as_ref().map(|file| file.bytes);
                written(&DownloadedDetail { bytes, grant, sha256: file.map(|file| file.sha256) })
            }
            ActivityEvent::RecordsExported { grant, outcome, .. } => {
                let table = outcome.ok();
                let (bytes, rows) = table.as_ref().map(|table| (table.file.bytes, table.rows)).unzip();
                written(&ExportedDetail { bytes, grant, rows, sha256: table.map(|table| table.file.sha256) })
            }
            ActivityEvent::RefusalsCounted { grant, tally: Tally { count, first, last }, .. } => {
                written(&CountedDetail { count, first, grant, last })
            }
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = kind_of(DESCRIPTIONS, stored)?;
        match kind {
            ACCEPT_ATTEMPTED => read_attempted(stored),
            RECORD_VIEWED => read_viewed(stored),
            EVIDENCE_DOWNLOADED => read_downloaded(stored),
            RECORDS_EXPORTED => read_exported(stored),
            REFUSALS_COUNTED => read_counted(stored),
            _ => read_session(kind, stored),
        }
    }
}

fn read_session(kind: Kind, stored: &Stored<'_>) -> Result<ActivityEvent, ReadError> {
    require_success(kind, stored)?;
    let event = match kind {
        SESSION_STARTED => {
            let StartedDetail { grant, opened_by, session } = read_detail(kind, stored)?;
            ActivityEvent::SessionStarted { grant, session, opened_by }
        }
        SESSION_ENDED => {
            let EndedDetail { by, grant, session } = read_detail(kind, stored)?;
            ActivityEvent::SessionEnded { grant, session, by }
        }
        SESSION_LOGOUT => {
            let LogoutDetail { grant, session } = read_detail(kind, stored)?;
            ActivityEvent::SessionLogout { grant, session }
        }
        SESSION_SWEPT => {
            let SweptDetail { count, grant } = read_detail(kind, stored)?;
            ActivityEvent::SessionSwept { grant, count }
        }
        _ => return Err(stored.unknown()),
    };
    require_subject(kind, stored, &grant_subject(event.grant()))?;
    Ok(event)
}

fn read_attempted(stored: &Stored<'_>) -> Result<ActivityEvent, ReadError> {
    let kind = ACCEPT_ATTEMPTED;
    let AttemptedDetail { email_hash, grant } = read_detail(kind, stored)?;
    require_subject(kind, stored, &grant_subject(grant.as_ref()))?;
    let outcome = read_refusal(kind, stored)?.map_or(Ok(()), Err);
    Ok(ActivityEvent::AcceptAttempted { grant, email_hash, outcome })
}

fn read_viewed(stored: &Stored<'_>) -> Result<ActivityEvent, ReadError> {
    let ViewedDetail { grant } = read_detail(RECORD_VIEWED, stored)?;
    let outcome = read_refusal(RECORD_VIEWED, stored)?.map_or(Ok(()), Err);
    Ok(ActivityEvent::RecordViewed { grant, record: stored.subject.clone(), outcome })
}

fn read_downloaded(stored: &Stored<'_>) -> Result<ActivityEvent, ReadError> {
    let kind = EVIDENCE_DOWNLOADED;
    if stored.subject.kind() != "evidence" {
        return Err(another_subject(kind, stored));
    }
    let DownloadedDetail { bytes, grant, sha256 } = read_detail(kind, stored)?;
    let outcome = match (read_refusal(kind, stored)?, bytes, sha256) {
        (None, Some(bytes), Some(sha256)) => Ok(File { bytes, sha256 }),
        (Some(refusal), None, None) => Err(refusal),
        _ => return Err(another_shape(kind, "bytes and sha256 stand there on success, only then")),
    };
    Ok(ActivityEvent::EvidenceDownloaded { grant, evidence: stored.subject.clone(), outcome })
}

fn read_exported(stored: &Stored<'_>) -> Result<ActivityEvent, ReadError> {
    let kind = RECORDS_EXPORTED;
    let resource = Resource::parse(stored.subject.id()).map_err(|_| another_subject(kind, stored))?;
    require_subject(kind, stored, &super::records(resource))?;
    let ExportedDetail { bytes, grant, rows, sha256 } = read_detail(kind, stored)?;
    let outcome = match (read_refusal(kind, stored)?, bytes, rows, sha256) {
        (None, Some(bytes), Some(rows), Some(sha256)) => Ok(Table { file: File { bytes, sha256 }, rows }),
        (Some(refusal), None, None, None) => Err(refusal),
        _ => return Err(another_shape(kind, "bytes, rows and sha256 stand there on success, only then")),
    };
    Ok(ActivityEvent::RecordsExported { grant, resource, outcome })
}

fn read_counted(stored: &Stored<'_>) -> Result<ActivityEvent, ReadError> {
    let kind = REFUSALS_COUNTED;
    let CountedDetail { count, first, grant, last } = read_detail(kind, stored)?;
    require_subject(kind, stored, &grant_subject(grant.as_ref()))?;
    let succeeded = || ReadError::Outcome { kind, outcome: "success".to_owned() };
    let refusal = read_refusal(kind, stored)?.ok_or_else(succeeded)?;
    Ok(ActivityEvent::RefusalsCounted { grant, refusal, tally: Tally { count, first, last } })
}

fn read_refusal(kind: Kind, stored: &Stored<'_>) -> Result<Option<Refusal>, ReadError> {
    match stored.outcome {
        Outcome::Success => Ok(None),
        Outcome::Failure { reason } => {
            Refusal::parse(reason).map(Some).map_err(|_| ReadError::Outcome { kind, outcome: reason.clone() })
        }
    }
}

fn require_subject(kind: Kind, stored: &Stored<'_>, expected: &Subject) -> Result<(), ReadError> {
    if stored.subject == expected { Ok(()) } else { Err(another_subject(kind, stored)) }
}

fn another_subject(kind: Kind, stored: &Stored<'_>) -> ReadError {
    ReadError::Subject { kind, subject: stored.subject.to_string() }
}

fn another_shape(kind: Kind, rule: &str) -> ReadError {
    ReadError::Shape { kind, source: serde::de::Error::custom(rule) }
}
