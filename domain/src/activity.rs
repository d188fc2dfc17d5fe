//! What an auditor does under a grant: stream `activity/<grant>`.
//!
//! There is no state and nothing to load: whether an act is allowed is decided by the grant
//! ([`crate::access_grant::AccessGrant::permits`]), and each act is appended whatever was decided, before its answer
//! leaves. Every entry names the grant; which session it was stands in the entry's context.

mod recorded;
mod refusal;
#[cfg(test)]
mod tests;

use ledger::vocabulary::{Subject, SubjectError};

use crate::access_grant::{AccessGrant, Resource};
use crate::name::{EmailHash, GrantId, SessionPrefix, Sha256, words};
use crate::tally::Tally;

pub(crate) use self::recorded::DESCRIPTIONS;
pub use self::refusal::Refusal;

/// Where attempts stand that belong to no grant.
const UNKNOWN: &str = "unknown";

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

/// How all records of a type are named as a subject: by another word than one record, so that no id can be taken for it.
pub fn records(resource: Resource) -> Subject {
    Subject::parse(&format!("records/{resource}")).expect("a type of resource is a word")
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
    /// Somebody came with a link or a code, or with what looked like one.
    AcceptAttempted {
        /// Of which grant; none where nothing that was presented belongs to one.
        grant: Option<GrantId>,
        /// The hash of the address that the grant is for, where that is known.
        email_hash: Option<EmailHash>,
        /// Whether it was good.
        outcome: Result<(), Refusal>,
    },
    /// A session began.
    SessionStarted {
        /// Under which grant.
        grant: GrantId,
        /// Which session.
        session: SessionPrefix,
        /// By what.
        opened_by: Opening,
    },
    /// One session ended without the auditor's doing.
    SessionEnded {
        /// Under which grant.
        grant: GrantId,
        /// Which session.
        session: SessionPrefix,
        /// By what.
        by: Ending,
    },
    /// The auditor ended the session.
    SessionLogout {
        /// Under which grant.
        grant: GrantId,
        /// Which session.
        session: SessionPrefix,
    },
    /// All sessions of a grant that has ended were ended.
    SessionSwept {
        /// Under which grant.
        grant: GrantId,
        /// How many there were.
        count: u32,
    },
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
    /// All records of a type that the grant reaches were taken out as a table, or tried to be.
    RecordsExported {
        /// Under which grant.
        grant: GrantId,
        /// Of which type.
        resource: Resource,
        /// What was handed out, if anything.
        outcome: Result<Table, Refusal>,
    },
    /// Attempts were refused beside those that have an entry each: so many came that these would have filled the log.
    RefusalsCounted {
        /// Under which grant; none where they belong to none, or it was not looked up any more.
        grant: Option<GrantId>,
        /// Why they were.
        refusal: Refusal,
        /// How many, and when.
        tally: Tally,
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

/// A table that was handed out as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The file.
    pub file: File,
    /// How many records it holds.
    pub rows: u32,
}

words! {
    /// What a session was opened by.
    pub enum Opening("way to open a session") {
        /// A code sent to the auditor's address.
        EmailCode = "email_code",
        /// The link of the grant.
        Link = "link",
    }
}

words! {
    /// What ended a session that the auditor did not end.
    pub enum Ending("end of a session") {
        /// A member of the organisation.
        Admin = "admin",
        /// Its own time.
        Expiry = "expiry",
        /// Somebody else came with it.
        Mismatch = "mismatch",
    }
}

impl ActivityEvent {
    /// The stream it belongs to. Attempts without a grant have one of their own: `activity/unknown`.
    pub fn stream(&self) -> Subject {
        self.grant().map_or_else(|| named("activity", UNKNOWN), stream)
    }

    /// The grant that it belongs to.
    pub fn grant(&self) -> Option<&GrantId> {
        match self {
            ActivityEvent::AcceptAttempted { grant, .. } | ActivityEvent::RefusalsCounted { grant, .. } => {
                grant.as_ref()
            }
            ActivityEvent::SessionStarted { grant, .. }
            | ActivityEvent::SessionEnded { grant, .. }
            | ActivityEvent::SessionLogout { grant, .. }
            | ActivityEvent::SessionSwept { grant, .. }
            | ActivityEvent::RecordViewed { grant, .. }
            | ActivityEvent::EvidenceDownloaded { grant, .. }
            | ActivityEvent::RecordsExported { grant, .. } => Some(grant),
        }
    }

    /// Why it came to nothing, if it did.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            ActivityEvent::AcceptAttempted { outcome, .. } | ActivityEvent::RecordViewed { outcome, .. } => {
                outcome.err()
            }
            ActivityEvent::EvidenceDownloaded { outcome, .. } => outcome.as_ref().err().copied(),
            ActivityEvent::RecordsExported { outcome, .. } => outcome.as_ref().err().copied(),
            ActivityEvent::RefusalsCounted { refusal, .. } => Some(*refusal),
            ActivityEvent::SessionStarted { .. }
            | ActivityEvent::SessionEnded { .. }
            | ActivityEvent::SessionLogout { .. }
            | ActivityEvent::SessionSwept { .. } => None,
        }
    }
}

/// What is done with the grant itself has it as its subject.
fn grant_subject(grant: Option<&GrantId>) -> Subject {
    grant.map_or_else(|| named("access_grant", UNKNOWN), AccessGrant::stream)
}

fn named(kind: &str, id: &str) -> Subject {
    Subject::parse(&format!("{kind}/{id}")).expect("both are words of ours")
}
