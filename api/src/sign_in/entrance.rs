//! `GET /` and `GET /sign-in`: which organisation is it about?

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use store::logs;

use crate::app::App;
use crate::error::Result;
use crate::web::shell::Plain;
use crate::web::{Clock, FieldErrors, Page, Shell};

#[derive(Template)]
#[template(path = "sign_in/entrance.html")]
struct Entrance {
    shell: Shell<Plain>,
    org: String,
    errors: FieldErrors,
}

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// The organisation's name in addresses.
    #[serde(default)]
    org: String,
}

/// Asks for the organisation, and leads to where one signs in to it.
pub async fn get(State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response> {
    let mut errors = FieldErrors::default();
    let org = asked.org.trim().to_lowercase();
    if !org.is_empty() {
        if logs::find(app.ledger().reader(), &org).await?.is_some() {
            return Ok(Redirect::to(&format!("/orgs/{org}/sign-in")).into_response());
        }
        errors
            .add("org", "No organisation has this name here. It is the part after /orgs/ in the address of its pages.");
    }
    let shell = Shell::plain(None, Clock::utc(store::clock::now()));
    Ok(Page::new(Entrance { shell, org, errors }).into_response())
}
