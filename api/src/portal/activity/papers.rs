//! `/auditor/activity/{index}/receipt` and `…/proof`: what an auditor keeps of an act of their own.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use ledger::entry::Entry;

use super::is_own;
use crate::app::App;
use crate::auth::auditor::{AnyTerms, Auditor, AuditorSession};
use crate::error::{Error, Result};
use crate::export::attachment::disposition;
use crate::v1::entry::{self, Whose};
use crate::v1::{proof, receipt};

/// The log's signed promise about an act.
///
/// # Errors
/// [`Error::NotFound`] for every entry that is no act of this auditor, alike.
pub async fn receipt(
    auditor: Auditor<AnyTerms>,
    State(app): State<App>,
    Path(index): Path<String>,
) -> Result<Response> {
    own(&app, &auditor, &index).await?;
    let receipt = receipt::of(&app, whose(&auditor), &index).await?;
    let name = format!("{}-{index}.receipt.json", auditor.origin.slug());
    let name = HeaderValue::try_from(disposition(&name)).map_err(Error::internal)?;
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(receipt)).into_response())
}

/// That an act is under a checkpoint, as a file by itself.
///
/// # Errors
/// As [`receipt`], and [`Error::NotSealedYet`].
pub async fn proof(auditor: Auditor<AnyTerms>, State(app): State<App>, Path(index): Path<String>) -> Result<Response> {
    own(&app, &auditor, &index).await?;
    proof::file(&app, whose(&auditor), auditor.origin.slug(), &index).await
}

async fn own(app: &App, auditor: &AuditorSession, index: &str) -> Result<()> {
    let (entry, _) = entry::load(app, whose(auditor), index).await?;
    let entry = Entry::parse(&entry.bytes).map_err(Error::internal)?;
    if is_own(auditor, &entry) { Ok(()) } else { Err(Error::NotFound) }
}

fn whose(auditor: &AuditorSession) -> Whose<'_> {
    Whose { log: auditor.log, origin: &auditor.origin }
}
