//! Setting up what a member signs in by: where an invitation is taken up, and where somebody gets back in. Either a passkey,
//! or a password with one-time codes and ten recovery codes.

use std::num::NonZeroU8;

use askama::Template;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::context::Ctx;
use domain::credential::{Act, CredentialRefusal, EndedBy, Method};
use domain::member::{Command, Member, Profile};
use domain::person::Email;
use serde::Deserialize;
use sqlx::PgConnection;
use store::execute::execute;
use webauthn_rs::prelude::Passkey;

use super::device;
use super::enter::{self, record};
use super::opened::{self, Opened};
use super::password::Password;
use super::qr::Square;
use super::totp::{SealedFor, TotpSecret};
use crate::access::column::instant;
use crate::access::member_link::{self, FoundLink, LinkPurpose};
use crate::access::recovery_code::{self, CODES, RecoveryCode};
use crate::access::{api_key, member_login, member_session, passkey};
use crate::acts::api_key::record_revoked;
use crate::acts::member::refuse;
use crate::app::App;
use crate::auth::Circumstances;
use crate::auth::acting::{clock_of, load_organisation, user};
use crate::auth::member::with_cookie;
use crate::error::{Error, Result};
use crate::web::shell::{Note, Plain};
use crate::web::{FieldErrors, Moment, Page, Shell};

/// A password with one-time codes, as the form sends it.
#[derive(Default, Deserialize)]
pub struct ByPassword {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    /// What the codes are made from, encrypted.
    #[serde(default)]
    totp: String,
}

/// What a member will sign in by.
pub enum SetUp {
    /// A password's hash, what one-time codes are made from, and the step of the code that showed that they work.
    Password(String, TotpSecret, i64),
    /// A passkey.
    Passkey(Box<Passkey>),
}

#[derive(Template)]
#[template(path = "sign_in/set_up.html")]
struct SetUpPage {
    shell: Shell<Plain>,
    is_recovery: bool,
    action: String,
    email: String,
    until: Moment,
    totp: TotpFields,
    errors: FieldErrors,
}

/// What a page shows of a secret for one-time codes that is being set up.
pub struct TotpFields {
    /// In groups, to be typed.
    pub words: String,
    /// For an app on the same device.
    pub link: String,
    /// The same for a camera of another one.
    pub square: Square,
    /// Encrypted, to come back with the form.
    pub sealed: String,
}

#[derive(Template)]
#[template(path = "sign_in/codes.html")]
struct CodesPage {
    shell: Shell<Plain>,
    codes: Vec<String>,
    home: String,
}

impl TotpFields {
    /// Of a secret.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn of(app: &App, found: &FoundLink, profile: &Profile, secret: &TotpSecret) -> Result<Self> {
        Self::for_member(app, found.info.log, &found.info.name, profile, secret)
    }

    /// The same where no link led.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn for_member(
        app: &App,
        log: store::append::LogId,
        organisation: &str,
        profile: &Profile,
        secret: &TotpSecret,
    ) -> Result<Self> {
        let account = profile.email.known().map_or("member", Email::as_str);
        let link = secret.link(organisation, account)?;
        let sealed = secret.seal(app.access_secret(), SealedFor::Form(log, &profile.member));
        Ok(Self {
            words: secret.in_words(),
            square: Square::of(&link)?,
            link,
            sealed: BASE64_URL_SAFE_NO_PAD.encode(sealed),
        })
    }
}

/// The page that a good link opens. It consumes nothing.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn show(app: &App, opened: &Opened) -> Result<Response> {
    let totp = TotpFields::of(app, &opened.found, &opened.profile, &TotpSecret::random())?;
    Ok(Page::new(page(app, opened, totp, FieldErrors::default()).await?).into_response())
}

/// The page with a note of what did not come about.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn show_warning(app: &App, opened: &Opened, warning: &str) -> Result<Response> {
    let totp = TotpFields::of(app, &opened.found, &opened.profile, &TotpSecret::random())?;
    let mut page = page(app, opened, totp, FieldErrors::default()).await?;
    page.shell = page.shell.noting(Note::Warning(warning.to_owned()));
    Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(app: &App, opened: &Opened, totp: TotpFields, errors: FieldErrors) -> Result<SetUpPage> {
    let Opened { found, token, profile, .. } = opened;
    let organisation = load_organisation(app, found.info.log).await?;
    let name = organisation.settings().map_or(found.info.name.as_str(), |settings| settings.name.as_str());
    let clock = clock_of(&organisation);
    let until = clock.exact(instant(found.expires_at));
    Ok(SetUpPage {
        shell: Shell::plain(Some(name), clock),
        is_recovery: found.purpose == LinkPurpose::Recovery,
        action: found.purpose.path(token),
        email: profile.email.known().map_or("", Email::as_str).to_owned(),
        until,
        totp,
        errors,
    })
}

/// Takes a password and a code, or shows again what is wrong with them.
///
/// # Errors
/// [`Error::NotFound`] where the link was used meanwhile, [`Error::Unavailable`].
pub async fn by_password(
    app: &App,
    opened: Opened,
    form: ByPassword,
    circumstances: &Circumstances,
) -> Result<Response> {
    let of = SealedFor::Form(opened.found.info.log, &opened.profile.member);
    let secret = opened_secret(app, of, &form.totp)?;
    let mut errors = FieldErrors::default();
    let password = errors.take("password", Password::parse(&form.password));
    let step = secret.step_of(&form.code, store::clock::now());
    let step = errors.take("code", step.ok_or(WRONG_CODE));
    let (Some(password), Some(step)) = (password, step) else {
        let totp = TotpFields::of(app, &opened.found, &opened.profile, &secret)?;
        let page = page(app, &opened, totp, errors).await?;
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let set_up = SetUp::Password(password.hash().await?, secret, step);
    let (cookie, codes) = finish(app, &opened, set_up, circumstances).await?;
    let organisation = load_organisation(app, opened.found.info.log).await?;
    let name = organisation.settings().map_or(opened.found.info.name.as_str(), |settings| settings.name.as_str());
    let shell = Shell::plain(Some(name), clock_of(&organisation));
    let codes = codes.iter().map(RecoveryCode::reveal).collect();
    let page = CodesPage { shell, codes, home: format!("/orgs/{}", opened.found.info.slug) };
    Ok(with_cookie(Page::new(page).into_response(), cookie))
}

/// What is said of a code that does not fit the secret on the page.
pub const WRONG_CODE: &str =
    "This is not the code that the app shows for this secret now. Is the clock of the device right?";

/// What a form brought back.
///
/// # Errors
/// [`Error::BadRequest`]: it is not what the page sent.
pub fn opened_secret(app: &App, of: SealedFor<'_>, text: &str) -> Result<TotpSecret> {
    let stale = || Error::BadRequest("the form is not one of this page".to_owned());
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| stale())?;
    TotpSecret::open(app.access_secret(), of, &sealed).map_err(|_| stale())
}

/// Takes a passkey that was registered.
///
/// # Errors
/// As [`by_password`].
pub async fn by_passkey(
    app: &App,
    opened: &Opened,
    passkey: Passkey,
    circumstances: &Circumstances,
) -> Result<Response> {
    let (cookie, _) = finish(app, opened, SetUp::Passkey(Box::new(passkey)), circumstances).await?;
    let home = format!("/orgs/{}", opened.found.info.slug);
    Ok(with_cookie(Redirect::to(&home).into_response(), cookie))
}

/// Uses the link up and does what it is for: at most once. What is recorded is recorded before anything of it counts.
async fn finish(
    app: &App,
    opened: &Opened,
    set_up: SetUp,
    circumstances: &Circumstances,
) -> Result<(HeaderValue, Vec<RecoveryCode>)> {
    let Opened { found, token, profile, is_invited } = opened;
    let (log, member) = (found.info.log, &profile.member);
    let ctx = circumstances.ctx(user(member, &profile.roles));
    let mut tx = app.db(log).await?;
    if !member_link::take(&mut tx, log, token).await? {
        return Err(opened::turned_away(app, circumstances, found, CredentialRefusal::LinkExpired));
    }
    if *is_invited {
        let activate = Command::Activate { token_sha256: Some(token.sha256_text()) };
        let done = execute::<Member>(app.ledger(), log, &ctx, member.as_str(), activate, None).await;
        done.map_err(refuse)?;
    }
    let (mut acts, mut keys) = (Vec::new(), Vec::new());
    if found.purpose == LinkPurpose::Recovery {
        acts = forget(&mut tx, opened).await?;
        keys = api_key::revoke_all_of_member(&mut tx, log, member).await?;
    }
    let codes = keep(app, &mut tx, opened, set_up, circumstances, &mut acts).await?;
    record_all(app, &ctx, opened, acts).await?;
    record_revoked(app, &found.info, &ctx, keys).await?;
    tx.commit().await?;
    let method = match found.purpose {
        LinkPurpose::Recovery => Method::RecoveryLink,
        LinkPurpose::Invitation | LinkPurpose::SignIn => Method::InvitationLink,
    };
    Ok((enter::enter(app, &found.info, profile, method, circumstances).await?, codes))
}

/// Forgets what the member signed in by before, and ends their sessions.
async fn forget(conn: &mut PgConnection, opened: &Opened) -> Result<Vec<Act>> {
    let (log, member) = (opened.found.info.log, &opened.profile.member);
    let mut acts = vec![Act::RecoveryCompleted];
    member_login::forget_secrets(conn, log, member).await?;
    for passkey in passkey::remove_all(conn, log, member).await? {
        acts.push(Act::PasskeyRemoved { passkey });
    }
    for session in member_session::end_all(conn, log, member, None).await? {
        acts.push(Act::SessionEnded { session, by: EndedBy::Other });
    }
    Ok(acts)
}

async fn keep(
    app: &App,
    conn: &mut PgConnection,
    opened: &Opened,
    set_up: SetUp,
    circumstances: &Circumstances,
    acts: &mut Vec<Act>,
) -> Result<Vec<RecoveryCode>> {
    let (log, member) = (opened.found.info.log, &opened.profile.member);
    match set_up {
        SetUp::Password(hash, secret, step) => {
            member_login::set_password(conn, log, member, &hash).await?;
            let sealed = secret.seal(app.access_secret(), SealedFor::Login(log, member));
            member_login::set_totp(conn, log, member, &sealed, step).await?;
            let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::random()).collect();
            recovery_code::replace(conn, app.access_secret(), log, member, &codes).await?;
            acts.extend([Act::PasswordSet, Act::TotpSet, codes_made()]);
            Ok(codes)
        }
        SetUp::Passkey(new) => {
            let name = device::label(circumstances.user_agent.as_ref());
            let passkey = passkey::insert(conn, log, member, &name, &new).await?;
            acts.push(Act::PasskeyAdded { passkey });
            Ok(Vec::new())
        }
    }
}

/// Ten new recovery codes.
pub fn codes_made() -> Act {
    let count = u8::try_from(CODES).ok().and_then(NonZeroU8::new).expect("ten are some");
    Act::RecoveryCodesMade { count }
}

async fn record_all(app: &App, ctx: &Ctx, opened: &Opened, acts: Vec<Act>) -> Result<()> {
    for act in acts {
        record(app, opened.found.info.log, ctx, &opened.profile.member, act).await?;
    }
    Ok(())
}
