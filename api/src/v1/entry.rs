//! `GET /v1/orgs/{org}/entries/{index}`: an entry's exact bytes.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::alias::System;
use ledger::name::Origin;
use store::append::{Committed, LogId};
use store::published::{Published, PublishedError};
use store::{checkpoints, entries};

use crate::app::App;
use crate::auth::{Caller, EntriesRead};
use crate::error::{Error, Problem, Result};
use crate::query::Parameters;
use crate::v1::shape::{self, Shaped};

/// BLAKE3 of the body, in hex.
const HASH: HeaderName = HeaderName::from_static("countersign-hash");
/// Ed25519 over the hash by the entries key in force, base64 (spec §4).
const SIGNATURE: HeaderName = HeaderName::from_static("countersign-signature");

/// Reads one entry.
///
/// The body is the entry as it was signed, byte for byte: `b3sum` of it gives the header `Countersign-Hash`. With `shape`
/// it is a view of the entry in the form of another system, which nobody signed; addresses in it are null unless the key
/// may also read grants.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/entries/{index}",
    tag = "entries",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("index" = u64, Path, description = "The entry's place in the log, from 0"),
        ("shape" = Option<String>, Query, description = "The form of another system: meridian, s3, s4, s5 or wf006"),
    ),
    security(("api_key" = ["entries:read"])),
    responses(
        (status = 200, description = "The entry's bytes; or the view", content(
            (String = "application/cloudevents+json"),
            (Shaped = "application/json"),
        )),
        (status = 401, description = "No good API key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such entry", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now, or its record is not what was published", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    caller: Caller<EntriesRead>,
    State(app): State<App>,
    Path((_org, index)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let system = shape_asked(query.as_deref())?;
    let (entry, _) = load(&app, Whose::from(&caller), &index).await?;
    if let Some(system) = system {
        let mut shaped = shape::of(&app, caller.log, shape::sight(&caller), system, &[entry]).await?;
        return Ok(Json(shaped.pop().ok_or(Error::NotFound)?).into_response());
    }
    exact(&entry)
}

/// An entry's bytes as they were signed, with hash and signature.
pub(crate) fn exact(entry: &Committed) -> Result<Response> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/cloudevents+json"));
    headers.insert(HASH, HeaderValue::try_from(entry.hash.to_string()).map_err(Error::internal)?);
    headers.insert(SIGNATURE, HeaderValue::try_from(STANDARD.encode(entry.signature)).map_err(Error::internal)?);
    // It can never change, but whoever may read it today may not tomorrow.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok((headers, entry.bytes.to_vec()).into_response())
}

/// The form that is asked for, the only parameter there is.
fn shape_asked(query: Option<&str>) -> Result<Option<System>> {
    let mut asked = None;
    for (name, value) in Parameters::parse(query)?.0 {
        match name.as_str() {
            "shape" => asked = Some(shape::parse(&value)?),
            _ => return Err(Error::invalid(name, "there is no such parameter")),
        }
    }
    Ok(asked)
}

/// Whose log it is: an API key's organisation, or a member's.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'a> {
    pub(crate) log: LogId,
    pub(crate) origin: &'a Origin,
}

impl<'a, P> From<&'a Caller<P>> for Whose<'a> {
    fn from(caller: &'a Caller<P>) -> Self {
        Self { log: caller.log, origin: &caller.origin }
    }
}

/// The entry of a path with what is published of its log, or the one 404.
pub(crate) async fn load(app: &App, whose: Whose<'_>, index: &str) -> Result<(Committed, Option<Published>)> {
    let index = parse_index(index).ok_or(Error::NotFound)?;
    let entry = read(app, whose, index).await?;
    // After the entry: what was sealed until it was read is compared.
    let published = published(app, whose).await?;
    compare(whose, index, entry.as_ref(), published.as_ref()).await?;
    Ok((entry.ok_or(Error::NotFound)?, published))
}

/// An entry as the database has it.
pub(super) async fn read(app: &App, whose: Whose<'_>, index: u64) -> Result<Option<Committed>> {
    let mut tx = app.db(whose.log).await?;
    let entry = match entries::range(&mut *tx, whose.log, index, 1).await {
        // The row is not even one with itself.
        Err(sqlx::Error::ColumnDecode { .. }) => return Err(differs(whose, index)),
        found => found?.pop(),
    };
    tx.commit().await?;
    Ok(entry)
}

/// Refuses an entry that is other than the published one, or is gone.
pub(super) async fn compare(
    whose: Whose<'_>,
    index: u64,
    entry: Option<&Committed>,
    published: Option<&Published>,
) -> Result<()> {
    let Some(published) = published.filter(|published| published.covers(index)).cloned() else { return Ok(()) };
    let bytes = Arc::clone(&entry.ok_or_else(|| differs(whose, index))?.bytes);
    let checked = tokio::task::spawn_blocking(move || published.check(index, &bytes)).await.map_err(Error::internal)?;
    checked.map_err(|error| match error {
        PublishedError::Differs { .. } => differs(whose, index),
        error => Error::Unavailable(error.to_string()),
    })
}

pub(super) fn differs(whose: Whose<'_>, index: u64) -> Error {
    Error::RecordDiffers { log: whose.origin.to_string(), index }
}

/// What is published of the log, `None` before its first checkpoint.
pub(crate) async fn published(app: &App, whose: Whose<'_>) -> Result<Option<Published>> {
    if let Some(found) = newest(app, whose).await? {
        return Ok(Some(found));
    }
    let mut tx = app.db(whose.log).await?;
    let is_published = checkpoints::newest(&mut *tx, whose.log).await?.is_some();
    tx.commit().await?;
    if !is_published {
        return Ok(None);
    }
    // Files are published before the database has the checkpoint: between the two looks the first one may have come.
    let found = newest(app, whose).await?;
    let missing = || Error::Unavailable("the published files are missing, so nothing can be compared".to_owned());
    Ok(Some(found.ok_or_else(missing)?))
}

async fn newest(app: &App, whose: Whose<'_>) -> Result<Option<Published>> {
    let tiles = app.seals().tiles(whose.origin);
    let found = tokio::task::spawn_blocking(move || Published::newest(tiles)).await.map_err(Error::internal)?;
    found.map_err(|error| Error::Unavailable(error.to_string()))
}

/// A number without leading zeros, so that an entry has one address.
fn parse_index(text: &str) -> Option<u64> {
    let index: u64 = text.parse().ok()?;
    // What is beyond no log reaches, and PostgreSQL's bigint does not either.
    (text == index.to_string() && index < 1 << 53).then_some(index)
}
