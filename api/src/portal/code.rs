//! `/auditor/code`: the code that was sent by mail, and asking for one by address where the link opens nothing any more.

mod ask;
mod check;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use domain::access_grant::AccessGrant;
use domain::name::Sha256;
use serde::Deserialize;

use crate::access::email_code::{self, CODE_TTL, Challenge, Code, SENDINGS, SENDINGS_BY_ADDRESS};
use crate::access::grant_token::Place;
use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::auditor::{Visitor, host_cookie, load_info, load_organisation};
use crate::error::{Error, Result};
use crate::mail::{self, About, Digits, Link, Message, Recipient, Shown, letterhead, send_now};
use crate::web::form::Open;
use crate::web::shell::{Note, Plain};
use crate::web::{Clock, FieldErrors, Page, Shell};

/// What the browser that asked for a code holds while it works.
const CHALLENGE_COOKIE: &str = "__Host-auditor-code";

/// How the page was come to.
#[derive(Default, Deserialize)]
pub struct Asked {
    /// `no` where the message did not go out.
    #[serde(default)]
    sent: String,
    /// `address` to ask for a code by it.
    #[serde(default)]
    by: String,
}

/// Either form of the page.
#[derive(Default, Deserialize)]
pub struct Typed {
    /// The code.
    code: Option<String>,
    /// The address.
    email: Option<String>,
}

/// The page with the one field or the other.
#[derive(Template)]
#[template(path = "portal/code.html")]
struct CodePage {
    shell: Shell<Plain>,
    asks: Asks,
    /// Whether a code can reach anybody.
    has_mailer: bool,
    /// As it was typed.
    value: String,
    errors: FieldErrors,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Code,
    Address,
}

impl CodePage {
    fn new(app: &App, asks: Asks) -> Self {
        let shell = Shell::plain(None, Clock::utc(store::clock::now()));
        Self { shell, asks, has_mailer: app.has_mailer(), value: String::new(), errors: FieldErrors::default() }
    }
}

/// Asks for the code where one was sent to this browser's user, else for the address.
pub async fn get(jar: CookieJar, State(app): State<App>, Query(asked): Query<Asked>) -> Response {
    let by_address = asked.by == "address" || challenge(&jar).is_none();
    let mut page = CodePage::new(&app, if by_address { Asks::Address } else { Asks::Code });
    if asked.sent == "no" && !by_address && app.has_mailer() {
        let words =
            "The code could not be sent. Open your link again in a minute; if it goes on, ask whoever invited you.";
        page.shell = page.shell.noting(Note::Warning(words.to_owned()));
    }
    Page::new(page).into_response()
}

/// Takes the code or the address.
///
/// # Errors
/// [`Error::TooMany`], [`Error::Unavailable`].
pub async fn post(
    visitor: Visitor,
    jar: CookieJar,
    State(app): State<App>,
    Open(typed): Open<Typed>,
) -> Result<Response> {
    match (typed.code, typed.email) {
        (Some(code), _) => check::check(&app, &visitor, jar, &code).await,
        (None, Some(email)) => ask::ask(&app, &visitor, jar, &email).await,
        (None, None) => Err(Error::BadRequest("a code or an address is needed".to_owned())),
    }
}

/// The cookie that goes with a code.
pub(super) fn cookie(challenge: &Challenge) -> Cookie<'static> {
    let lifetime = time::Duration::seconds(i64::try_from(CODE_TTL.as_secs()).unwrap_or(i64::MAX));
    host_cookie(CHALLENGE_COOKIE, challenge.reveal().to_owned(), lifetime)
}

/// Takes it out of the browser.
fn no_cookie() -> Cookie<'static> {
    host_cookie(CHALLENGE_COOKIE, String::new(), time::Duration::ZERO)
}

fn challenge(jar: &CookieJar) -> Option<Challenge> {
    Challenge::parse(jar.get(CHALLENGE_COOKIE)?.value())
}

/// Sends a code for a grant to its auditor, and says whether it went out.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn send(
    app: &App,
    place: &Place,
    access: &AccessGrant,
    token_sha256: Option<&Sha256>,
) -> Result<(Challenge, bool)> {
    let challenge = Challenge::random();
    let sent = send_for(app, &challenge, place, access, token_sha256).await?;
    Ok((challenge, sent))
}

/// The same for a challenge that there is. False also where the grant had as many codes as it gets in an hour.
async fn send_for(
    app: &App,
    challenge: &Challenge,
    place: &Place,
    access: &AccessGrant,
    token_sha256: Option<&Sha256>,
) -> Result<bool> {
    let by: [&[u8]; 2] = [place.log.0.as_bytes(), place.grant.as_str().as_bytes()];
    let limits: &[Limit] = if token_sha256.is_none() { &[SENDINGS_BY_ADDRESS, SENDINGS] } else { &[SENDINGS] };
    if app.requests().count_in_all(app.access_secret(), limits, &by).await? != Counted::Within {
        return Ok(false);
    }
    let terms = access.terms().ok_or(Error::NotFound)?;
    let Ok(to) = Recipient::of_person(&terms.email, terms.name.as_ref()) else { return Ok(false) };
    let code = Code::random();
    let mut tx = app.db(place.log).await?;
    email_code::put(&mut tx, app.access_secret(), challenge, place, token_sha256, &code).await?;
    tx.commit().await?;
    let (info, organisation) = (load_info(app, place.log).await?, load_organisation(app, place.log).await?);
    let message = Message::Code(mail::Code {
        head: letterhead(&info, &organisation),
        name: Shown::of_person(terms.name.as_ref()),
        digits: Digits::parse(code.reveal()).map_err(Error::internal)?,
        valid_minutes: u8::try_from(CODE_TTL.as_secs() / 60).map_err(Error::internal)?,
        page: Link::new(app.public_url(), "/auditor/code").map_err(Error::internal)?,
    });
    let delivery = send_now(app, &info, &message, &to, &About::Grant(place.grant.clone())).await;
    Ok(delivery.email_sent())
}
