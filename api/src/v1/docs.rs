//! `GET /openapi.json` and `/docs`: the description of the interface, made from the handlers themselves, and a page of it.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Json, Router, routing};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use crate::app::App;
use crate::error::{Error, Result};

/// The routes of the description. Its page's files are part of the binary.
pub fn routes(description: OpenApi) -> Router<App> {
    let description = Arc::new(description);
    let config = Arc::new(Config::from("/openapi.json").try_it_out_enabled(true).validator_url("none"));
    let file =
        move |path: Option<Path<String>>| async move { page(&path.map_or(String::new(), |path| path.0), config) };
    Router::new()
        .route("/openapi.json", routing::get(move || async move { Json(description) }))
        .route("/docs", routing::get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", routing::get(file.clone()))
        .route("/docs/{*file}", routing::get(file))
}

fn page(path: &str, config: Arc<Config<'static>>) -> Result<Response> {
    let file = utoipa_swagger_ui::serve(path, config).map_err(Error::internal)?.ok_or(Error::NotFound)?;
    let mut response = ([(header::CONTENT_TYPE, file.content_type)], file.bytes.into_owned()).into_response();
    if file.gzpipped {
        response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
