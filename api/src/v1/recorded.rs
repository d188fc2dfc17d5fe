//! What every write answers.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::entry::Entry;
use ledger::name::Origin;
use serde::Serialize;
use store::append::{Appended, Committed};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::idempotency::REPLAYED;

/// Entries that were recorded together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recorded)]
pub struct Answer {
    /// In the order of the request.
    pub entries: Vec<AcceptedEntry>,
}

/// An entry of the log, committed. A checkpoint covers it within a second or so.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedEntry {
    /// Place in the log, from 0.
    pub index: u64,
    /// UUID version 7.
    pub id: String,
    /// When it was recorded.
    pub time: String,
    /// BLAKE3 of the entry's bytes, in hex.
    pub hash: String,
    /// Ed25519 by the log's entries key, base64.
    pub signature: String,
    /// `accepted`: committed, and promised to be under a checkpoint within the hour.
    pub state: &'static str,
    /// Where the entry is.
    pub entry: String,
    /// Where its receipt is.
    pub receipt: String,
}

impl AcceptedEntry {
    fn of(origin: &Origin, entry: &Committed) -> Self {
        let address = format!("/v1/orgs/{}/entries/{}", origin.slug(), entry.index);
        Self {
            index: entry.index,
            id: entry.id.to_string(),
            time: entry.time.to_string(),
            hash: entry.hash.to_string(),
            signature: STANDARD.encode(entry.signature),
            state: "accepted",
            receipt: format!("{address}/receipt"),
            entry: address,
        }
    }
}

/// The entries of a write, as they are answered.
pub fn accepted(origin: &Origin, appended: &Appended) -> Vec<AcceptedEntry> {
    appended.entries.iter().map(|entry| AcceptedEntry::of(origin, entry)).collect()
}

/// The id of what the first entry is about, as the log has it: where a request was sent before, that of the first time.
///
/// # Errors
/// [`Error::Internal`], where it does not parse.
pub fn subject_id(appended: &Appended) -> Result<String> {
    let entry = Entry::parse(&appended.first().bytes).map_err(Error::internal)?;
    Ok(entry.subject.id().to_owned())
}

/// 201 with the entries. A request that was sent again gets the bytes of the first answer, and a header that says so.
pub fn created(origin: &Origin, appended: &Appended) -> Response {
    let answer = Answer { entries: accepted(origin, appended) };
    let location = answer.entries.first().map(|entry| entry.entry.clone());
    answered(StatusCode::CREATED, location, appended.replayed, &answer)
}

/// An answer to a write, with its place and whether it was given before.
pub fn answered(status: StatusCode, location: Option<String>, replayed: bool, body: &impl Serialize) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(location) = location.and_then(|path| HeaderValue::try_from(path).ok()) {
        headers.insert(header::LOCATION, location);
    }
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    (status, headers, Json(body)).into_response()
}
