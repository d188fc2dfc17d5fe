//! `/auditor/activity/{index}/receipt`, `…/proof` and `…/entry`: what an auditor keeps of an act of their own; and
//! `/auditor/activity/receipts`: the receipts of all of them in one file.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use ledger::entry::Entry;
use ledger::vocabulary::Subject;

use super::{is_own, newest};
use crate::app::App;
use crate::auth::auditor::{AnyTerms, Auditor, AuditorSession};
use crate::error::{Error, Result};
use crate::export::attachment::disposition;
use crate::portal::recorded;
use crate::v1::entry::{self, Whose};
use crate::v1::{proof, receipt};

/// How the receipts of all acts are named as what was looked at: `records/receipts`.
pub(super) const RECEIPTS: &str = "receipts";
/// Acts whose receipts are in one file, the newest: some 3 KiB each, and as many signatures.
const RECEIPTS_MAX: usize = 1_000;

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
    hand_out_receipt(&app, &auditor, &index).await
}

/// That an act is under a checkpoint, as a file by itself.
///
/// # Errors
/// As [`receipt`], and [`Error::NotSealedYet`].
pub async fn proof(auditor: Auditor<AnyTerms>, State(app): State<App>, Path(index): Path<String>) -> Result<Response> {
    own(&app, &auditor, &index).await?;
    hand_out_proof(&app, &auditor, &index).await
}

/// The entry of an act as it was signed, which its proof is checked with.
///
/// # Errors
/// As [`receipt`].
pub async fn entry(auditor: Auditor<AnyTerms>, State(app): State<App>, Path(index): Path<String>) -> Result<Response> {
    own(&app, &auditor, &index).await?;
    hand_out_entry(&app, &auditor, &index).await
}

/// The receipts of the newest acts, at most 1,000, one a line; that they were taken is recorded first.
///
/// # Errors
/// What an append and [`receipt`] meet.
pub async fn receipts(auditor: Auditor<AnyTerms>, State(app): State<App>) -> Result<Response> {
    let taken = Subject::parse(&format!("records/{RECEIPTS}")).expect("two words of ours");
    recorded::view(&app, &auditor, taken, Ok(())).await?;
    let (mut acts, mut before) = (Vec::new(), None);
    while acts.len() < RECEIPTS_MAX {
        let page = newest(&app, &auditor, before).await?;
        acts.extend(page.acts.into_iter().map(|act| act.committed));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    acts.truncate(RECEIPTS_MAX);
    let mut lines = String::new();
    for receipt in receipt::of_all(&app, whose(&auditor), &acts).await? {
        lines.push_str(&serde_json::to_string(&receipt).map_err(Error::internal)?);
        lines.push('\n');
    }
    let name = format!("{}-receipts.jsonl", auditor.origin.slug());
    let headers = [
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(disposition(&name)).map_err(Error::internal)?),
        (header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl")),
    ];
    Ok((headers, lines).into_response())
}

/// The receipt of an entry, as a file.
///
/// # Errors
/// As [`receipt::of`].
pub async fn hand_out_receipt(app: &App, auditor: &AuditorSession, index: &str) -> Result<Response> {
    let receipt = receipt::of(app, whose(auditor), index).await?;
    let name = format!("{}-{index}.receipt.json", auditor.origin.slug());
    let name = HeaderValue::try_from(disposition(&name)).map_err(Error::internal)?;
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(receipt)).into_response())
}

/// The proof of an entry, as a file.
///
/// # Errors
/// As [`proof::file`].
pub async fn hand_out_proof(app: &App, auditor: &AuditorSession, index: &str) -> Result<Response> {
    proof::file(app, whose(auditor), auditor.origin.slug(), index).await
}

/// An entry as it was signed, as a file.
///
/// # Errors
/// As [`entry::load`].
pub async fn hand_out_entry(app: &App, auditor: &AuditorSession, index: &str) -> Result<Response> {
    let (entry, _) = entry::load(app, whose(auditor), index).await?;
    let name = format!("{}-{index}.json", auditor.origin.slug());
    let name = HeaderValue::try_from(disposition(&name)).map_err(Error::internal)?;
    Ok(([(header::CONTENT_DISPOSITION, name)], entry::exact(&entry)?).into_response())
}

async fn own(app: &App, auditor: &AuditorSession, index: &str) -> Result<()> {
    let (entry, _) = entry::load(app, whose(auditor), index).await?;
    let entry = Entry::parse(&entry.bytes).map_err(Error::internal)?;
    if is_own(auditor, &entry) { Ok(()) } else { Err(Error::NotFound) }
}

fn whose(auditor: &AuditorSession) -> Whose<'_> {
    Whose { log: auditor.log, origin: &auditor.origin }
}
