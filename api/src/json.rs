//! Request bodies: read within a size and a time, parsed by the ledger's own strict reader, taken apart member by member
//! so that a refusal names the place and the rule.

mod members;

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, Limited};
use ledger::entry::ENTRY_BYTES_MAX;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::append::EVENTS_PER_REQUEST_MAX;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::App;
use crate::error::{Error, Result};

pub use members::Members;

/// Most values in a body, those within values counted too: as many events as a request may have, of 8 KiB each with a
/// value in every 64 bytes. In memory a value takes about 32 bytes, in a body as few as two.
const VALUES_MAX: usize = EVENTS_PER_REQUEST_MAX * 128;
const _: () = assert!(ENTRY_BYTES_MAX / 2 < VALUES_MAX, "one event has all the values that fit into an entry");
/// Most bytes of all bodies that are in memory at the same time. What is made of them may be sixteen times as large
/// where they are full of zeros: half a GiB then, and far less otherwise.
const BODIES_BYTES_MAX: usize = 32 << 20;
/// Largest form of somebody who has no session: an answer of a passkey has a few KiB.
pub(crate) const OPEN_BYTES_MAX: usize = 16 << 10;
/// The same of bodies that are read before it is known who asks. They take none of the room of those who are known, and
/// there is enough of it for one form on every connection (`server::Limits`), so that nobody takes it all by being slow.
const OPEN_BODIES_BYTES_MAX: usize = 1024 * OPEN_BYTES_MAX;

/// A body of at most `LIMIT` bytes.
pub struct Json<const LIMIT: usize> {
    /// What it says.
    pub value: Value,
    /// SHA-256 of method, path and body: what an idempotency key stands for.
    pub request_sha256: [u8; 32],
    /// Kept for as long as the handler has this, and with it what it makes of the value.
    _room: Room,
}

/// Room for the bodies of all requests together, in bytes.
pub(crate) struct Bodies(Arc<Semaphore>);

/// What a body takes up of it. A body takes room as it arrives, so one that is slow to come holds what has come of it.
struct Room(Option<OwnedSemaphorePermit>);

impl Bodies {
    /// For bodies of those who are known.
    pub(crate) fn of_the_known() -> Self {
        Self(Arc::new(Semaphore::new(BODIES_BYTES_MAX)))
    }

    /// For bodies that are read before it is known who asks.
    pub(crate) fn of_anybody() -> Self {
        Self(Arc::new(Semaphore::new(OPEN_BODIES_BYTES_MAX)))
    }

    /// More room for a body that goes on.
    fn extend(&self, room: &mut Room, more: &Bytes) -> Result<()> {
        let bytes = u32::try_from(more.len()).map_err(|_| Error::Overloaded)?;
        let more = Arc::clone(&self.0).try_acquire_many_owned(bytes).map_err(|_| Error::Overloaded)?;
        match &mut room.0 {
            Some(permit) => permit.merge(more),
            None => room.0 = Some(more),
        }
        Ok(())
    }
}

impl<const LIMIT: usize> FromRequest<App> for Json<LIMIT> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        require_json(&request)?;
        let mut sha256 = Sha256::new();
        sha256.update(format!("{} {}\n", request.method(), request.uri().path()));
        let (bytes, room) = read(request.into_body(), LIMIT, app).await?;
        sha256.update(&bytes);
        let value = parse(&bytes)?;
        Ok(Self { value, request_sha256: sha256.finalize().into(), _room: room })
    }
}

/// A body of at most `LIMIT` bytes, of which the handler says what it may be.
pub struct Raw<const LIMIT: usize> {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Its media type without parameters, in lower case; empty where none was said.
    pub media_type: String,
    /// As [`Json::request_sha256`].
    pub request_sha256: [u8; 32],
    _room: Room,
}

impl<const LIMIT: usize> FromRequest<App> for Raw<LIMIT> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let media_type = media_type(&request);
        let head = format!("{} {}\n", request.method(), request.uri().path());
        let (bytes, room) = read(request.into_body(), LIMIT, app).await?;
        let request_sha256 = Sha256::new().chain_update(head).chain_update(&bytes).finalize().into();
        Ok(Self { bytes, media_type, request_sha256, _room: room })
    }
}

/// Reads JSON strictly.
///
/// # Errors
/// [`Error::Invalid`] for what is not, or could be read in two ways.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    ledger::json::parse_within(bytes, VALUES_MAX).map_err(|error| Error::invalid("", error.to_string()))
}

/// The same for a request without a body: an empty one, or `{}`.
pub struct NoBody {
    /// As [`Json::request_sha256`].
    pub request_sha256: [u8; 32],
}

impl FromRequest<App> for NoBody {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let head = format!("{} {}\n", request.method(), request.uri().path());
        let (bytes, _room) = read(request.into_body(), 16, app).await?;
        if !bytes.is_empty() && bytes.as_slice() != b"{}" {
            return Err(Error::invalid("", "this request has no body"));
        }
        Ok(Self { request_sha256: Sha256::new().chain_update(head).chain_update(&bytes).finalize().into() })
    }
}

/// The body of a form of somebody who is known, within a size and a time as every other.
pub(crate) async fn form_bytes(request: Request, limit: usize, app: &App) -> Result<Vec<u8>> {
    require_form(&request)?;
    Ok(read(request.into_body(), limit, app).await?.0)
}

/// The same of somebody of whom nothing is known.
pub(crate) async fn open_form_bytes(request: Request, app: &App) -> Result<Vec<u8>> {
    require_form(&request)?;
    Ok(read_into(app.open_bodies(), request.into_body(), OPEN_BYTES_MAX, app).await?.0)
}

fn require_form(request: &Request) -> Result<()> {
    if media_type(request) == "application/x-www-form-urlencoded" {
        return Ok(());
    }
    Err(Error::BadRequest("a form comes as application/x-www-form-urlencoded".to_owned()))
}

fn require_json(request: &Request) -> Result<()> {
    if media_type(request) == "application/json" { Ok(()) } else { Err(Error::UnsupportedMediaType) }
}

/// Without parameters, in lower case.
pub(crate) fn media_type(request: &Request) -> String {
    let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    media.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

async fn read(body: Body, limit: usize, app: &App) -> Result<(Vec<u8>, Room)> {
    read_into(app.bodies(), body, limit, app).await
}

async fn read_into(bodies: &Bodies, body: Body, limit: usize, app: &App) -> Result<(Vec<u8>, Room)> {
    // A body that says it is too long is not read at all.
    if limit < usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) {
        return Err(Error::BodyTooLarge { limit });
    }
    // No transaction is open here, so a deadline may cut this off.
    let deadline = app.body_deadline();
    let collected = tokio::time::timeout(deadline, collect(body, limit, bodies)).await;
    collected.unwrap_or(Err(Error::BodyTooSlow { seconds: deadline.as_secs() }))
}

async fn collect(body: Body, limit: usize, bodies: &Bodies) -> Result<(Vec<u8>, Room)> {
    let (mut collected, mut room) = (Vec::new(), Room(None));
    let mut body = Limited::new(body, limit);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| match error {
            error if error.is::<http_body_util::LengthLimitError>() => Error::BodyTooLarge { limit },
            _ => Error::BodyIncomplete,
        })?;
        // What is no data is trailers.
        if let Ok(data) = frame.into_data() {
            bodies.extend(&mut room, &data)?;
            collected.extend_from_slice(&data);
        }
    }
    Ok((collected, room))
}
