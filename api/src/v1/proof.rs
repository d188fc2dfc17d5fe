//! `GET /v1/orgs/{org}/entries/{index}/proof`: that an entry is under a checkpoint, as a file by itself.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use ledger::name::Origin;
use ledger::proof::TlogProof;
use ledger::tile::TileHashes;
use ledger::tree::inclusion_proof;
use store::checkpoints::{self, PublishedCheckpoint};

use super::entry;
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
    )
)]
pub async fn get(
    caller: Caller<EntriesRead>,
    State(app): State<App>,
    Path((slug, index)): Path<(String, String)>,
) -> Result<Response> {
    let entry = entry::load(&app, &caller, &index).await?;
    let checkpoint = newest_checkpoint(&app, &caller).await?.ok_or(Error::NotSealedYet(entry.index))?;
    let proof = prove(&app, &caller.origin, entry.index, &checkpoint).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{slug}-{}.tlog-proof\"", entry.index)),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, proof).into_response())
}

/// The newest checkpoint of the caller's log.
pub(super) async fn newest_checkpoint<P>(app: &App, caller: &Caller<P>) -> Result<Option<PublishedCheckpoint>> {
    let mut tx = app.db(caller.log).await?;
    let checkpoint = checkpoints::newest(&mut *tx, caller.log).await?;
    tx.commit().await?;
    Ok(checkpoint)
}

/// The proof of an entry under a checkpoint, from the published tiles.
pub(super) async fn prove(app: &App, origin: &Origin, index: u64, checkpoint: &PublishedCheckpoint) -> Result<String> {
    let size = checkpoint.head.size;
    if size <= index {
        return Err(Error::NotSealedYet(index));
    }
    let tiles = app.seals().tiles(origin);
    let hashes = tokio::task::spawn_blocking(move || {
        inclusion_proof(index, size, &mut TileHashes::new(size, |tile| tiles.tile(tile)))
    });
    let hashes = hashes.await.map_err(Error::internal)?.map_err(|error| Error::Unavailable(format!("{error:?}")))?;
    let proof = TlogProof::new(index, hashes, &checkpoint.note).map_err(Error::internal)?;
    Ok(proof.to_string())
}
