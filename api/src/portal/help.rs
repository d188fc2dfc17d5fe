//! `/auditor/help`: what is recorded, how to check it, and whom to ask.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::frame;
use super::reader::At;
use crate::app::App;
use crate::auth::auditor::{AnyTerms, Auditor};
use crate::error::Result;
use crate::mail::letterhead;
use crate::web::shell::OfAuditor;
use crate::web::{Page, Shell};

#[derive(Template)]
#[template(path = "portal/help.html")]
struct Help {
    shell: Shell<OfAuditor>,
    organisation: String,
    origin: String,
    checkpoint: String,
    /// Where the log is published.
    published: String,
    slug: String,
    session: String,
    grant: String,
    contact: Option<String>,
}

/// Shows it, also before the terms are accepted.
///
/// # Errors
/// None of its own.
pub async fn get(auditor: Auditor<AnyTerms>, State(app): State<App>) -> Result<Response> {
    let head = letterhead(&auditor.info, &auditor.organisation);
    let page = Help {
        shell: frame::shell(&app, &auditor, At::Elsewhere),
        organisation: head.organisation.to_string(),
        origin: auditor.origin.as_str().to_owned(),
        checkpoint: format!("{}/logs/{}/checkpoint", app.public_url(), auditor.info.slug),
        published: format!("{}/logs/{}", app.public_url(), auditor.info.slug),
        slug: auditor.info.slug.clone(),
        session: auditor.sid.prefix().to_string(),
        grant: auditor.grant.to_string(),
        contact: head.contact.map(|contact| contact.to_string()),
    };
    Ok(Page::new(page).into_response())
}
