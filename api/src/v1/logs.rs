//! `GET /logs/{org}/checkpoint`, `/logs/{org}/tile/…` and `/logs/{org}/handover/{size}`: a log as others follow it, by C2SP
//! `tlog-tiles` (spec §5). Checkpoints, hashes and signatures are everybody's: they say that nothing was changed, and
//! nothing of what was recorded. The entries themselves, in which records and notes stand, are shown to whoever may
//! read them (docs/decisions/0008).

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, RawPathParams, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use ledger::name::Origin;
use ledger::tile::{Kind, TileId};
use store::tiles::{TileDirectory, TileError, TileFile};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use crate::app::App;
use crate::auth::EntriesRead;
use crate::error::{Error, Problem, Result};
use crate::v1::asked::Asked;

/// For what never changes under its name.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// For what is shown to some.
const OF_ENTRIES: &str = "private, no-store";

/// What is held in memory of a tile on its way out, however slow its reader. A tile may have 16 MiB.
const CHUNK_BYTES: usize = 64 << 10;

/// Reads a log's newest checkpoint, a signed note.
#[utoipa::path(
    get,
    path = "/logs/{org}/checkpoint",
    tag = "public",
    params(("org" = String, Path, description = "The organisation's slug")),
    responses(
        (status = 200, description = "The checkpoint", body = String, content_type = "text/plain; charset=utf-8"),
        (status = 404, description = "No such log, or no checkpoint yet", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn checkpoint(State(app): State<App>, Path(slug): Path<String>) -> Result<Response> {
    let tiles = published(&app, &slug)?;
    let note = blocking(move || tiles.checkpoint()).await?.ok_or(Error::NotFound)?;
    Ok(answered(note, "no-cache"))
}

/// Reads a checkpoint with which a checkpoints key handed over to the next: both signed it, and it stays (spec §7).
#[utoipa::path(
    get,
    path = "/logs/{org}/handover/{size}",
    tag = "public",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("size" = String, Path, description = "Its size", example = "41"),
    ),
    responses(
        (status = 200, description = "The checkpoint", body = String, content_type = "text/plain; charset=utf-8"),
        (status = 404, description = "No such log, or no handover at that size", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn handover(State(app): State<App>, Path((slug, size)): Path<(String, String)>) -> Result<Response> {
    let tiles = published(&app, &slug)?;
    let size: u64 = size.parse().map_err(|_| Error::NotFound)?;
    let note = blocking(move || tiles.handovers().note(size)).await?.ok_or(Error::NotFound)?;
    Ok(answered(note, IMMUTABLE))
}

/// A tile that whoever asks may read.
pub struct Allowed(TileId);

impl FromRequestParts<App> for Allowed {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|error| Error::BadRequest(error.to_string()))?;
        let path = params.iter().find(|(name, _)| *name == "tile").map(|(_, path)| path).unwrap_or_default();
        let tile: TileId = format!("tile/{path}").parse().map_err(|_| Error::NotFound)?;
        if tile.kind() == Kind::Entries {
            Asked::<EntriesRead>::from_request_parts(parts, app).await?;
        }
        Ok(Self(tile))
    }
}

/// Reads a tile of a log: hashes and signatures for everybody, entries for whoever may read them.
#[utoipa::path(
    get,
    path = "/logs/{org}/tile/{*tile}",
    tag = "public",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("tile" = String, Path, description = "<level>/<index>, entries/<index> or signature/<index>, perhaps with .p/<width>", example = "entries/000"),
    ),
    security((), ("api_key" = ["entries:read"]), ("session" = [])),
    responses(
        (status = 200, description = "The tile", content_type = "application/octet-stream"),
        (status = 401, description = "Entries, without a good key or session", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such tile", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn tile(
    Allowed(tile): Allowed,
    State(app): State<App>,
    Path((slug, _path)): Path<(String, String)>,
) -> Result<Response> {
    let tiles = published(&app, &slug)?;
    let cached = if tile.kind() == Kind::Entries { OF_ENTRIES } else { IMMUTABLE };
    let TileFile { file, bytes } = blocking(move || tiles.open(tile)).await?;
    let body = ReaderStream::with_capacity(File::from_std(file).take(bytes), CHUNK_BYTES);
    // A tile's name says which entries it is about, and those never change.
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cached)),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

fn answered(note: String, cached: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static(cached)),
    ];
    (headers, note).into_response()
}

/// The published files of the log with a slug. They lie by slug alone, and what is an origin's last part names a file
/// below them: that is why it is read as one.
fn published(app: &App, slug: &str) -> Result<TileDirectory> {
    let origin = Origin::parse(&format!("localhost/{slug}")).ok().filter(|origin| origin.slug() == slug);
    Ok(app.seals().tiles(&origin.ok_or(Error::NotFound)?))
}

async fn blocking<T: Send + 'static>(read: impl FnOnce() -> Result<T, TileError> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(read).await.map_err(Error::internal)? {
        Ok(found) => Ok(found),
        Err(TileError::Missing(_)) => Err(Error::NotFound),
        Err(error) => Err(Error::Unavailable(error.to_string())),
    }
}
