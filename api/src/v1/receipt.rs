//! `GET /v1/orgs/{org}/entries/{index}/receipt`: the log's signed promise about an entry (spec §9).

use axum::Json;
use axum::extract::{Path, State};
use ledger::history::KeyHistory;
use ledger::key::Role;
use ledger::receipt;
use ledger::tree::{Hash, TreeHead};
use serde::Serialize;
use store::append::Committed;
use store::checkpoints::PublishedCheckpoint;
use store::entries;
use utoipa::ToSchema;

use super::{entry, proof};
use crate::app::App;
use crate::auth::{Caller, EntriesRead};
use crate::error::{Error, Problem, Result};

/// A receipt with what shows whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// A signed note by the log's receipts key: origin, index, hash and time of the entry, and the newest checkpoint.
    pub receipt: String,
    /// `accepted`: committed, and promised to be under a checkpoint within the hour. `sealed`: it is.
    pub state: &'static str,
    /// Entry 0 and each rotation of the receipts key: they say that the key is the log's.
    pub keys: Vec<KeyEntry>,
}

/// An entry that names a key.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyEntry {
    /// Its place in the log.
    pub index: u64,
    /// Its bytes, as text.
    pub entry: String,
    /// Its `.tlog-proof`; null while no checkpoint covers it.
    pub proof: Option<String>,
}

/// Gives a receipt for an entry.
///
/// Keep it: a log that later has another entry at this place, or that does not seal it within an hour, is caught by it.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/entries/{index}/receipt",
    tag = "entries",
    params(
        ("org" = String, Path, description = "The organisation's slug"),
        ("index" = u64, Path, description = "The entry's place in the log, from 0"),
    ),
    security(("api_key" = ["entries:read"])),
    responses(
        (status = 200, description = "The receipt", body = Receipt),
        (status = 404, description = "No such entry", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    caller: Caller<EntriesRead>,
    State(app): State<App>,
    Path((_org, index)): Path<(String, String)>,
) -> Result<Json<Receipt>> {
    let entry = entry::load(&app, &caller, &index).await?;
    let checkpoint = proof::newest_checkpoint(&app, &caller).await?;
    let history = app.key_histories().of(app.ledger(), caller.log).await?;
    let note = sign(&app, &caller, &history, &entry, checkpoint.as_ref()).await?;
    let is_sealed = checkpoint.as_ref().is_some_and(|checkpoint| entry.index < checkpoint.head.size);
    let state = if is_sealed { "sealed" } else { "accepted" };
    Ok(Json(Receipt { receipt: note, state, keys: keys(&app, &caller, &history, checkpoint.as_ref()).await? }))
}

async fn sign(
    app: &App,
    caller: &Caller<EntriesRead>,
    history: &KeyHistory,
    entry: &Committed,
    checkpoint: Option<&PublishedCheckpoint>,
) -> Result<String> {
    let newest = checkpoint.map_or(TreeHead { size: 0, root: Hash::empty_root() }, |checkpoint| checkpoint.head);
    let receipt = receipt::Receipt {
        origin: caller.origin.clone(),
        sequence: entry.index,
        hash: entry.hash,
        time: entry.time,
        checkpoint_size: newest.size,
        checkpoint_root: newest.root,
    };
    let (keys, origin) = (app.ledger().keys().clone(), caller.origin.clone());
    let keyid = history.in_force(Role::Receipts, entry.index).vkey.key_id();
    let key = tokio::task::spawn_blocking(move || keys.find(&origin, Role::Receipts, keyid))
        .await
        .map_err(Error::internal)?;
    // Without the key of that time there is no receipt, although the entry stands.
    let key = key.map_err(|error| Error::Unavailable(error.to_string()))?;
    receipt.sign(&key).map_err(Error::internal)
}

async fn keys(
    app: &App,
    caller: &Caller<EntriesRead>,
    history: &KeyHistory,
    checkpoint: Option<&PublishedCheckpoint>,
) -> Result<Vec<KeyEntry>> {
    let mut named = Vec::new();
    for held in history.held(Role::Receipts) {
        let mut tx = app.db(caller.log).await?;
        let entry = entries::range(&mut *tx, caller.log, held.since.unwrap_or(0), 1).await?.pop();
        tx.commit().await?;
        let entry = entry.ok_or_else(|| Error::internal("a key entry is missing"))?;
        let proof = match checkpoint.filter(|checkpoint| entry.index < checkpoint.head.size) {
            Some(checkpoint) => Some(proof::prove(app, &caller.origin, entry.index, checkpoint).await?),
            None => None,
        };
        let bytes = String::from_utf8(entry.bytes.to_vec()).map_err(Error::internal)?;
        named.push(KeyEntry { index: entry.index, entry: bytes, proof });
    }
    Ok(named)
}
