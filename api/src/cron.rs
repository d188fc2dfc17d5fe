//! Jobs by request, for operators who have a clock of their own. The service does them by itself as well.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use domain::credential::{CredentialEvent, CredentialRefusal};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::recording;
use subtle::ConstantTimeEq as _;
use utoipa::{IntoParams, ToSchema};

use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::auditor::Visitor;
use crate::error::{Error, Problem, Result};
use crate::jobs::expiry;
use crate::refusals::Refused;
use crate::service_log;

/// Requests with another secret that have an entry each, wherever they come from: as many as show that somebody tries, or
/// that an operator has mistyped it. Further ones are counted.
const REFUSED: Limit = Limit { name: "refused jobs", most: 10, within: Duration::from_hours(1) };

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
pub async fn get(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Json<Swept>> {
    let secret = app.cron_secret().ok_or(Error::NotFound)?;
    if !is_bearer(&headers, secret) {
        record_refused(&app, &visitor).await?;
        return Err(Error::JobSecretNeeded);
    }
    match asked.job.as_deref() {
        Some(expiry::NAME) => Ok(Json(Swept { expired: expiry::sweep(&app, store::clock::now()).await? })),
        _ => Err(Error::BadRequest(format!("job: there is one, {}", expiry::NAME))),
    }
}

/// Records in the log of the service that somebody came with another secret, before the answer leaves.
async fn record_refused(app: &App, visitor: &Visitor) -> Result<()> {
    if app.requests().count(app.access_secret(), REFUSED, &[]).await? != Counted::Within {
        app.count_refused(None, Refused::Credential(None, CredentialRefusal::WrongSecret));
        return Ok(());
    }
    let (log, event) = (service_log::of(app).await?, CredentialEvent::job_refused());
    recording::record(app.ledger(), log, &visitor.ctx_of_nobody(), &event.stream(), &event, None).await?;
    Ok(())
}

/// Whether the request has the secret, in a time that does not tell how much of it. Hashes have one length.
fn is_bearer(headers: &HeaderMap, secret: &SecretString) -> bool {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    Sha256::digest(shown).ct_eq(&Sha256::digest(secret.expose_secret())).into()
}
