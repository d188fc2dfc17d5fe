//! `/orgs/{org}/sign-in`: with a passkey, or with a password and a code.

use askama::Template;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::credential::Method;
use domain::member::Profile;
use domain::person::Email;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::attempt::{self, NotBelieved, REFUSED, Typed};
use super::ceremony::{self, Answer, Question};
use super::door::{Door, count, next};
use super::{enter, refused};
use crate::app::App;
use crate::auth::acting::{clock_of, load_organisation};
use crate::auth::member::with_cookie;
use crate::error::Result;
use crate::web::shell::{Note, Plain};
use crate::web::{Open, Page, Shell};

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignIn {
    shell: Shell<Plain>,
    slug: String,
    next: String,
    email: String,
}

/// Where one was going.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    next: Option<String>,
    #[serde(default)]
    signed_out: bool,
}

/// Address, password and code.
#[derive(Deserialize)]
pub struct ByPassword {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    next: Option<String>,
}

/// What a script put into the form.
#[derive(Deserialize)]
pub struct ByPasskey {
    #[serde(flatten)]
    answer: Answer,
    next: Option<String>,
}

/// Asks who is there.
pub async fn get(door: Door, State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response> {
    let mut page = page(&app, &door, asked.next.as_deref(), String::new()).await?;
    if asked.signed_out {
        page.shell = page.shell.noting(Note::Done("You are signed out.".to_owned()));
    }
    Ok(Page::new(page).into_response())
}

/// Signs in with a password and a code.
pub async fn by_password(door: Door, State(app): State<App>, Open(form): Open<ByPassword>) -> Result<Response> {
    count(&app, Some(door.info.log), &door.circumstances).await?;
    let (password, code) = (Zeroizing::new(form.password), Zeroizing::new(form.code));
    let typed = Typed { password, code };
    let next = form.next.as_deref();
    // What is no address is nobody's: it costs and is answered the same.
    let email = form.email.trim();
    let nobody = || Email::parse("nobody@invalid.invalid").expect("an address");
    let judged =
        attempt::by_address(&app, door.info.log, &Email::parse(email).unwrap_or_else(|_| nobody()), typed).await?;
    match judged {
        Ok((profile, method)) => let_in(&app, &door, &profile, method, next).await,
        Err(refusal) => turn_away(&app, &door, &refusal, next, email).await,
    }
}

/// Asks the browser for a passkey.
pub async fn ask(door: Door, State(app): State<App>) -> Result<Json<Question>> {
    count(&app, Some(door.info.log), &door.circumstances).await?;
    Ok(Json(ceremony::ask_to_sign_in(&app, &door.info).await?))
}

/// Signs in with a passkey.
pub async fn by_passkey(door: Door, State(app): State<App>, Open(form): Open<ByPasskey>) -> Result<Response> {
    count(&app, Some(door.info.log), &door.circumstances).await?;
    let next = form.next.as_deref();
    match ceremony::signed_in(&app, &door.info, &form.answer).await? {
        Ok(profile) => let_in(&app, &door, &profile, Method::Passkey, next).await,
        Err(refusal) => turn_away(&app, &door, &refusal, next, "").await,
    }
}

async fn let_in(app: &App, door: &Door, profile: &Profile, method: Method, asked: Option<&str>) -> Result<Response> {
    let cookie = enter::enter(app, &door.info, profile, method, &door.circumstances).await?;
    Ok(with_cookie(Redirect::to(&next(&door.info.slug, asked)).into_response(), cookie))
}

async fn turn_away(
    app: &App,
    door: &Door,
    refusal: &NotBelieved,
    asked: Option<&str>,
    email: &str,
) -> Result<Response> {
    let NotBelieved { member, method, refusal } = refusal;
    refused::sign_in(app, Some(door.info.log), &door.circumstances, member.as_ref(), *method, *refusal);
    let mut page = page(app, door, asked, email.to_owned()).await?;
    page.shell = page.shell.noting(Note::Warning(REFUSED.to_owned()));
    Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(app: &App, door: &Door, asked: Option<&str>, email: String) -> Result<SignIn> {
    let slug = door.info.slug.clone();
    Ok(SignIn { shell: shell(app, door).await?, next: next(&slug, asked), slug, email })
}

/// The frame of a page before the door.
pub(super) async fn shell(app: &App, door: &Door) -> Result<Shell<Plain>> {
    let organisation = load_organisation(app, door.info.log).await?;
    let name = organisation.settings().map_or(door.info.name.as_str(), |settings| settings.name.as_str());
    Ok(Shell::plain(Some(name), clock_of(&organisation)))
}
