//! A member who is signed in: who asks for pages of an organisation.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{self, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use domain::credential::{self, Act, CredentialEvent, CredentialRefusal, Method, NotFresh};
use domain::member;
use domain::name::SessionId;
use ledger::time::Timestamp;
use store::logs::LogInfo;
use store::recording;

use super::Permission;
use super::acting::{Acting, Circumstances, load_member};
use crate::access::column::instant;
use crate::access::member_session::{self, HOURS_MAX, OpenSession, SessionToken};
use crate::app::App;
use crate::error::{Error, Result};
use crate::query::percent_encode;
use crate::refusals::Refused;
use crate::web::shell::{Note, OfOrganisation, OrganisationParts};
use crate::web::{FormToken, Nav, Shell};

/// Somebody who is signed in to the organisation in the path and whose roles allow it.
///
/// Without a session that is open, whoever asks is sent to the page that signs in and back from there.
pub struct Member<P> {
    session: MemberSession,
    permission: PhantomData<P>,
}

/// A session of a member who is active, with their authority.
#[derive(Clone, Debug)]
pub struct MemberSession {
    /// Who.
    pub acting: Acting,
    /// Which session: 128 random bits, which may stand in the log.
    pub sid: SessionId,
    /// By what the member signed in.
    pub method: Method,
    /// When the member last confirmed who they are, if they have.
    pub confirmed_at: Option<Timestamp>,
    /// When it ends, whatever is done in it.
    pub ends_at: Timestamp,
}

/// Why a page is not shown.
#[derive(Debug)]
pub enum NotShown {
    /// First something else is to be done: signing in, or confirming who one is. Here is where.
    Elsewhere(String),
    /// Somebody is, and it is refused.
    Error(Error),
}

impl<P> Deref for Member<P> {
    type Target = MemberSession;

    fn deref(&self) -> &MemberSession {
        &self.session
    }
}

impl Deref for MemberSession {
    type Target = Acting;

    fn deref(&self) -> &Acting {
        &self.acting
    }
}

impl MemberSession {
    /// Whether a privileged act may go on. That it was asked for in vain is recorded.
    ///
    /// # Errors
    /// [`Error::NotFresh`]: the member confirms first, on `/orgs/{org}/confirm`.
    pub fn require_fresh(&self, app: &App) -> Result<()> {
        let fresh = credential::require_fresh(self.confirmed_at, store::clock::now());
        fresh.map_err(|refusal| {
            self.record_unconfirmed(app, self.method, CredentialRefusal::NotFresh);
            Error::NotFresh(refusal)
        })
    }

    /// Records beside the answer that the member did not confirm who they are, as [`App::aside`] does.
    pub fn record_unconfirmed(&self, app: &App, method: Method, refusal: CredentialRefusal) {
        let act = Act::SteppedUp { method, session: self.sid.clone(), outcome: Err(refusal) };
        let event = CredentialEvent::of(&self.member, act);
        let (owned, log, ctx) = (app.clone(), self.log, self.ctx());
        app.aside(Some(log), Refused::Credential(event.member.clone(), refusal), async move {
            recording::record(owned.ledger(), log, &ctx, &event.stream(), &event, None).await?;
            Ok(())
        });
    }

    /// The same for a page: whoever has not confirmed lately is sent to where they do, and from there to `page`.
    ///
    /// # Errors
    /// [`NotShown::Elsewhere`].
    pub fn require_fresh_for(&self, app: &App, page: &str) -> Result<(), NotShown> {
        self.require_fresh(app).map_err(|_| self.to_confirm(page))
    }

    /// The same before a form is shown: nothing was tried yet, so nothing is recorded.
    ///
    /// # Errors
    /// [`NotShown::Elsewhere`].
    pub fn require_fresh_to_see(&self, page: &str) -> Result<(), NotShown> {
        if self.is_fresh() { Ok(()) } else { Err(self.to_confirm(page)) }
    }

    fn to_confirm(&self, page: &str) -> NotShown {
        NotShown::Elsewhere(self.confirming(page))
    }

    /// Where the member confirms who they are, and goes on to `page`.
    fn confirming(&self, page: &str) -> String {
        format!("/orgs/{}/confirm?next={}", self.info.slug, percent_encode(page))
    }

    /// What stands above a form that was sent too late after the last confirmation, and that is shown again as it was filled
    /// in: nothing that was typed is lost to the confirmation. `page` is where the form is.
    pub fn to_confirm_beside(&self, refusal: &NotFresh, page: &str) -> Note {
        Note::ToConfirm {
            words: format!(
                "{refusal}: the last one is more than 15 minutes ago. Nothing was changed, and what you typed is still here. \
                 Confirm in another tab, then come back to this one and send it again:"
            ),
            href: self.confirming(page),
        }
    }

    /// Whether a form came too late for a privileged act, with what stands above it then. It is recorded as
    /// [`MemberSession::require_fresh`] does.
    ///
    /// # Errors
    /// Any other of its.
    pub fn late(&self, app: &App, page: &str) -> Result<Option<Note>> {
        match self.require_fresh(app) {
            Ok(()) => Ok(None),
            Err(Error::NotFresh(refusal)) => Ok(Some(self.to_confirm_beside(&refusal, page))),
            Err(error) => Err(error),
        }
    }

    /// The same authority once more, as it is now, for what took a while.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], where the session has ended or the member is not active any more;
    /// [`Error::PermissionMissing`].
    pub async fn require_still(&self, app: &App, permission: member::Permission) -> Result<()> {
        let mut tx = app.db(self.log).await?;
        let open = member_session::open_ones(&mut tx, self.log, &self.member).await?;
        tx.commit().await?;
        let aggregate = load_member(app, self.log, &self.member).await?;
        match aggregate {
            member::Member::Active(profile) if open.iter().any(|session| session.sid == self.sid.as_str()) => {
                let permitted = profile.roles.permit(permission);
                permitted.then_some(()).ok_or(Error::PermissionMissing(permission.as_str()))
            }
            _ => Err(Error::Unauthenticated),
        }
    }

    /// Whether the member has confirmed lately enough for a privileged act.
    pub fn is_fresh(&self) -> bool {
        credential::require_fresh(self.confirmed_at, store::clock::now()).is_ok()
    }

    /// What forms of this session carry.
    pub fn form_token(&self, app: &App) -> FormToken {
        FormToken::of(app, self.form_key())
    }

    /// The frame of a page of theirs.
    pub fn shell(&self, app: &App, at: Nav) -> Shell<OfOrganisation> {
        Shell::organisation(OrganisationParts {
            name: self.organisation_name(),
            slug: &self.info.slug,
            viewer: self.shown_as(),
            roles: self.roles(),
            token: self.form_token(app),
            clock: self.clock(),
            at,
        })
    }

    /// What forms of this session are signed for.
    pub fn form_key(&self) -> &[u8] {
        self.sid.as_str().as_bytes()
    }
}

impl<P: Permission> FromRequestParts<App> for Member<P> {
    type Rejection = NotShown;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, NotShown> {
        let slug = organisation_in(parts, app).await?;
        let slug = slug.ok_or_else(|| Error::internal("a route for members names no organisation"))?;
        let Some(session) = session(parts, app, &slug).await? else {
            return Err(NotShown::Elsewhere(sign_in(&slug, parts)));
        };
        session.acting.require::<P>()?;
        Ok(Self { session, permission: PhantomData })
    }
}

impl From<Error> for NotShown {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl IntoResponse for NotShown {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere(address) => Redirect::to(&address).into_response(),
            Self::Error(error) => error.into_response(),
        }
    }
}

/// The slug in the path, where one stands there.
pub(super) async fn organisation_in(parts: &mut Parts, app: &App) -> Result<Option<String>> {
    let params = RawPathParams::from_request_parts(parts, app).await;
    let params = params.map_err(|error| Error::BadRequest(error.to_string()))?;
    Ok(params.iter().find(|(name, _)| *name == "org").map(|(_, value)| value.to_owned()))
}

/// The session that the cookie of this organisation opens, if it is open and its member is active.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn session(parts: &Parts, app: &App, slug: &str) -> Result<Option<MemberSession>> {
    let jar = CookieJar::from_headers(&parts.headers);
    match jar.get(&cookie_name(slug)) {
        Some(cookie) => of_cookie(parts, app, slug, cookie.value()).await,
        None => Ok(None),
    }
}

/// Most cookies of one request that are looked at where the path names no organisation: each costs look-ups.
const COOKIES_MAX: usize = 8;

/// The sessions of all cookies, by [`session`]: one for each organisation that this browser is signed in to, of the first
/// [`COOKIES_MAX`] by name.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn sessions(parts: &Parts, app: &App) -> Result<Vec<MemberSession>> {
    let jar = CookieJar::from_headers(&parts.headers);
    // The jar has no order; what is looked at must not be a matter of chance.
    let mut cookies: Vec<_> =
        jar.iter().filter_map(|cookie| Some((cookie.name().strip_prefix(COOKIE_PREFIX)?, cookie.value()))).collect();
    cookies.sort_unstable();
    let mut sessions = Vec::new();
    for (slug, value) in cookies.into_iter().take(COOKIES_MAX) {
        sessions.extend(of_cookie(parts, app, slug, value).await?);
    }
    Ok(sessions)
}

async fn of_cookie(parts: &Parts, app: &App, slug: &str, value: &str) -> Result<Option<MemberSession>> {
    let Some(token) = SessionToken::parse(value) else { return Ok(None) };
    let open = app.requests().member_session(&token).await?;
    let Some(open) = open.filter(|open| open.slug == slug) else { return Ok(None) };
    if open.use_is_news {
        app.note_session(open.log, open.sid.clone());
    }
    member_of(parts, app, open).await
}

async fn member_of(parts: &Parts, app: &App, open: OpenSession) -> Result<Option<MemberSession>> {
    let OpenSession { log, slug, organisation_name: name, origin, sid, member, method, .. } = open;
    let (created_at, confirmed_at) = (open.created_at, open.confirmed_at);
    let circumstances = Circumstances { session: Some(sid.prefix()), ..Circumstances::of(parts) };
    let acting = Acting::load(app, LogInfo { log, slug, name, origin }, member, circumstances).await?;
    let Some(acting) = acting else { return Ok(None) };
    let confirmed_at = confirmed_at.map(instant);
    let ends_at = instant(created_at + time::Duration::hours(HOURS_MAX));
    Ok(Some(MemberSession { acting, sid, method, confirmed_at, ends_at }))
}

/// The page that signs in to an organisation, which leads back to what was asked for where that only reads.
fn sign_in(slug: &str, parts: &Parts) -> String {
    let page = format!("/orgs/{slug}/sign-in");
    match (&parts.method, parts.uri.path_and_query()) {
        (&http::Method::GET | &http::Method::HEAD, Some(asked)) => {
            let asked = percent_encode(asked.as_str());
            format!("{page}?next={asked}")
        }
        _ => page,
    }
}

/// How the names of the cookies begin.
const COOKIE_PREFIX: &str = "__Host-cs-";

/// The name of the cookie: browsers take one of this name from this host alone, over TLS or from `localhost`.
pub fn cookie_name(slug: &str) -> String {
    format!("{COOKIE_PREFIX}{slug}")
}

/// The header that hands a session's token to the browser. It lasts until the browser is closed, or the session ends.
pub fn cookie(slug: &str, token: &SessionToken) -> HeaderValue {
    header_value(&format!("{}={}", cookie_name(slug), token.reveal()))
}

/// The header that makes the browser forget it.
pub fn no_cookie(slug: &str) -> HeaderValue {
    header_value(&format!("{}=; Max-Age=0", cookie_name(slug)))
}

fn header_value(cookie: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(&format!("{cookie}; Path=/; Secure; HttpOnly; SameSite=Lax"))
        .expect("slugs and tokens are plain ASCII");
    value.set_sensitive(true);
    value
}

/// The response with the cookie set or taken away.
pub fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}
