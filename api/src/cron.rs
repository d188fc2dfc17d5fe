//! Jobs by request, for operators who have a clock of their own. The service does them by itself as well.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::error::{Error, Problem, Result};
use crate::jobs::expiry;

/// Which job.
#[derive(Deserialize, IntoParams)]
pub struct Asked {
    /// Its name: `auditor-access-expiry`.
    job: Option<String>,
}

/// What a sweep has recorded.
#[derive(Serialize, ToSchema)]
pub struct Swept {
    /// How many grants were recorded as expired.
    expired: usize,
}

/// Does a job now. Doing it again changes nothing.
#[utoipa::path(
    get,
    path = "/api/cron",
    tag = "jobs",
    params(Asked),
    security(("cron_secret" = [])),
    responses(
        (status = 200, description = "Done", body = Swept),
        (status = 400, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Not the secret", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No secret is set", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(State(app): State<App>, headers: HeaderMap, Query(asked): Query<Asked>) -> Result<Json<Swept>> {
    let secret = app.cron_secret().ok_or(Error::NotFound)?;
    if !is_bearer(&headers, secret) {
        tracing::warn!("somebody asked for a job without its secret");
        return Err(Error::Unauthenticated);
    }
    match asked.job.as_deref() {
        Some(expiry::NAME) => Ok(Json(Swept { expired: expiry::sweep(&app, store::clock::now()).await? })),
        _ => Err(Error::BadRequest(format!("job: there is one, {}", expiry::NAME))),
    }
}

/// Whether the request has the secret, in a time that does not tell how much of it. Hashes have one length.
fn is_bearer(headers: &HeaderMap, secret: &SecretString) -> bool {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    Sha256::digest(shown).ct_eq(&Sha256::digest(secret.expose_secret())).into()
}
