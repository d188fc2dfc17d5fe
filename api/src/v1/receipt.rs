//! `GET /v1/orgs/{org}/entries/{index}/receipt`: the log's signed promise about an entry (spec §9).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use ledger::history::KeyHistory;
use ledger::key::{Role, SigningKey};
use ledger::receipt;
use ledger::signature::verify_entry;
use ledger::tree::{Hash, TreeHead};
use serde::Serialize;
use store::append::Committed;
use store::published::Published;
use utoipa::ToSchema;

use super::entry::Whose;
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
#[derive(Clone, Debug, Serialize, ToSchema)]
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
        (status = 503, description = "Not now, or its record is not what was published", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    caller: Caller<EntriesRead>,
    State(app): State<App>,
    Path((_org, index)): Path<(String, String)>,
) -> Result<Json<Receipt>> {
    Ok(Json(of(&app, Whose::from(&caller), &index).await?))
}

/// The receipt for the entry of a path.
pub(crate) async fn of(app: &App, whose: Whose<'_>, index: &str) -> Result<Receipt> {
    let (entry, _) = entry::load(app, whose, index).await?;
    of_all(app, whose, &[entry]).await?.pop().ok_or_else(|| Error::internal("an entry without a receipt"))
}

/// The receipts for entries that were read before, in their order. The entries that name the key are the same in each.
pub(crate) async fn of_all(app: &App, whose: Whose<'_>, entries: &[Committed]) -> Result<Vec<Receipt>> {
    let published = entry::published(app, whose).await?;
    let published = published.as_ref();
    let history = app.key_histories().of(app.ledger(), whose.log).await?;
    let keys = keys(app, whose, &history, published).await?;
    let mut receipts = Vec::with_capacity(entries.len());
    for entry in entries {
        entry::compare(whose, entry.index, Some(entry), published).await?;
        let note = sign(app, whose, &history, entry, published).await?;
        let is_sealed = published.is_some_and(|published| published.covers(entry.index));
        let state = if is_sealed { "sealed" } else { "accepted" };
        receipts.push(Receipt { receipt: note, state, keys: keys.clone() });
    }
    Ok(receipts)
}

/// Signs for the published entry, or for one that no checkpoint covers yet, if our entries key signed it: a receipt for any
/// other would prove, by our own signature, that the log has two histories (spec §9).
async fn sign(
    app: &App,
    whose: Whose<'_>,
    history: &KeyHistory,
    entry: &Committed,
    published: Option<&Published>,
) -> Result<String> {
    let newest = published.map_or(TreeHead { size: 0, root: Hash::empty_root() }, Published::head);
    let receipt = receipt::Receipt {
        origin: whose.origin.clone(),
        sequence: entry.index,
        hash: entry.hash,
        time: entry.time,
        checkpoint_size: newest.size,
        checkpoint_root: newest.root,
    };
    let entries_key = key(app, whose, history, Role::Entries, entry.index).await?;
    if !verify_entry(entries_key.vkey(), &entry.hash, &entry.signature) {
        return Err(entry::differs(whose, entry.index));
    }
    let key = key(app, whose, history, Role::Receipts, entry.index).await?;
    receipt.sign(&key).map_err(Error::internal)
}

/// The key in force at an entry, from its file: that a key is ours the database cannot say.
async fn key(app: &App, whose: Whose<'_>, history: &KeyHistory, role: Role, index: u64) -> Result<Arc<SigningKey>> {
    let (keys, origin) = (app.ledger().keys().clone(), whose.origin.clone());
    let keyid = history.in_force(role, index).vkey.key_id();
    let key = tokio::task::spawn_blocking(move || keys.find(&origin, role, keyid)).await.map_err(Error::internal)?;
    // Without the keys of that time there is no receipt, although the entry stands.
    key.map_err(|error| Error::Unavailable(error.to_string()))
}

async fn keys(
    app: &App,
    whose: Whose<'_>,
    history: &KeyHistory,
    published: Option<&Published>,
) -> Result<Vec<KeyEntry>> {
    let mut named = Vec::new();
    for held in history.held(Role::Receipts) {
        let index = held.since.unwrap_or(0);
        let entry = entry::read(app, whose, index).await?;
        entry::compare(whose, index, entry.as_ref(), published).await?;
        let entry = entry.ok_or_else(|| Error::internal("a key entry is missing"))?;
        let proof = match published.filter(|published| published.covers(entry.index)) {
            Some(published) => Some(proof::prove(entry.index, published).await?),
            None => None,
        };
        let bytes = String::from_utf8(entry.bytes.to_vec()).map_err(Error::internal)?;
        named.push(KeyEntry { index: entry.index, entry: bytes, proof });
    }
    Ok(named)
}
