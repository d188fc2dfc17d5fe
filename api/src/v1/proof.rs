//! `GET /v1/orgs/{org}/entries/{index}/proof`: that an entry is under a checkpoint, as a file by itself.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use ledger::proof::TlogProof;
use ledger::tile::TileHashes;
use ledger::tree::inclusion_proof;
use store::published::Published;

use super::entry::{self, Whose};
use crate::app::App;
use crate::auth::{Caller, EntriesRead};
use crate::error::{Error, Problem, Result};

/// Proves that an entry is in the log.
///
/// The body is a C2SP `tlog-proof`, which a verifier checks together with the entry's bytes and the log's key, without
/// asking anybody. Before a checkpoint covers the entry, which takes a second or so, the answer is 404 of the type
/// `/problems/not-sealed-yet` with `Retry-After`.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/entries/{index}/proof",
    tag = "entries",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("index" = u64, Path, description = "The entry's place in the log, from 0"),
    ),
    security(("api_key" = ["entries:read"])),
    responses(
        (status = 200, description = "A .tlog-proof file", body = String, content_type = "text/plain"),
        (status = 404, description = "No such entry, or not sealed yet", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now, or its record is not what was published", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    caller: Caller<EntriesRead>,
    State(app): State<App>,
    Path((slug, index)): Path<(String, String)>,
) -> Result<Response> {
    file(&app, Whose::from(&caller), &slug, &index).await
}

/// The proof for the entry of a path, as a file.
pub(crate) async fn file(app: &App, whose: Whose<'_>, slug: &str, index: &str) -> Result<Response> {
    let (entry, published) = entry::load(app, whose, index).await?;
    let proof = prove(entry.index, &published.ok_or(Error::NotSealedYet(entry.index))?).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{slug}-{}.tlog-proof\"", entry.index)),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, proof).into_response())
}

/// The proof of an entry under the published checkpoint.
pub(super) async fn prove(index: u64, published: &Published) -> Result<String> {
    if !published.covers(index) {
        return Err(Error::NotSealedYet(index));
    }
    let (size, tiles) = (published.head().size, published.tiles().clone());
    let hashes = tokio::task::spawn_blocking(move || {
        inclusion_proof(index, size, &mut TileHashes::new(size, |tile| tiles.tile(tile)))
    });
    let hashes = hashes.await.map_err(Error::internal)?.map_err(|error| Error::Unavailable(format!("{error:?}")))?;
    let proof = TlogProof::new(index, hashes, published.note()).map_err(Error::internal)?;
    Ok(proof.to_string())
}
