//! `/auditor/{token}` and `/auditor/accept?token=…`: the link of an invitation. Whoever fetches it, as mail scanners do,
//! gets a page with a button and changes nothing; the button is the act.

use askama::Template;
use axum::extract::{FromRequest as _, Query, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use domain::activity::Opening;
use domain::invitation::SecondFactor;
use serde::Deserialize;

use super::attempt::Attempt;
use super::code;
use super::entrance::{self, Entrant};
use super::link::{self, Link};
use crate::app::App;
use crate::auth::auditor::{self, Visitor};
use crate::error::Result;
use crate::mail::letterhead;
use crate::web::form::Open;
use crate::web::shell::Plain;
use crate::web::{Clock, FieldErrors, Moment, Page, Shell, TokenInPath};

/// The page with one field for the code that somebody was handed (C3, C5).
#[derive(Template)]
#[template(path = "portal/accept_code.html")]
struct AskedForCode {
    shell: Shell<Plain>,
    errors: FieldErrors,
}

/// The form of that page; the button of an invitation sends none.
#[derive(Default, Deserialize)]
pub struct Typed {
    /// The token, in groups or not.
    #[serde(default)]
    code: String,
}

/// The link's query.
#[derive(Default, Deserialize)]
pub struct Asked {
    /// The token, in groups or not; what is none is looked up like one.
    #[serde(default)]
    token: String,
}

/// What whoever has the link sees before they use it.
#[derive(Template)]
#[template(path = "portal/accept.html")]
struct Invited {
    shell: Shell<Plain>,
    organisation: String,
    firm: String,
    until: Moment,
    asks_code: bool,
    /// Whether a code can reach anybody.
    has_mailer: bool,
    contact: Option<String>,
}

/// The link as it stands in a letter.
///
/// # Errors
/// [`Error::NotFound`](crate::error::Error::NotFound), [`Error::TooMany`](crate::error::Error::TooMany).
pub async fn get(visitor: Visitor, State(app): State<App>, TokenInPath(token): TokenInPath) -> Result<Response> {
    show(&app, &visitor, &token).await
}

/// The button of that page.
///
/// # Errors
/// As [`get`].
pub async fn post(
    visitor: Visitor,
    jar: CookieJar,
    State(app): State<App>,
    TokenInPath(token): TokenInPath,
) -> Result<Response> {
    consume(&app, &visitor, jar, &token).await
}

/// The other form of the link.
///
/// # Errors
/// As [`get`].
pub async fn get_asked(visitor: Visitor, State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response> {
    if asked.token.is_empty() {
        let shell = Shell::plain(None, Clock::utc(store::clock::now()));
        return Ok(Page::new(AskedForCode { shell, errors: FieldErrors::default() }).into_response());
    }
    show(&app, &visitor, &asked.token).await
}

/// The button of that page, or the code that was typed: then it is in no address.
///
/// # Errors
/// As [`get`].
pub async fn post_asked(
    visitor: Visitor,
    jar: CookieJar,
    State(app): State<App>,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<Response> {
    if !asked.token.is_empty() {
        return consume(&app, &visitor, jar, &asked.token).await;
    }
    let Open(Typed { code }) = Open::from_request(request, &app).await?;
    consume(&app, &visitor, jar, &code).await
}

async fn show(app: &App, visitor: &Visitor, token: &str) -> Result<Response> {
    let link = link::recognise(app, visitor, token).await?;
    let info = auditor::load_info(app, link.place.log).await?;
    let organisation = auditor::load_organisation(app, link.place.log).await?;
    let head = letterhead(&info, &organisation);
    let name = head.organisation.to_string();
    let zone = organisation.settings().map_or("UTC", |settings| settings.time_zone.as_str());
    let clock = Clock::new(zone, store::clock::now());
    let terms = link.terms();
    let page = Invited {
        until: clock.exact(terms.expires_at()),
        shell: Shell::plain(Some(&name), clock),
        organisation: name,
        firm: terms.firm.as_str().to_owned(),
        asks_code: asks_code(&link),
        has_mailer: app.has_mailer(),
        contact: head.contact.map(|contact| contact.to_string()),
    };
    Ok(Page::new(page).into_response())
}

async fn consume(app: &App, visitor: &Visitor, jar: CookieJar, token: &str) -> Result<Response> {
    let link = link::recognise(app, visitor, token).await?;
    let Link { place, access, token_sha256 } = &link;
    if !asks_code(&link) {
        let (opened_by, token_sha256) = (Opening::Link, Some(token_sha256));
        return entrance::enter(app, jar, &Entrant { visitor, place, access, token_sha256, opened_by }).await;
    }
    Attempt::under(place.log, &place.grant, access, visitor).record(app, Ok(())).await?;
    let (challenge, sent) = code::send(app, place, access, Some(token_sha256)).await?;
    let next = if sent { "/auditor/code" } else { "/auditor/code?sent=no" };
    Ok((jar.add(code::cookie(&challenge)), Redirect::to(next)).into_response())
}

fn asks_code(link: &Link) -> bool {
    link.terms().invitation.as_ref().is_some_and(|invitation| invitation.second_factor == SecondFactor::EmailCode)
}
