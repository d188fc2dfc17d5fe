//! Of what is done under a grant.

use domain::access_grant::Resource;
use domain::activity::{self, ActivityEvent, Ending, File, Opening, Refusal, Table};
use domain::event::Event;
use domain::name::SessionPrefix;

use super::{Sample, email_hash, grant, sha256, tally};

pub(super) fn samples() -> Vec<Sample> {
    [attempts(), sessions(), acts()].into_iter().flatten().collect()
}

fn attempts() -> Vec<Sample> {
    let counted = |grant, refusal| ActivityEvent::RefusalsCounted { grant, refusal, tally: tally() };
    let attempted = |grant, email_hash, outcome| ActivityEvent::AcceptAttempted { grant, email_hash, outcome };
    vec![
        sample("good", attempted(Some(grant()), Some(email_hash()), Ok(()))),
        sample("refused", attempted(Some(grant()), Some(email_hash()), Err(Refusal::TokenReplaced))),
        sample("unknown", attempted(None, None, Err(Refusal::TokenUnknown))),
        sample("of_grant", counted(Some(grant()), Refusal::NotPermitted)),
        sample("of_nobody", counted(None, Refusal::RateLimited)),
    ]
}

fn sessions() -> Vec<Sample> {
    let session = || SessionPrefix::parse("5f2c9a17").expect("a prefix");
    let started = |opened_by| ActivityEvent::SessionStarted { grant: grant(), session: session(), opened_by };
    let ended = |by| ActivityEvent::SessionEnded { grant: grant(), session: session(), by };
    vec![
        sample("by_link", started(Opening::Link)),
        sample("by_code", started(Opening::EmailCode)),
        sample("by_admin", ended(Ending::Admin)),
        sample("by_expiry", ended(Ending::Expiry)),
        sample("by_mismatch", ended(Ending::Mismatch)),
        sample("logout", ActivityEvent::SessionLogout { grant: grant(), session: session() }),
        sample("swept", ActivityEvent::SessionSwept { grant: grant(), count: 3 }),
    ]
}

fn acts() -> Vec<Sample> {
    let record = activity::record(Resource::Controls, "CC6.1").expect("a record");
    let evidence = activity::evidence("018f3b7e-0000-7000-8000-00000000f001").expect("a file");
    let file = || File { bytes: 18_231, sha256: sha256('e') };
    let viewed = |outcome| ActivityEvent::RecordViewed { grant: grant(), record: record.clone(), outcome };
    let downloaded =
        |outcome| ActivityEvent::EvidenceDownloaded { grant: grant(), evidence: evidence.clone(), outcome };
    let exported = |outcome| ActivityEvent::RecordsExported { grant: grant(), resource: Resource::AuditLogs, outcome };
    vec![
        sample("shown", viewed(Ok(()))),
        sample("refused", viewed(Err(Refusal::GrantRevoked))),
        sample("handed_out", downloaded(Ok(file()))),
        sample("refused", downloaded(Err(Refusal::NotPermitted))),
        sample("handed_out", exported(Ok(Table { file: file(), rows: 1_204 }))),
        sample("refused", exported(Err(Refusal::TermsNotAccepted))),
    ]
}

fn sample(case: &'static str, event: ActivityEvent) -> Sample {
    Sample { case, stream: event.stream(), event: Event::Activity(event) }
}
