//! The mailbox of the demo: what would have been mailed, for whoever looks at the demo. There only where mail is kept in
//! this process instead of being sent, because it shows every link and every code.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::sync::Arc;

use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::{Kept, Transport};
use crate::web::components::Head;
use crate::web::shell::Plain;
use crate::web::{Clock, Moment, Page, Shell};

/// A letter is HTML with styles of its own, and nothing in it is loaded or run; only our own page shows it in a frame.
const LETTER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'",
);
/// As that of pages, and with the letter in a frame.
const FRAME_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// The routes of the mailbox.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/demo/mailbox", get(list))
        .route("/demo/mailbox/{id}", get(show))
        .route("/demo/mailbox/{id}/letter", get(letter))
}

#[derive(Template)]
#[template(path = "mailbox/list.html")]
struct List {
    shell: Shell<Plain>,
    heads: Vec<Head>,
    rows: Vec<Row>,
}

struct Row {
    subject: String,
    href: String,
    to: String,
    at: Moment,
}

#[derive(Template)]
#[template(path = "mailbox/letter.html")]
struct Letter {
    shell: Shell<Plain>,
    row: Row,
    text: String,
    attached: Option<String>,
}

async fn list(State(app): State<App>) -> Result<Response> {
    let shell = shell();
    let rows = kept(&app)?.iter().map(|kept| Row::of(kept, &shell.clock)).collect();
    let heads = ["Subject", "To", "Written"].map(Head::plain).into();
    Ok(Page::new(List { shell, heads, rows }).into_response())
}

async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Response> {
    let (shell, kept) = (shell(), find(&app, &id)?);
    let row = Row::of(&kept, &shell.clock);
    let attached = kept.letter.attachment.as_ref().map(|file| file.file_name.clone());
    let mut page = Page::new(Letter { shell, row, text: kept.letter.text.clone(), attached }).into_response();
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, FRAME_POLICY);
    Ok(page)
}

/// The letter itself. Its links lead out of the frame.
async fn letter(State(app): State<App>, Path(id): Path<String>) -> Result<Response> {
    let kept = find(&app, &id)?;
    let html = kept.letter.html.replacen("<head>", "<head><base target=\"_top\">", 1);
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, LETTER_POLICY),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, html).into_response())
}

impl Row {
    fn of(kept: &Kept, clock: &Clock) -> Self {
        Self {
            subject: kept.letter.subject.to_string(),
            href: format!("/demo/mailbox/{}", name(kept)),
            to: kept.to.clone(),
            at: clock.ago(kept.date),
        }
    }
}

fn shell() -> Shell<Plain> {
    Shell::plain(None, Clock::utc(store::clock::now()))
}

fn kept(app: &App) -> Result<Vec<Arc<Kept>>> {
    match app.mail() {
        Transport::Kept(mailbox) => Ok(mailbox.messages()),
        Transport::Smtp(_) | Transport::Off => Err(Error::NotFound),
    }
}

fn find(app: &App, id: &str) -> Result<Arc<Kept>> {
    kept(app)?.into_iter().find(|kept| name(kept) == id).ok_or(Error::NotFound)
}

/// How addresses name a message: by its id, without what stands around it.
fn name(kept: &Kept) -> &str {
    kept.id.trim_start_matches('<').split('@').next().unwrap_or_default()
}
