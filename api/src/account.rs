//! `/orgs/{org}/account`: what a member signs in by, where they are signed in, and keys of their own.
//!
//! Whatever changes one of these asks for a fresh confirmation: whoever finds a session open must not be able to stay.

pub mod keys;
pub mod passkeys;
pub mod password;
pub mod sessions;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use ledger::time::Timestamp;
use serde::Deserialize;

use crate::access::api_key::{self, Listed, Scope};
use crate::access::column::instant;
use crate::access::{member_login, member_session, passkey, recovery_code};
use crate::acts::member::{address_of, name_of, role_in_words};
use crate::app::App;
use crate::auth::{AnyMember, Member, MemberSession};
use crate::error::{Error, Result};
use crate::query::percent_encode;
use crate::web::after::{After, Arrival};
use crate::web::components::{Choice, Head, Tone};
use crate::web::shell::{Note, OfOrganisation};
use crate::web::{Clock, FieldErrors, Moment, Nav, Page, Shell};

/// The routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/orgs/{org}/account", get(show))
        .route("/orgs/{org}/account/passkeys", post(passkeys::add))
        .route("/orgs/{org}/account/passkeys/start", post(passkeys::ask))
        .route("/orgs/{org}/account/passkeys/{passkey}/remove", post(passkeys::remove))
        .route("/orgs/{org}/account/password", get(password::get).post(password::post))
        .route("/orgs/{org}/account/recovery-codes", post(password::codes))
        .route("/orgs/{org}/account/sessions/end-others", post(sessions::end_others))
        .route("/orgs/{org}/account/sessions/{sid}/end", post(sessions::end))
        .route("/orgs/{org}/account/keys", post(keys::make))
        .route("/orgs/{org}/account/keys/{key}/revoke", post(keys::revoke))
}

#[derive(Template)]
#[template(path = "account/account.html")]
struct Account {
    shell: Shell<OfOrganisation>,
    home: String,
    /// Where one confirms, where that was not done lately.
    confirm: Option<String>,
    name: String,
    email: String,
    roles: Vec<&'static str>,
    passkeys: Vec<PasskeyRow>,
    has_password: bool,
    codes_left: usize,
    sessions: Vec<SessionRow>,
    keys: Vec<KeyRow>,
    /// A key that was just made, shown this once.
    new_key: Option<String>,
    scopes: Vec<Choice>,
    key_name: String,
    days: String,
    errors: FieldErrors,
    passkey_heads: Vec<Head>,
    session_heads: Vec<Head>,
    key_heads: Vec<Head>,
}

struct PasskeyRow {
    id: String,
    /// Of its removal.
    errors: FieldErrors,
    name: String,
    added: Moment,
    used: Option<Moment>,
}

struct SessionRow {
    sid: String,
    device: String,
    method: &'static str,
    opened: Moment,
    seen: Moment,
    is_this: bool,
}

struct KeyRow {
    id: String,
    /// Of taking it back.
    errors: FieldErrors,
    name: String,
    scopes: String,
    state: (Tone, &'static str),
    used: Option<Moment>,
    expires: Option<Moment>,
    is_good: bool,
}

/// What a form of this page brought, where the page comes back with it.
#[derive(Default)]
pub(crate) struct Typed {
    new_key: Option<String>,
    key_name: String,
    days: String,
    scopes: Vec<Scope>,
    errors: FieldErrors,
    /// The passkey or key whose removal was not confirmed, and what is wrong with that.
    unconfirmed: Option<(String, FieldErrors)>,
}

impl Typed {
    /// Nothing yet.
    fn nothing() -> Self {
        Self { days: "90".to_owned(), ..Self::default() }
    }

    fn errors_of(&self, id: &str) -> FieldErrors {
        let unconfirmed = self.unconfirmed.iter().find(|(unconfirmed, _)| unconfirmed == id);
        unconfirmed.map(|(_, errors)| errors.clone()).unwrap_or_default()
    }
}

/// Shows all of it.
pub async fn show(member: Member<AnyMember>, State(app): State<App>, Query(after): Query<After>) -> Result<Response> {
    let mut page = page(&app, &member, Typed::nothing()).await?;
    // Nothing here is a read model.
    page.shell = page.shell.following(after.after.map(|index| Arrival { index, is_shown: true }));
    Ok(Page::new(page).into_response())
}

/// The page with what was typed, and what is wrong with it.
async fn with_errors(app: &App, member: &MemberSession, typed: Typed) -> Result<Response> {
    Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page(app, member, typed).await?).into_response())
}

/// The page with a sentence that says why nothing was done.
async fn with_warning(app: &App, member: &MemberSession, warning: &str) -> Result<Response> {
    let mut page = page(app, member, Typed::nothing()).await?;
    page.shell = page.shell.noting(Note::Warning(warning.to_owned()));
    Ok(Page::with_status(StatusCode::CONFLICT, page).into_response())
}

/// The page again where an act that cannot be undone was not confirmed by its word; nothing where it was.
///
/// # Errors
/// [`Error::NotFound`], where the member has nothing of this id.
async fn unless_typed(
    app: &App,
    member: &MemberSession,
    id: &str,
    form: &Confirmed,
    word: &str,
) -> Result<Option<Response>> {
    if form.typed == word {
        return Ok(None);
    }
    let mut errors = FieldErrors::default();
    errors.add("typed", format!("Type {word} to confirm"));
    let typed = Typed { unconfirmed: Some((id.to_owned(), errors)), ..Typed::nothing() };
    let page = page(app, member, typed).await?;
    let mut ids = page.passkeys.iter().map(|row| &row.id).chain(page.keys.iter().map(|row| &row.id));
    if !ids.any(|own| own == id) {
        return Err(Error::NotFound);
    }
    Ok(Some(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response()))
}

/// The word by which an act that cannot be undone is confirmed.
#[derive(Deserialize)]
pub struct Confirmed {
    #[serde(default)]
    typed: String,
}

/// Back to the page, which shows the entry.
fn done(member: &MemberSession, index: u64) -> Response {
    Redirect::to(&After::at(&address(member), index)).into_response()
}

fn address(member: &MemberSession) -> String {
    format!("/orgs/{}/account", member.info.slug)
}

async fn page(app: &App, member: &MemberSession, typed: Typed) -> Result<Account> {
    let (log, person) = (member.log, &member.member);
    let clock = member.clock();
    let mut tx = app.db(log).await?;
    let login = member_login::by_member(&mut tx, log, person).await?;
    let passkeys = passkey::list(&mut tx, log, person).await?;
    let codes_left = recovery_code::left(&mut tx, log, person).await?;
    let sessions = member_session::open_ones(&mut tx, log, person).await?;
    let keys = api_key::of_member(&mut tx, log, person).await?;
    tx.commit().await?;
    let confirm = format!("/orgs/{}/confirm?next={}", member.info.slug, percent_encode(&address(member)));
    Ok(Account {
        shell: member.shell(app, Nav::Account),
        home: format!("/orgs/{}", member.info.slug),
        confirm: (!member.is_fresh()).then_some(confirm),
        name: name_of(&member.profile).unwrap_or_default().to_owned(),
        email: address_of(&member.profile).unwrap_or("(erased)").to_owned(),
        roles: member.roles().iter().map(role_in_words).collect(),
        passkeys: passkeys.iter().map(|row| passkey_row(&clock, row, &typed)).collect(),
        has_password: login.is_some_and(|login| login.password_hash.is_some()),
        codes_left,
        sessions: sessions.iter().map(|row| session_row(&clock, member, row)).collect(),
        keys: keys.iter().map(|row| key_row(&clock, row, &typed)).collect(),
        new_key: typed.new_key,
        scopes: keys::choices(member, &typed.scopes),
        key_name: typed.key_name,
        days: typed.days,
        errors: typed.errors,
        passkey_heads: ["Name", "Added", "Last used", ""].map(Head::plain).into(),
        session_heads: ["Device", "Signed in by", "Opened", "Last seen", ""].map(Head::plain).into(),
        key_heads: ["Name", "May", "State", "Expires", "Last used", ""].map(Head::plain).into(),
    })
}

fn passkey_row(clock: &Clock, row: &passkey::ListedPasskey, typed: &Typed) -> PasskeyRow {
    PasskeyRow {
        errors: typed.errors_of(&row.id.to_string()),
        id: row.id.to_string(),
        name: row.name.clone(),
        added: clock.ago(instant(row.created_at)),
        used: row.last_used_at.map(|at| clock.ago(instant(at))),
    }
}

fn session_row(clock: &Clock, member: &MemberSession, row: &member_session::ListedSession) -> SessionRow {
    use domain::credential::Method;
    let method = match Method::parse(&row.method) {
        Ok(Method::Passkey) => "Passkey",
        Ok(Method::PasswordTotp) => "Password and code",
        Ok(Method::PasswordRecoveryCode) => "Password and recovery code",
        Ok(Method::InvitationLink) => "Invitation",
        Ok(Method::RecoveryLink) => "Recovery link",
        Ok(Method::SignInLink) => "Link of the operator",
        Ok(Method::ApiKey | Method::JobSecret) | Err(_) => "Another way",
    };
    SessionRow {
        sid: row.sid.clone(),
        device: row.device.clone(),
        method,
        opened: clock.ago(instant(row.created_at)),
        seen: clock.ago(instant(row.last_seen_at)),
        is_this: row.sid == member.sid.as_str(),
    }
}

fn key_row(clock: &Clock, row: &Listed, typed: &Typed) -> KeyRow {
    let expires = row.expires_at.map(instant);
    let state = match (row.revoked_at, expires) {
        (Some(_), _) => (Tone::Ended, "Revoked"),
        (None, Some(expires)) if expires <= clock.now() => (Tone::Ended, "Expired"),
        _ => (Tone::Good, "Valid"),
    };
    KeyRow {
        errors: typed.errors_of(&row.id),
        id: row.id.clone(),
        name: row.name.clone(),
        scopes: keys::in_words(&row.scopes),
        is_good: state.0 == Tone::Good,
        state,
        used: row.last_used_at.map(|at| clock.ago(instant(at))),
        expires: expires.map(|at: Timestamp| clock.day(at)),
    }
}
