//! An act of an auditor in a sentence. Of what was refused it says no more than the refusal did.

use std::collections::HashMap;

use domain::access_grant::Resource;
use ledger::entry::Entry;

use crate::web::components::grouped;
use crate::words;

/// Titles of evidence by its id: of what may be named to whoever reads.
pub type Titles = HashMap<String, String>;

/// What the auditor did.
pub(super) fn of(entry: &Entry, titles: &Titles) -> String {
    let subject = entry.subject.as_str();
    let refused = entry.outcome.reason().is_some();
    match entry.event_type.as_str() {
        "auditor.record.viewed" if refused => "You asked for a page, and there was nothing there for you.".to_owned(),
        "auditor.record.viewed" => format!("You looked at {}.", viewed(subject, titles)),
        "auditor.evidence.downloaded" if entry.outcome.reason() == Some("file_altered") => {
            "You asked for a file, and it was not handed out: it is not what was recorded.".to_owned()
        }
        "auditor.evidence.downloaded" if refused => {
            "You asked for a file, and there was nothing there for you.".to_owned()
        }
        "auditor.evidence.downloaded" => {
            let bytes = entry.detail["bytes"].as_u64().map(grouped).unwrap_or_default();
            format!("You downloaded the file of evidence {} ({bytes} bytes).", titled(last_part(subject), titles))
        }
        "auditor.records.exported" if refused => {
            "You asked for a table, and there was nothing there for you.".to_owned()
        }
        "auditor.records.exported" => {
            let rows = entry.detail["rows"].as_u64().map(grouped).unwrap_or_default();
            format!("You exported {} as a table of {rows} rows.", of_type(last_part(subject)))
        }
        "auditor.invite.accepted" => "You opened your invitation.".to_owned(),
        "auditor.invite.accept_attempted" if refused => "Your link or code was tried, and it did not work.".to_owned(),
        "auditor.invite.accept_attempted" => "Your link or code was used.".to_owned(),
        "auditor.terms.accepted" => "You accepted the terms of engagement.".to_owned(),
        "auditor.session.started" => "You began a session.".to_owned(),
        "auditor.session.logout" => "You signed out.".to_owned(),
        "auditor.session.ended" => "A session of yours ended.".to_owned(),
        "auditor.refusals.counted" => {
            let count = entry.detail["count"].as_u64().map(grouped).unwrap_or_default();
            format!("Further attempts were refused and counted: {count}.")
        }
        other => format!("Recorded as {other}."),
    }
}

/// What was looked at, by the subject of the entry.
pub fn viewed(subject: &str, titles: &Titles) -> String {
    let mut parts = subject.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("records"), Some("audit_logs"), None) => "the audit logs".to_owned(),
        (Some("record"), Some("audit_logs"), Some(index)) => format!("entry {index} of the audit logs"),
        (Some("records"), Some(super::papers::RECEIPTS), None) => "the receipts of all acts".to_owned(),
        (Some("records"), Some("soa"), None) => "the statement of applicability".to_owned(),
        (Some("records"), Some(resource), None) => format!("the list of {}", of_type(resource)),
        (Some("record"), Some("evidence"), Some(id)) => format!("evidence {}", titled(id, titles)),
        (Some("record"), Some(resource), Some(id)) => format!("{id} in {}", of_type(resource)),
        _ => subject.to_owned(),
    }
}

/// Evidence by its title, or by its id where it may not be named.
pub fn titled(id: &str, titles: &Titles) -> String {
    titles.get(id).map_or_else(|| id.to_owned(), |title| format!("“{title}”"))
}

/// The evidence that an entry is about.
pub fn evidence_of(subject: &str) -> Option<&str> {
    subject.strip_prefix("record/evidence/").or_else(|| subject.strip_prefix("evidence/"))
}

/// A type of records, by its word in a subject.
pub fn of_type(word: &str) -> String {
    Resource::parse(word).map_or_else(|_| word.to_owned(), |resource| words::resource_short(resource).to_lowercase())
}

/// What a subject ends with.
pub fn last_part(subject: &str) -> &str {
    subject.rsplit('/').next().unwrap_or(subject)
}

#[cfg(test)]
mod tests {
    use super::{Titles, viewed};

    #[test]
    fn what_was_looked_at_is_told_by_its_type_and_its_name() {
        let titles = Titles::from([("e-1".to_owned(), "Access review".to_owned())]);
        assert_eq!(viewed("records/risks", &titles), "the list of risks");
        assert_eq!(viewed("records/soa", &titles), "the statement of applicability");
        assert_eq!(viewed("record/audit_logs/7", &titles), "entry 7 of the audit logs");
        assert_eq!(viewed("record/risks/2026/R-1", &titles), "2026/R-1 in risks");
        assert_eq!(viewed("record/evidence/e-1", &titles), "evidence “Access review”");
        assert_eq!(viewed("record/evidence/e-2", &titles), "evidence e-2", "what may not be named keeps its id");
    }
}
