//! `/orgs/{org}/account/password`: a password with one-time codes, set up or set anew, and recovery codes.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::credential::Act;
use serde::Deserialize;

use super::passkeys::Nothing;
use super::{address, with_warning};
use crate::access::member_login;
use crate::access::recovery_code::{self, CODES, RecoveryCode};
use crate::acts::member::address_of;
use crate::app::App;
use crate::auth::member::NotShown;
use crate::auth::{AnyMember, Member, MemberSession};
use crate::error::{Error, Result};
use crate::sign_in::enter::record;
use crate::sign_in::password::Password;
use crate::sign_in::set_up::{TotpFields, WRONG_CODE, codes_made, opened_secret};
use crate::sign_in::totp::{SealedFor, TotpSecret};
use crate::web::shell::OfOrganisation;
use crate::web::{FieldErrors, Nav, Page, Protected, Shell};

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    shell: Shell<OfOrganisation>,
    account: String,
    email: String,
    totp: TotpFields,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "account/codes.html")]
struct CodesPage {
    shell: Shell<OfOrganisation>,
    account: String,
    codes: Vec<String>,
}

/// A password and the code of the app that was just set up.
#[derive(Deserialize)]
pub struct Form {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    totp: String,
}

/// Shows a new secret for the app.
pub async fn get(member: Member<AnyMember>, State(app): State<App>) -> Result<Response, NotShown> {
    member.require_fresh_to_see(&here(&member))?;
    let page = page(&app, &member, &TotpSecret::random(), FieldErrors::default())?;
    Ok(Page::new(page).into_response())
}

/// Sets both, and shows ten recovery codes once.
pub async fn post(
    member: Member<AnyMember>,
    State(app): State<App>,
    form: Protected<Form>,
) -> Result<Response, NotShown> {
    let form = form.verify(&app, member.form_key()).await?;
    member.require_fresh_for(&app, &here(&member))?;
    let secret = opened_secret(&app, SealedFor::Form(member.log, &member.member), &form.totp)?;
    let mut errors = FieldErrors::default();
    let password = errors.take("password", Password::parse(&form.password));
    let step = errors.take("code", secret.step_of(&form.code, store::clock::now()).ok_or(WRONG_CODE));
    let (Some(password), Some(step)) = (password, step) else {
        let page = page(&app, &member, &secret, errors)?;
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let hash = password.hash().await?;
    let (log, person) = (member.log, &member.member);
    let mut tx = app.db(log).await?;
    member_login::set_password(&mut tx, log, person, &hash).await?;
    let sealed = secret.seal(app.access_secret(), SealedFor::Login(log, person));
    member_login::set_totp(&mut tx, log, person, &sealed, step).await?;
    let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::random()).collect();
    recovery_code::replace(&mut tx, app.access_secret(), log, person, &codes).await?;
    for act in [Act::PasswordSet, Act::TotpSet, codes_made()] {
        record(&app, log, &member.ctx(), person, act).await?;
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(shown(&app, &member, &codes))
}

/// Makes new recovery codes; those before are void.
pub async fn codes(
    member: Member<AnyMember>,
    State(app): State<App>,
    form: Protected<Nothing>,
) -> Result<Response, NotShown> {
    form.verify(&app, member.form_key()).await?;
    member.require_fresh_for(&app, &address(&member))?;
    let (log, person) = (member.log, &member.member);
    let mut tx = app.db(log).await?;
    let login = member_login::by_member(&mut tx, log, person).await?;
    if login.is_none_or(|login| login.password_hash.is_none()) {
        let warning = "No codes were made: they stand in for the app beside a password, and you have none.";
        return Ok(with_warning(&app, &member, warning).await?);
    }
    let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::random()).collect();
    recovery_code::replace(&mut tx, app.access_secret(), log, person, &codes).await?;
    record(&app, log, &member.ctx(), person, codes_made()).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(shown(&app, &member, &codes))
}

fn shown(app: &App, member: &MemberSession, codes: &[RecoveryCode]) -> Response {
    let codes = codes.iter().map(RecoveryCode::reveal).collect();
    Page::new(CodesPage { shell: member.shell(app, Nav::Account), account: address(member), codes }).into_response()
}

fn here(member: &MemberSession) -> String {
    format!("{}/password", address(member))
}

fn page(app: &App, member: &MemberSession, secret: &TotpSecret, errors: FieldErrors) -> Result<PasswordPage> {
    Ok(PasswordPage {
        shell: member.shell(app, Nav::Account),
        account: address(member),
        email: address_of(&member.profile).unwrap_or_default().to_owned(),
        totp: TotpFields::for_member(app, member.log, member.organisation_name(), &member.profile, secret)?,
        errors,
    })
}
