//! `/auditor/portal/{resource}/{id}`: one record, one piece of evidence, or one entry of the log.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use domain::access_grant::{Capability, Item, Resource};
use domain::activity::{self, Refusal};
use ledger::vocabulary::Subject;
use store::append::Committed;

use super::evidence::{self, EvidenceFound};
use super::listing::own_seal;
use super::log::{self, EntryFound};
use super::reader::Reader;
use super::recorded::{self, verdict};
use super::records::{self, RecordFound};
use crate::app::App;
use crate::auth::auditor::{Auditor, AuditorSession};
use crate::error::{Error, Result};
use crate::web::Page;
use crate::web::seal::{Seal, Step};

/// The query of the page of evidence, where an address that downloads had run out.
pub const RUN_OUT: &str = "address=run-out";

/// Records the view, then shows it.
///
/// # Errors
/// [`Error::NotFound`] for what is not there and for what the grant does not reach, alike; what an append meets.
pub async fn get(
    auditor: Auditor,
    State(app): State<App>,
    Path((word, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let mut reader = Reader::of(&app, &auditor);
    if query.as_deref() == Some(RUN_OUT) {
        reader = reader.noting("The address of that file had run out: it is good for five minutes. Download it here.");
    }
    let (found, entry) = open(&app, &auditor, &reader, &word, &id).await?;
    page(&reader, &found, Some(own_seal(&reader.clock, &entry, Step::Accepted)))
}

/// Something that was found, whether the grant reaches it or not.
pub enum Found {
    /// An entry of the log.
    Entry(EntryFound),
    /// Evidence.
    Evidence(EvidenceFound),
    /// A record.
    Record(RecordFound),
}

impl Found {
    /// As a grant is asked about it.
    pub fn item(&self) -> Item<'_> {
        match self {
            Found::Entry(found) => found.item(),
            Found::Evidence(found) => found.item(),
            Found::Record(found) => found.item(),
        }
    }

    /// The entry, if it is one.
    pub fn into_entry(self) -> Option<EntryFound> {
        if let Found::Entry(found) = self { Some(found) } else { None }
    }

    /// The evidence, if it is that.
    pub fn into_evidence(self) -> Option<EvidenceFound> {
        if let Found::Evidence(found) = self { Some(found) } else { None }
    }

    /// The record, if it is one.
    pub fn into_record(self) -> Option<RecordFound> {
        if let Found::Record(found) = self { Some(found) } else { None }
    }
}

/// Finds one thing, asks the grant about it, and records that it was looked at or refused.
///
/// # Errors
/// As [`get`].
pub async fn open(
    app: &App,
    auditor: &AuditorSession,
    reader: &Reader,
    word: &str,
    id: &str,
) -> Result<(Found, Committed)> {
    let Ok(resource) = recorded::resource(word) else {
        recorded::view(app, auditor, recorded::unknown(), Err(Refusal::NotFound)).await?;
        return Err(Error::NotFound);
    };
    let found = find(app, reader, resource, id).await?;
    let outcome = verdict(reader, Capability::View, resource, found.as_ref().map(Found::item));
    let entry = recorded::view(app, auditor, subject(resource, id), outcome).await?;
    Ok((found.ok_or(Error::NotFound)?, entry))
}

/// What was asked for. An id that cannot be one is not recorded: the entry names the list.
fn subject(resource: Resource, id: &str) -> Subject {
    activity::record(resource, id).unwrap_or_else(|_| activity::records(resource))
}

/// Finds one thing of a type, if it is shown at all.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(app: &App, reader: &Reader, resource: Resource, id: &str) -> Result<Option<Found>> {
    Ok(match resource {
        Resource::Evidence => evidence::find(app, reader, id).await?.map(Found::Evidence),
        Resource::AuditLogs => log::find(app, reader, id).await?.map(Found::Entry),
        _ => records::find(app, reader, resource, id).await?.map(Found::Record),
    })
}

/// One thing as a page for whoever reads.
///
/// # Errors
/// [`Error::Internal`], where an entry does not read.
pub fn page(reader: &Reader, found: &Found, seal: Option<Seal>) -> Result<Response> {
    Ok(match found {
        Found::Entry(found) => Page::new(log::item_page(reader, found, seal)?).into_response(),
        Found::Evidence(found) => Page::new(evidence::item_page(reader, found, seal)).into_response(),
        Found::Record(found) => Page::new(records::item_page(reader, found, seal)).into_response(),
    })
}
