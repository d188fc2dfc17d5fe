//! What every answer carries for browsers, and which hosts are answered at all.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::app::App;
use crate::config::is_loopback;
use crate::error::Error;

/// Nothing may be loaded or run: answers are data.
const DATA_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
/// The page of the interface loads its own files and asks this service.
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
);

/// Refuses hosts that are not ours, sends people from the loopback address to `localhost`, and hardens each answer.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_docs = request.uri().path().starts_with("/docs");
    let mut response = match check_host(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => *refusal,
    };
    harden(response.headers_mut(), is_docs, app.public_url().is_https());
    response
}

fn check_host(app: &App, request: &Request) -> Result<(), Box<Response>> {
    // Probes come by whatever address the scheduler knows.
    if request.uri().path().starts_with("/health/") {
        return Ok(());
    }
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let Some(host) = host.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str)) else {
        return Err(Box::new(Error::BadRequest("the header Host is missing".to_owned()).into_response()));
    };
    if !app.public_url().is_named_by(host) {
        return Err(Box::new(Error::Misdirected.into_response()));
    }
    // Cookies and passkeys are bound to the name, so people must not see the pages under the address.
    if is_loopback(host) && is_page(request) {
        let path = request.uri().path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
        return Err(Box::new(Redirect::permanent(&format!("{}{path}", app.public_url())).into_response()));
    }
    Ok(())
}

fn is_page(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD) && crate::web::is_page(request.uri().path())
}

fn harden(headers: &mut HeaderMap, is_docs: bool, is_https: bool) {
    let policy = if is_docs { DOCS_POLICY } else { DATA_POLICY };
    // Pages and files of users come with one of their own.
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    if is_https {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, two_years);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
