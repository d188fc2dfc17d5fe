//! `GET /assets/{version}/{file}`: style, scripts and icons, part of the binary.
//!
//! The version is a hash of all of them together, so modules find each other by relative addresses, and what a browser
//! holds under an address never changes.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// Digits of the version: 64 bits tell apart what one service has ever served.
const VERSION_DIGITS: usize = 16;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
struct Files;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut sha256 = Sha256::new();
    for name in names {
        let file = Files::get(&name).expect("a listed file is there");
        sha256.update(format!("{name} {}\n", hex::encode(file.metadata.sha256_hash())));
    }
    hex::encode(sha256.finalize())[..VERSION_DIGITS].to_owned()
});

/// The route of the files.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{version}/{file}", routing::get(get))
}

/// Where a page finds a file.
pub fn address(file: &str) -> String {
    format!("/assets/{}/{file}", *VERSION)
}

async fn get(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Result<Response> {
    let file = Files::get(&name).ok_or(Error::NotFound)?;
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    // A page that is older than the service asks for the version before: it gets what is there, and asks again.
    let kept = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = [(ETAG, tag.clone()), (CACHE_CONTROL, kept.to_owned())];
    if headers.get(IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    Ok((known, [(CONTENT_TYPE, media_type(&name)?)], file.data.into_owned()).into_response())
}

fn media_type(name: &str) -> Result<&'static str> {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => Ok("text/css; charset=utf-8"),
        Some("js") => Ok("text/javascript; charset=utf-8"),
        Some("svg") => Ok("image/svg+xml"),
        _ => Err(Error::NotFound),
    }
}
