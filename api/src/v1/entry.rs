//! `GET /v1/orgs/{org}/entries/{index}`: an entry's exact bytes.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use store::append::Committed;
use store::entries;

use crate::app::App;
use crate::auth::{Caller, EntriesRead};
use crate::error::{Error, Problem, Result};

/// BLAKE3 of the body, in hex.
const HASH: HeaderName = HeaderName::from_static("countersign-hash");
/// Ed25519 over the hash by the entries key in force, base64 (spec §4).
const SIGNATURE: HeaderName = HeaderName::from_static("countersign-signature");

/// Reads one entry.
///
/// The body is the entry as it was signed, byte for byte: `b3sum` of it gives the header `Countersign-Hash`.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/entries/{index}",
    tag = "entries",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("index" = u64, Path, description = "The entry's place in the log, from 0"),
    ),
    security(("api_key" = ["entries:read"])),
    responses(
        (status = 200, description = "The entry's bytes", content_type = "application/cloudevents+json"),
        (status = 401, description = "No good API key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such entry", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    caller: Caller<EntriesRead>,
    State(app): State<App>,
    Path((_org, index)): Path<(String, String)>,
) -> Result<Response> {
    let entry = load(&app, &caller, &index).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/cloudevents+json"));
    headers.insert(HASH, HeaderValue::try_from(entry.hash.to_string()).map_err(Error::internal)?);
    headers.insert(SIGNATURE, HeaderValue::try_from(STANDARD.encode(entry.signature)).map_err(Error::internal)?);
    // It can never change, but whoever may read it today may not tomorrow.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok((headers, entry.bytes.to_vec()).into_response())
}

/// The entry of a path, or the one 404.
pub(crate) async fn load<P>(app: &App, caller: &Caller<P>, index: &str) -> Result<Committed> {
    let index = parse_index(index).ok_or(Error::NotFound)?;
    let mut tx = app.db(caller.log).await?;
    let entry = entries::range(&mut *tx, caller.log, index, 1).await?.pop();
    tx.commit().await?;
    entry.ok_or(Error::NotFound)
}

/// A number without leading zeros, so that an entry has one address.
fn parse_index(text: &str) -> Option<u64> {
    let index: u64 = text.parse().ok()?;
    // What is beyond no log reaches, and PostgreSQL's bigint does not either.
    (text == index.to_string() && index < 1 << 53).then_some(index)
}
