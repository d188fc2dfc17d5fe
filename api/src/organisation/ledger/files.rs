//! `/orgs/{org}/ledger/{index}/…`: an entry's exact bytes, its receipt and its proof, for members.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::auth::{EntriesRead, Member, MemberSession};
use crate::error::Result;
use crate::v1::entry::Whose;
use crate::v1::{entry as entries, proof as proofs, receipt as receipts};

fn whose(member: &MemberSession) -> Whose<'_> {
    Whose { log: member.log, origin: &member.info.origin }
}

/// The entry as it was signed, byte for byte.
pub async fn entry(
    member: Member<EntriesRead>,
    State(app): State<App>,
    Path((slug, index)): Path<(String, String)>,
) -> Result<Response> {
    let (entry, _) = entries::load(&app, whose(&member), &index).await?;
    let name = format!("attachment; filename=\"{slug}-{index}.json\"");
    Ok(([(CONTENT_DISPOSITION, name)], entries::exact(&entry)?).into_response())
}

/// The log's signed promise about it.
pub async fn receipt(
    member: Member<EntriesRead>,
    State(app): State<App>,
    Path((slug, index)): Path<(String, String)>,
) -> Result<Response> {
    let receipt = receipts::of(&app, whose(&member), &index).await?;
    let name = format!("attachment; filename=\"{slug}-{index}.receipt.json\"");
    let headers = [(CONTENT_DISPOSITION, name), (CACHE_CONTROL, "private, no-cache".to_owned())];
    Ok((headers, Json(receipt)).into_response())
}

/// That it is under a checkpoint.
pub async fn proof(
    member: Member<EntriesRead>,
    State(app): State<App>,
    Path((slug, index)): Path<(String, String)>,
) -> Result<Response> {
    proofs::file(&app, whose(&member), &slug, &index).await
}
