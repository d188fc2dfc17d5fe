//! `/auditor/portal/audit_logs/{index}/…`: receipt, proof and exact bytes of an entry of the log, for whoever was given the
//! log. Taking one is a view of the entry, which is recorded first.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::access_grant::{Capability, Resource};
use domain::activity::{self, Refusal};

use super::{EntryFound, find, has_own_detail};
use crate::app::App;
use crate::auth::auditor::{Auditor, AuditorSession};
use crate::error::{Error, Result};
use crate::portal::activity::papers;
use crate::portal::reader::Reader;
use crate::portal::recorded::{self, verdict};

/// The log's signed promise about an entry.
///
/// # Errors
/// [`Error::NotFound`] for what is not there and for what the grant does not reach, alike; what an append meets.
pub async fn receipt(auditor: Auditor, State(app): State<App>, Path(index): Path<String>) -> Result<Response> {
    open(&app, &auditor, &index, |_| Ok(())).await?;
    papers::hand_out_receipt(&app, &auditor, &index).await
}

/// That an entry is under a checkpoint.
///
/// # Errors
/// As [`receipt`], and [`Error::NotSealedYet`].
pub async fn proof(auditor: Auditor, State(app): State<App>, Path(index): Path<String>) -> Result<Response> {
    open(&app, &auditor, &index, |_| Ok(())).await?;
    papers::hand_out_proof(&app, &auditor, &index).await
}

/// An entry as it was signed; not of records and of evidence, whose content has a grant of its own.
///
/// # Errors
/// As [`receipt`].
pub async fn entry(auditor: Auditor, State(app): State<App>, Path(index): Path<String>) -> Result<Response> {
    let is_for_reader = |found: &EntryFound| {
        let is_own = found.parsed().is_ok_and(|entry| has_own_detail(&entry));
        if is_own { Ok(()) } else { Err(Refusal::NotPermitted) }
    };
    open(&app, &auditor, &index, is_for_reader).await?;
    papers::hand_out_entry(&app, &auditor, &index).await
}

/// Finds the entry, asks the grant about it, and records the view or the refusal.
async fn open(
    app: &App,
    auditor: &AuditorSession,
    index: &str,
    is_for_reader: impl Fn(&EntryFound) -> Result<(), Refusal>,
) -> Result<()> {
    let reader = Reader::of(app, auditor);
    let found = find(app, &reader, index).await?;
    let outcome = verdict(&reader, Capability::View, Resource::AuditLogs, found.as_ref().map(EntryFound::item));
    let outcome = outcome.and_then(|()| found.as_ref().map_or(Err(Refusal::NotFound), is_for_reader));
    let subject = activity::record(Resource::AuditLogs, index);
    let subject = subject.unwrap_or_else(|_| activity::records(Resource::AuditLogs));
    recorded::view(app, auditor, subject, outcome).await?;
    found.map(|_| ()).ok_or(Error::NotFound)
}
