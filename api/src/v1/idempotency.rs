//! `GET /v1/idempotency/{key}`: what became of a request whose answer was lost.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use store::append::Appended;
use store::entries;
use utoipa::ToSchema;

use crate::access::idempotency;
use crate::app::App;
use crate::auth::{AnyKey, Caller};
use crate::error::{Error, Problem, Result};
use crate::v1::recorded::{self, AcceptedEntry};

/// A request that was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// The request's `Idempotency-Key`.
    pub key: String,
    /// Always `recorded`: of what is not recorded nothing is known, and the answer is 404.
    pub state: &'static str,
    /// SHA-256 of `<method> <path>`, a line feed, and the body, in hex.
    pub request_sha256: String,
    /// What it recorded.
    pub entries: Vec<AcceptedEntry>,
}

/// Tells what became of a request.
///
/// Keys are those of the asking API key. 404 means that nothing is recorded under this key; a request that is still
/// running may yet be, so send it again with the same key rather than under another.
#[utoipa::path(
    get,
    path = "/v1/idempotency/{key}",
    tag = "events",
    params(("key" = String, Path, description = "The request's Idempotency-Key, percent-encoded")),
    security(("api_key" = [])),
    responses(
        (status = 200, description = "It was recorded", body = Outcome),
        (status = 404, description = "Nothing is recorded under this key", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(caller: Caller<AnyKey>, State(app): State<App>, Path(key): Path<String>) -> Result<Json<Outcome>> {
    if !crate::idempotency::is_key(&key) {
        return Err(Error::NotFound);
    }
    let mut tx = app.db(caller.log).await?;
    let answered = idempotency::find(&mut tx, caller.log, &caller.principal(), &key).await?.ok_or(Error::NotFound)?;
    let found = entries::range(&mut *tx, caller.log, answered.first_index, answered.count).await?;
    tx.commit().await?;
    let appended = Appended { entries: found, replayed: true };
    Ok(Json(Outcome {
        key,
        state: "recorded",
        request_sha256: hex::encode(answered.request_sha256),
        entries: recorded::accepted(&caller.origin, &appended),
    }))
}
