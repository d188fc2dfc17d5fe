//! Opens a session, by whichever way somebody came.

use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use domain::access_grant::{AccessGrant, Command, Terms};
use domain::activity::{ActivityEvent, Ending, Opening};
use domain::name::Sha256;
use store::execute::{ExecuteError, execute};
use store::recording;

use super::attempt::Attempt;
use crate::access::auditor_session::{self, SESSION_TTL, Session};
use crate::access::column;
use crate::access::grant_token::Place;
use crate::access::grants_seen;
use crate::app::App;
use crate::auth::auditor::{self, Claims, Visitor, actor};
use crate::error::{Error, Result};

/// Somebody who is let in.
pub(super) struct Entrant<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) place: &'a Place,
    pub(super) access: &'a AccessGrant,
    /// Of the link that they came with; none where they came by their address, to access that they had accepted before.
    pub(super) token_sha256: Option<&'a Sha256>,
    pub(super) opened_by: Opening,
}

/// Records the acceptance and the session, and answers with its cookie: to the terms where they are to be accepted first,
/// else to the portal.
///
/// # Errors
/// [`Error::NotFound`] where the grant does not allow it any more; what an append meets.
pub(super) async fn enter(app: &App, jar: CookieJar, entrant: &Entrant<'_>) -> Result<Response> {
    let Entrant { visitor, place, access, .. } = *entrant;
    let terms = access.terms().ok_or(Error::NotFound)?;
    let jar = leave_another(app, visitor, jar, terms).await?;
    Attempt::under(place.log, &place.grant, access, visitor).record(app, Ok(())).await?;
    accept(app, entrant, terms).await?;
    let claims = start(app, entrant, terms).await?;
    let organisation = auditor::load_organisation(app, place.log).await?;
    let is_accepted = organisation.terms().is_some_and(|published| !terms.needs_terms(published.version));
    let next = Redirect::to(if is_accepted { "/auditor/portal" } else { "/auditor/toe" });
    Ok((jar.add(claims.cookie(app.access_secret())), next).into_response())
}

/// Ends the session that this browser has of somebody else: an invitation is personal (S5-72).
///
/// # Errors
/// What an append meets.
pub(super) async fn leave_another(app: &App, visitor: &Visitor, jar: CookieJar, terms: &Terms) -> Result<CookieJar> {
    let Some(claims) = Claims::of(&jar, app.access_secret()) else { return Ok(jar) };
    let open = auditor::load_grant(app, claims.log(), &claims.grant).await?;
    let address = |terms: &Terms| terms.email.known().map(|email| email.as_str().to_lowercase());
    match open.terms() {
        Some(open) if address(open) != address(terms) => {
            end_for_mismatch(app, visitor, &claims, open).await?;
            Ok(jar.remove(Claims::removal()))
        }
        _ => Ok(jar),
    }
}

/// Ends a session with which somebody else came.
///
/// # Errors
/// What an append meets.
pub(super) async fn end_for_mismatch(app: &App, visitor: &Visitor, claims: &Claims, of: &Terms) -> Result<()> {
    let (log, session) = (claims.log(), claims.sid.prefix());
    let mut tx = app.db(log).await?;
    let was_open = auditor_session::end(&mut tx, log, &claims.grant, &claims.sid).await?;
    tx.commit().await?;
    if was_open {
        let ctx = visitor.ctx(actor(of), Some(session.clone()));
        let event = ActivityEvent::SessionEnded { grant: claims.grant.clone(), session, by: Ending::Mismatch };
        recording::record(app.ledger(), log, &ctx, &event.stream(), &event, None).await?;
    }
    Ok(())
}

/// The grant decides, also where it was changed since it was looked at.
async fn accept(app: &App, entrant: &Entrant<'_>, terms: &Terms) -> Result<()> {
    let Entrant { visitor, place, access, .. } = *entrant;
    let Some(token_sha256) = entrant.token_sha256 else { return Ok(()) };
    let command = Command::Accept { token_sha256: Some(token_sha256.clone()) };
    let ctx = visitor.ctx(actor(terms), None);
    match execute::<AccessGrant>(app.ledger(), place.log, &ctx, place.grant.as_str(), command, None).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Refused(refused)) => {
            if let Some(refusal) = refused.reason() {
                Attempt::under(place.log, &place.grant, access, visitor).refused_aside(app, refusal);
            }
            Err(Error::NotFound)
        }
        Err(ExecuteError::Id(error)) => Err(Error::internal(error)),
        Err(ExecuteError::Contended { .. }) => Err(Error::Contended),
        Err(ExecuteError::Load(error)) => Err(error.into()),
        Err(ExecuteError::Record(error)) => Err(error.into()),
    }
}

/// First the entry, then the row: no session is good that is not recorded.
async fn start(app: &App, entrant: &Entrant<'_>, terms: &Terms) -> Result<Claims> {
    let Entrant { visitor, place, opened_by, .. } = *entrant;
    let (sid, grant) = (auditor_session::random_id(), place.grant.clone());
    let ctx = visitor.ctx(actor(terms), Some(sid.prefix()));
    let event = ActivityEvent::SessionStarted { grant: grant.clone(), session: sid.prefix(), opened_by };
    let recorded = recording::record(app.ledger(), place.log, &ctx, &event.stream(), &event, None).await?;
    let since = ctx.now.unix_seconds();
    let claims = Claims {
        sid: sid.clone(),
        grant: grant.clone(),
        org: auditor::organisation_id(place.log),
        iat: since,
        exp: since + SESSION_TTL.as_secs(),
    };
    let now = column::time(ctx.now);
    let session = Session {
        sid,
        grant,
        started_index: recorded.first().index,
        created_at: now,
        last_seen_at: now,
        expires_at: now + SESSION_TTL,
        ended_at: None,
    };
    let mut tx = app.db(place.log).await?;
    auditor_session::start(&mut tx, place.log, &session).await?;
    grants_seen::note(&mut tx, place.log, &session.grant).await?;
    tx.commit().await?;
    Ok(claims)
}
