//! `/auditor/portal/evidence/{id}/download`: a file of evidence, checked whole and recorded before its first byte leaves
//! (S2-60, S2-80, S2-81).

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::access_grant::{Capability, Item, Resource};
use domain::activity::{self, ActivityEvent, File, Refusal};
use domain::evidence::{Evidence, EvidenceFile, Held};
use domain::name::EvidenceId;
use store::blobs::{BlobError, CheckedFile, Stored};

use super::item::RUN_OUT;
use super::reader::{PORTAL, Reader};
use super::recorded::{self, verdict};
use super::signed_address::Signer;
use crate::app::App;
use crate::auth::auditor::{Auditor, AuditorSession, load_grant};
use crate::error::{Error, Result};
use crate::export::attachment;
use crate::query::Parameters;

/// Hands out the file that the address was signed for. What may be downloaded at another address leads to the page of the
/// evidence.
///
/// # Errors
/// [`Error::NotFound`] for what is not there and for what the grant does not allow, alike; [`Error::FileDiffers`], where the
/// file is not what was recorded; what an append meets.
pub async fn get(
    auditor: Auditor,
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let parameters = Parameters::parse(query.as_deref())?;
    let file = hand_out(&app, &auditor, &id, &parameters).await?;
    Ok(file.unwrap_or_else(|| Redirect::to(&format!("{PORTAL}/evidence/{id}?{RUN_OUT}")).into_response()))
}

/// The file, unless the address is not, or no longer, one that was signed for this session.
///
/// # Errors
/// As [`get`].
pub async fn hand_out(
    app: &App,
    auditor: &AuditorSession,
    id: &str,
    parameters: &Parameters,
) -> Result<Option<Response>> {
    let reader = Reader::of(app, auditor);
    let held = held(app, auditor, id).await?;
    let item = held.as_ref().map(|held| Item::One(held.metadata.facts()));
    let allowed = verdict(&reader, Capability::Download, Resource::Evidence, item);
    let file = held.as_ref().and_then(|held| file(held, parameters.get("revision"))).cloned();
    let file = allowed.and_then(|()| file.ok_or(Refusal::NotFound));
    let file = match file {
        Ok(file) => file,
        Err(refusal) => return refuse(app, auditor, id, refusal).await,
    };
    if !Signer::of(app, auditor).is_good(id, parameters, store::clock::now()) {
        return Ok(None);
    }
    let checked = match check(app, &file).await {
        Ok(checked) => checked,
        Err(error) => return Err(altered(app, auditor, id, error).await),
    };
    // A large file took a while to read: access that ended meanwhile is over.
    let access = load_grant(app, auditor.log, &auditor.grant).await?;
    let item = held.as_ref().map_or(Item::Unknown, |held| Item::One(held.metadata.facts()));
    if let Err(refusal) = access.permits(store::clock::now(), Capability::Download, Resource::Evidence, item) {
        return refuse(app, auditor, id, refusal).await;
    }
    let handed_out = File { bytes: file.bytes, sha256: file.sha256.clone() };
    record(app, auditor, id, Ok(handed_out)).await?;
    Ok(Some(attachment::file(&file, checked)))
}

/// The file of a revision. An address that names none downloads nothing: it is asked whether there is anything at all.
fn file<'a>(held: &'a Held, revision: Option<&str>) -> Option<&'a EvidenceFile> {
    match revision {
        None => held.newest().map(|(_, file)| file),
        Some(revision) => held.file_at(revision.parse().ok()?),
    }
}

/// What there is of the evidence, by its own stream: no read model decides what is handed out.
async fn held(app: &App, auditor: &AuditorSession, id: &str) -> Result<Option<Held>> {
    let Ok(id) = EvidenceId::parse(id) else { return Ok(None) };
    let evidence: Evidence = app.load(auditor.log, &Evidence::stream(&id)).await?;
    Ok(evidence.live().cloned())
}

async fn check(app: &App, file: &EvidenceFile) -> Result<CheckedFile, BlobError> {
    app.blobs().open(Stored { sha256: file.sha256.clone(), bytes: file.bytes }).await
}

/// Records that a file is not what was recorded, and raises the alarm.
async fn altered(app: &App, auditor: &AuditorSession, id: &str, error: BlobError) -> Error {
    if !matches!(error, BlobError::Altered { .. } | BlobError::Missing(_)) {
        return error.into();
    }
    metrics::counter!("countersign_evidence_files_altered").increment(1);
    match record(app, auditor, id, Err(Refusal::FileAltered)).await {
        Ok(()) => error.into(),
        Err(failed) => {
            tracing::error!(%error, "a file of evidence is not what was recorded, and that could not be recorded");
            failed
        }
    }
}

async fn refuse<T>(app: &App, auditor: &AuditorSession, id: &str, refusal: Refusal) -> Result<T> {
    record(app, auditor, id, Err(refusal)).await?;
    Err(Error::NotFound)
}

/// An id that cannot be one is not recorded.
async fn record(app: &App, auditor: &AuditorSession, id: &str, outcome: Result<File, Refusal>) -> Result<()> {
    let evidence = activity::evidence(id).unwrap_or_else(|_| recorded::unknown_evidence());
    let event = ActivityEvent::EvidenceDownloaded { grant: auditor.grant.clone(), evidence, outcome };
    recorded::record(app, auditor, &event).await?;
    Ok(())
}
