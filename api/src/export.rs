//! What people take out of the service as files.

pub mod attachment;
pub mod records;
pub mod table;
pub mod turn;

use axum::http::HeaderValue;
use axum::http::header::ALLOW;
use axum::response::{IntoResponse as _, Response};

use crate::error::Error;

/// Answers HEAD where a file is taken out by GET. Without this it would be made, checked and recorded as handed out, and
/// none of it would leave.
pub async fn head() -> Response {
    let mut response = Error::MethodNotAllowed.into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    response
}
