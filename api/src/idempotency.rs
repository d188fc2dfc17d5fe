//! The header `Idempotency-Key`: the caller's name for a request, accepted on every POST and required on none.

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use store::append::IdempotencyKey;

use crate::auth::Caller;
use crate::error::{Error, Result};

/// The header's name.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key of this request, if it has one: 1 to 255 visible ASCII characters.
pub struct Key(pub Option<String>);

impl Key {
    /// The key with whose it is and what it stands for.
    pub fn of<P>(self, caller: &Caller<P>, request_sha256: [u8; 32]) -> Option<IdempotencyKey> {
        self.0.map(|key| IdempotencyKey { principal: caller.principal(), key, request_sha256 })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let mut values = parts.headers.get_all(&HEADER).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let text = value.to_str().ok().filter(|text| is_key(text) && values.next().is_none());
        text.map(|text| Self(Some(text.to_owned()))).ok_or_else(|| {
            Error::BadRequest("Idempotency-Key must be one header of 1 to 255 visible ASCII characters".to_owned())
        })
    }
}

/// Whether a text can be a key.
pub fn is_key(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
