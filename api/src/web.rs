//! What all pages share. A page file reads: its template, `get`, `post`; the rest is here.
//!
//! [`page`] answers with a template, [`shell`] is what layouts show around it, [`form`] keeps forms from being sent by
//! others and names what is wrong in them, [`moment`] says times, [`components`] are the parts that pages are made of,
//! [`seal`] says what they rest on, [`gallery`] shows them all, [`assets`] are style and scripts, [`after`] lets a page
//! wait for the act that led to it, [`errors`] turns refusals into pages, [`cross_site`] refuses what other sites send.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

pub mod after;
pub mod assets;
pub mod components;
pub mod cross_site;
pub mod documents;
pub mod errors;
pub mod form;
pub mod gallery;
pub mod history;
pub mod listing;
pub mod moment;
pub mod page;
pub mod seal;
pub mod shell;

pub use after::After;
pub use form::{FieldErrors, FormToken, Open, Protected};
pub use moment::{Clock, Moment};
pub use page::Page;
pub use shell::{Nav, Shell};

/// Addresses whose answers are read by programs. Everything else is for people, also what is not there.
const DATA: [&str; 8] =
    ["/v1/", "/api/", "/logs/", "/schemas/", "/health/", "/openapi.json", "/grant-auditor-access", "/assets/"];

/// Whether people see what is answered at an address.
pub fn is_page(path: &str) -> bool {
    path != "/v1" && path != "/api" && !DATA.iter().any(|prefix| path.starts_with(prefix))
}

/// The token in an address. What is no text is a token that nobody has, and is counted and answered as one.
pub struct TokenInPath(pub String);

impl<S: Send + Sync> FromRequestParts<S> for TokenInPath {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let token = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(token.map_or_else(|_| String::new(), |Path(token)| token)))
    }
}
