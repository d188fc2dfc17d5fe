//! Who asks in the portal: an auditor with a session whose grant holds at this moment.
//!
//! Every request loads the session's row, the grant and the organisation. The cookie says who comes, never what they may.

mod cookie;
mod denied;
mod visitor;

use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use domain::access_grant::{AccessGrant, Terms};
use domain::activity::{ActivityEvent, Ending, Refusal};
use domain::context::Ctx;
use domain::name::{GrantId, OrganisationId, PersonId, SessionId};
use domain::organisation::Organisation;
use ledger::entry::{Actor, ActorType};
use ledger::name::Origin;
use store::append::LogId;
use store::event_store;
use store::logs::{self, LogInfo};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::auditor_session::{self, Session};
use crate::access::column::instant;
use crate::access::grant_token::Place;
use crate::access::grants_seen;
use crate::access::limit::Limit;
use crate::app::App;
use crate::error::{Error, Result};
use crate::portal::attempt::Attempt;
use crate::refusals::Refused;

pub use super::acting::load_organisation;
use cookie::Presented;
pub use cookie::{Claims, SESSION_COOKIE, host_cookie};
pub use denied::{Denied, Reason};
pub use visitor::Visitor;

/// Requests of a session that is over that have an entry each; a page that asks by itself would fill the log. Further ones
/// are counted.
const REFUSED_SESSIONS: Limit = Limit { name: "refused sessions", most: 10, within: Duration::from_hours(1) };

/// Cookies that we did not sign that have an entry each, of one organisation, wherever they come from: whoever makes them
/// up must not fill its log. Further ones are counted, in the log of the service.
const FORGED_SESSIONS: Limit = Limit { name: "forged sessions", most: 30, within: Duration::from_hours(1) };

/// Whether a page is shown before the terms of engagement are accepted.
pub trait Gate: Send + Sync {
    /// Whether they must have been.
    const TERMS: bool;
}

/// What is seen only by whoever has accepted the terms in force.
pub struct TermsAccepted;
/// What is seen before: the terms themselves, help, the way out.
pub struct AnyTerms;

impl Gate for TermsAccepted {
    const TERMS: bool = true;
}
impl Gate for AnyTerms {
    const TERMS: bool = false;
}

/// An auditor whose session is open and whose grant holds now.
pub struct Auditor<G = TermsAccepted> {
    session: AuditorSession,
    gate: PhantomData<G>,
}

/// What was loaded for this request.
#[derive(Clone, Debug)]
pub struct AuditorSession {
    /// Whose log.
    pub log: LogId,
    /// That log's origin.
    pub origin: Origin,
    /// The organisation's names.
    pub info: LogInfo,
    /// The organisation as it stands.
    pub organisation: Organisation,
    /// Under which grant.
    pub grant: GrantId,
    /// The grant as it stands.
    pub access: AccessGrant,
    /// Which session.
    pub sid: SessionId,
    /// When the session ends, whatever is done in it.
    pub ends_at: OffsetDateTime,
    terms: Terms,
    visitor: Visitor,
}

impl AuditorSession {
    /// What the grant comes to: scope, end, firm.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The auditor.
    pub fn person(&self) -> &PersonId {
        &self.terms.person
    }

    /// The circumstances of an act in this session, now.
    pub fn ctx(&self) -> Ctx {
        self.visitor.ctx(actor(&self.terms), Some(self.sid.prefix()))
    }

    /// Whoever sent the request, apart from who they are.
    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// Whether the terms of engagement in force have been accepted. An organisation that has published none gets the
    /// default ones as soon as somebody reads them.
    pub fn has_accepted_terms(&self) -> bool {
        self.organisation.terms().is_some_and(|published| !self.terms.needs_terms(published.version))
    }
}

impl<G> Deref for Auditor<G> {
    type Target = AuditorSession;

    fn deref(&self) -> &AuditorSession {
        &self.session
    }
}

impl<G: Gate> FromRequestParts<App> for Auditor<G> {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Denied> {
        let visitor = Visitor::of(parts);
        let deny = |reason: Reason| Denied::new(parts.uri.path(), reason);
        let claims = match Presented::by(&CookieJar::from_headers(&parts.headers), app.access_secret()) {
            Presented::Ours(claims) => claims,
            Presented::Nothing => return Err(deny(Reason::Unknown)),
            Presented::Forged(claimed) => {
                forged(app, visitor, claimed);
                return Err(deny(Reason::Unknown));
            }
        };
        let session = load(app, visitor, &claims).await.map_err(deny)?;
        note_use(app, &session);
        if G::TERMS && !session.has_accepted_terms() {
            return Err(deny(Reason::TermsNotAccepted));
        }
        Ok(Self { session, gate: PhantomData })
    }
}

/// An auditor as the actor of an entry.
pub fn actor(terms: &Terms) -> Actor {
    let role = terms.role_title.map(|title| title.as_str().to_owned());
    Actor { kind: ActorType::Auditor, id: terms.person.to_string(), role }
}

/// A grant as it stands.
///
/// # Errors
/// [`Error::Unavailable`], or [`Error::Internal`] where the log does not read.
pub async fn load_grant(app: &App, log: LogId, grant: &GrantId) -> Result<AccessGrant> {
    app.load(log, &AccessGrant::stream(grant)).await
}

/// The grant that somebody's link was made for, or one that nobody has: by the same statements, so that no time tells which.
///
/// # Errors
/// As [`load_grant`].
pub async fn load_grant_alike(app: &App, place: Option<&Place>) -> Result<AccessGrant> {
    let (log, grant) = match place {
        Some(place) => (place.log, place.grant.clone()),
        None => (LogId(Uuid::nil()), GrantId::parse(&Uuid::new_v4().to_string()).map_err(Error::internal)?),
    };
    Ok(event_store::load_alike(app.ledger(), log, &AccessGrant::stream(&grant)).await?)
}

/// The organisation of a log.
pub fn organisation_id(log: LogId) -> OrganisationId {
    OrganisationId::parse(&log.to_string()).expect("the id of a log is a UUID")
}

/// The names of an organisation.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::NotFound`].
pub async fn load_info(app: &App, log: LogId) -> Result<LogInfo> {
    logs::of(app.ledger().reader(), log).await?.ok_or(Error::NotFound)
}

async fn load(app: &App, visitor: Visitor, claims: &Claims) -> Result<AuditorSession, Reason> {
    let log = claims.log();
    let (row, access, organisation, info) = tokio::try_join!(
        session_row(app, log, &claims.sid),
        load_grant(app, log, &claims.grant),
        load_organisation(app, log),
        load_info(app, log),
    )?;
    let now = store::clock::now();
    let row = row.filter(|row| row.grant == claims.grant).ok_or(Reason::Unknown)?;
    let terms = match access.entered(now) {
        Ok(terms) => terms.clone(),
        Err(refusal) => {
            refused(app, &visitor, claims, &access, refusal);
            return Err(Reason::AccessEnded { organisation: Box::new(organisation), info: Box::new(info), refusal });
        }
    };
    if row.ended_at.is_some() || claims.is_over(now) || is_over(&row, now) {
        if row.ended_at.is_none() {
            run_out(app, &visitor, log, &row, &terms).await?;
        }
        refused(app, &visitor, claims, &access, Refusal::SessionEnded);
        return Err(Reason::SessionEnded { organisation: Box::new(organisation), info: Box::new(info) });
    }
    Ok(AuditorSession {
        log,
        origin: info.origin.clone(),
        info,
        organisation,
        grant: claims.grant.clone(),
        access,
        sid: row.sid,
        ends_at: row.expires_at,
        terms,
        visitor,
    })
}

/// Records that somebody came with a session that lets nobody in, as often as a person would and no more.
fn refused(app: &App, visitor: &Visitor, claims: &Claims, access: &AccessGrant, refusal: Refusal) {
    let mut attempt = Attempt::under(claims.log(), &claims.grant, access, visitor);
    attempt.ctx.session = Some(claims.sid.prefix());
    let within = (REFUSED_SESSIONS, claims.sid.as_str().as_bytes().to_vec());
    let counted_as = (attempt.log, Refused::Access(attempt.grant.clone(), refusal));
    Attempt::refused_aside_within(app, within, counted_as, async move { Ok((attempt, refusal)) });
}

/// Records that somebody came with a cookie that we did not sign: in the log of the organisation that it names, where
/// there is such a one. Whoever made it up is nobody's auditor.
fn forged(app: &App, visitor: Visitor, claimed: Option<Claims>) {
    let by = claimed.as_ref().map(|claims| claims.log().0.as_bytes().to_vec()).unwrap_or_default();
    let owned = app.clone();
    let refusal = Refusal::SessionForged;
    // What a cookie that is made up says it belongs to is not believed without a look.
    let counted_as = (None, Refused::Access(None, refusal));
    Attempt::refused_aside_within(app, (FORGED_SESSIONS, by), counted_as, async move {
        let mut attempt = Attempt::of_nobody(&visitor);
        if let Some(claims) = claimed
            && logs::of(owned.ledger().reader(), claims.log()).await?.is_some()
        {
            attempt.log = Some(claims.log());
            let access = load_grant(&owned, claims.log(), &claims.grant).await?;
            attempt.grant = access.terms().map(|_| claims.grant);
        }
        Ok((attempt, refusal))
    });
}

async fn session_row(app: &App, log: LogId, sid: &SessionId) -> Result<Option<Session>> {
    let mut tx = app.db(log).await?;
    let row = auditor_session::find(&mut tx, log, sid).await?;
    tx.commit().await?;
    Ok(row)
}

fn is_over(row: &Session, now: ledger::time::Timestamp) -> bool {
    instant(row.expires_at) <= now
}

/// The first request after a session's own time records that it is over.
async fn run_out(app: &App, visitor: &Visitor, log: LogId, row: &Session, terms: &Terms) -> Result<()> {
    let mut tx = app.db(log).await?;
    let is_first = auditor_session::end(&mut tx, log, &row.grant, &row.sid).await?;
    tx.commit().await?;
    if is_first {
        let session = row.sid.prefix();
        let ctx = visitor.ctx(actor(terms), Some(session.clone()));
        let event = ActivityEvent::SessionEnded { grant: row.grant.clone(), session, by: Ending::Expiry };
        store::recording::record(app.ledger(), log, &ctx, &event.stream(), &event, None).await?;
    }
    Ok(())
}

/// Beside the answer, which does not wait for it: that the session is used, and that the auditor is here (S2-52).
fn note_use(app: &App, session: &AuditorSession) {
    let (owned, log, sid, grant) = (app.clone(), session.log, session.sid.clone(), session.grant.clone());
    app.tasks().spawn(async move {
        let noted = async {
            let mut tx = owned.db(log).await?;
            auditor_session::note_use(&mut tx, log, &sid).await?;
            grants_seen::note(&mut tx, log, &grant).await?;
            tx.commit().await?;
            Ok::<(), Error>(())
        };
        if let Err(error) = noted.await {
            tracing::warn!(session = %sid.prefix(), %error, "the last use of an auditor's session was not noted");
        }
    });
}
