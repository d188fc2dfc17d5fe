//! Request bodies: read within a size and a time, parsed by the ledger's own strict reader, taken apart member by member
//! so that a refusal names the place and the rule.

mod members;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::{Error, Result};

pub use members::Members;

/// A body of at most `LIMIT` bytes.
pub struct Json<const LIMIT: usize> {
    /// What it says.
    pub value: Value,
    /// SHA-256 of method, path and body: what an idempotency key stands for.
    pub request_sha256: [u8; 32],
}

impl<const LIMIT: usize> FromRequest<App> for Json<LIMIT> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        require_json(&request)?;
        let mut sha256 = Sha256::new();
        sha256.update(format!("{} {}\n", request.method(), request.uri().path()));
        let bytes = read(request.into_body(), LIMIT, app).await?;
        sha256.update(&bytes);
        let value = ledger::json::parse(&bytes).map_err(|error| Error::invalid("", error.to_string()))?;
        Ok(Self { value, request_sha256: sha256.finalize().into() })
    }
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
        let bytes = read(request.into_body(), 16, app).await?;
        if !bytes.is_empty() && bytes.as_slice() != b"{}" {
            return Err(Error::invalid("", "this request has no body"));
        }
        Ok(Self { request_sha256: Sha256::new().chain_update(head).chain_update(&bytes).finalize().into() })
    }
}

fn require_json(request: &Request) -> Result<()> {
    let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = media.split(';').next().unwrap_or("").trim();
    if media.eq_ignore_ascii_case("application/json") { Ok(()) } else { Err(Error::UnsupportedMediaType) }
}

async fn read(body: Body, limit: usize, app: &App) -> Result<Vec<u8>> {
    // A body that says it is too long is not read at all.
    if limit < usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) {
        return Err(Error::BodyTooLarge { limit });
    }
    // No transaction is open here, so a deadline may cut this off.
    let deadline = app.body_deadline();
    match tokio::time::timeout(deadline, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Error::BodyTooLarge { limit }),
        Ok(Err(_)) => Err(Error::BodyIncomplete),
        Err(_) => Err(Error::BodyTooSlow { seconds: deadline.as_secs() }),
    }
}
