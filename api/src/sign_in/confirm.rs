//! `/orgs/{org}/confirm`: a member who is signed in confirms who they are, before an act that asks for it. The session
//! gets another token.

use askama::Template;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::credential::{Act, CredentialRefusal, Method};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::attempt::{self, Typed};
use super::ceremony::{self, Answer, Question};
use super::door::{count, next};
use super::enter::record;
use crate::access::member_session::{self, SessionToken};
use crate::access::{member_login, passkey};
use crate::app::App;
use crate::auth::member::{cookie, with_cookie};
use crate::auth::{AnyMember, Circumstances, Member, MemberSession, Principal, Via};
use crate::error::{Error, Result};
use crate::web::shell::{Note, OfOrganisation};
use crate::web::{Nav, Page, Protected, Shell};

/// What whoever is not believed is told.
const REFUSED: &str = "The password or the code is not right, or it was tried too often. After ten attempts that fail, \
    none is looked at for 15 minutes.";
const NO_PASSKEY: &str = "The passkey was not believed. Try it once more, or use your password.";

#[derive(Template)]
#[template(path = "sign_in/confirm.html")]
struct Confirm {
    shell: Shell<OfOrganisation>,
    next: String,
    home: String,
    email: String,
    has_passkey: bool,
    has_password: bool,
}

/// Where one was going.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    next: Option<String>,
}

/// Password and code.
#[derive(Deserialize)]
pub struct ByPassword {
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
pub async fn get(member: Member<AnyMember>, State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response> {
    Ok(Page::new(page(&app, &member, asked.next.as_deref()).await?).into_response())
}

/// Confirms with a password and a code.
pub async fn by_password(
    member: Member<AnyMember>,
    circumstances: Circumstances,
    State(app): State<App>,
    form: Protected<ByPassword>,
) -> Result<Response> {
    let form = form.verify(&app, member.form_key()).await?;
    count(&app, Some(member.log), &circumstances).await?;
    let typed = Typed { password: Zeroizing::new(form.password), code: Zeroizing::new(form.code) };
    let asked = form.next.as_deref();
    match attempt::by_member(&app, member.log, &member.member, typed).await? {
        Ok((_, method)) => confirmed(&app, &member, method, asked).await,
        Err(refusal) => turn_away(&app, &member, refusal.method, refusal.refusal, asked).await,
    }
}

/// Asks the browser for one of the member's passkeys.
pub async fn ask(principal: Principal<AnyMember>, State(app): State<App>) -> Result<Json<Question>> {
    match principal.via() {
        Via::Session(session) => Ok(Json(ceremony::ask_to_confirm(&app, &session.info, &session.member).await?)),
        Via::Key(_) => Err(Error::SessionNeeded),
    }
}

/// Confirms with a passkey.
pub async fn by_passkey(
    member: Member<AnyMember>,
    State(app): State<App>,
    form: Protected<ByPasskey>,
) -> Result<Response> {
    let form = form.verify(&app, member.form_key()).await?;
    let asked = form.next.as_deref();
    if ceremony::confirmed(&app, &member.info, &member.member, &form.answer).await? {
        confirmed(&app, &member, Method::Passkey, asked).await
    } else {
        turn_away(&app, &member, Method::Passkey, CredentialRefusal::WrongPasskey, asked).await
    }
}

/// The entry comes first: a confirmation that counts is one that stands in the log.
async fn confirmed(app: &App, member: &MemberSession, method: Method, asked: Option<&str>) -> Result<Response> {
    let act = Act::SteppedUp { method, session: member.sid.clone(), outcome: Ok(()) };
    record(app, member.log, &member.ctx(), &member.member, act).await?;
    let token = SessionToken::random();
    let mut tx = app.db(member.log).await?;
    member_session::confirm(&mut tx, member.log, &member.sid, &token).await?;
    tx.commit().await?;
    let slug = &member.info.slug;
    Ok(with_cookie(Redirect::to(&next(slug, asked)).into_response(), cookie(slug, &token)))
}

async fn turn_away(
    app: &App,
    member: &MemberSession,
    method: Method,
    refusal: CredentialRefusal,
    asked: Option<&str>,
) -> Result<Response> {
    member.record_unconfirmed(app, method, refusal);
    let words = if method == Method::Passkey { NO_PASSKEY } else { REFUSED };
    let mut page = page(app, member, asked).await?;
    page.shell = page.shell.noting(Note::Warning(words.to_owned()));
    Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(app: &App, member: &MemberSession, asked: Option<&str>) -> Result<Confirm> {
    let mut tx = app.db(member.log).await?;
    let has_passkey = !passkey::list(&mut tx, member.log, &member.member).await?.is_empty();
    let login = member_login::by_member(&mut tx, member.log, &member.member).await?;
    tx.commit().await?;
    let slug = &member.info.slug;
    Ok(Confirm {
        shell: member.shell(app, Nav::Account),
        next: next(slug, asked),
        home: format!("/orgs/{slug}"),
        email: member.profile.email.known().map_or("", domain::person::Email::as_str).to_owned(),
        has_passkey,
        has_password: login.is_some_and(|login| login.password_hash.is_some()),
    })
}
