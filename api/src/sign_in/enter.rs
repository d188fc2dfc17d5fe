//! Letting a member in, and noting who was not.

use std::time::Duration;

use axum::http::HeaderValue;
use domain::context::Ctx;
use domain::credential::{Act, CredentialEvent, CredentialRefusal, Method};
use domain::member::{Member, Profile};
use domain::name::{PersonId, SessionId};
use ledger::entry::{Actor, ActorType};
use store::append::LogId;
use store::logs::LogInfo;
use store::recording;

use super::device;
use crate::access::limit::{self, Counted, Limit};
use crate::access::member_session::{self, NewSession, SessionToken};
use crate::app::App;
use crate::auth::Circumstances;
use crate::auth::acting::{load_member, user};
use crate::auth::member::cookie;
use crate::error::{Error, Result};

/// Refusals that are recorded of one address, and of one member wherever they come from: as many as a person makes who has
/// forgotten a password, and what two or three guess who must not fill the log.
const REFUSED_FROM: Limit = Limit { name: "refusals of an address", most: 30, within: Duration::from_hours(1) };
const REFUSED_AS: Limit = Limit { name: "refusals of a member", most: 60, within: Duration::from_hours(1) };
/// The same of all who are no member, for one organisation.
const REFUSED_AS_NOBODY: Limit = Limit { name: "refusals of nobody", most: 100, within: Duration::from_hours(1) };

/// Who acts where nobody is known.
const STRANGER: &str = "sign_in";

/// Opens a session of a member who has shown who they are, and returns the header with its cookie.
///
/// The row comes first, so that no entry names a session that never was; where the entry cannot be recorded, the session
/// ends before anybody has it.
///
/// # Errors
/// [`Error::Unavailable`] and those of an append.
pub async fn enter(
    app: &App,
    info: &LogInfo,
    profile: &Profile,
    method: Method,
    circumstances: &Circumstances,
) -> Result<HeaderValue> {
    let (sid, token, member) = (member_session::new_sid(), SessionToken::random(), &profile.member);
    let device = device::label(circumstances.user_agent.as_ref());
    let session = NewSession { sid: &sid, token: &token, member, method, device: &device };
    let mut tx = app.db(info.log).await?;
    member_session::insert(&mut tx, info.log, &session).await?;
    tx.commit().await?;
    let mut ctx = circumstances.ctx(user(member, &profile.roles));
    ctx.session = Some(sid.prefix());
    let signed_in = Act::SignedIn { method, outcome: Ok(sid.clone()) };
    if let Err(error) = record(app, info.log, &ctx, member, signed_in).await {
        take_back(app, info.log, member, &sid).await;
        return Err(error);
    }
    Ok(cookie(&info.slug, &token))
}

async fn take_back(app: &App, log: LogId, member: &PersonId, sid: &SessionId) {
    let ended = async {
        let mut tx = app.db(log).await?;
        member_session::end(&mut tx, log, member, sid).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    // Nobody was given its token: it runs out unused.
    if let Err(error) = ended.await {
        tracing::warn!(session = %sid.prefix(), %error, "a session that nobody has could not be ended");
    }
}

/// Records an act of a member's, before whatever says that it happened. Its place in the log.
///
/// # Errors
/// Those of an append.
pub async fn record(app: &App, log: LogId, ctx: &Ctx, member: &PersonId, act: Act) -> Result<u64> {
    let event = CredentialEvent::of(member, act);
    let appended = recording::record(app.ledger(), log, ctx, &event.stream(), &event, None).await?;
    Ok(appended.first().index)
}

/// Notes an attempt that failed, as whom somebody tried it, as long as these are not too many. The answer does not wait for
/// it.
pub fn refused(
    app: &App,
    log: LogId,
    circumstances: &Circumstances,
    member: Option<&PersonId>,
    method: Method,
    refusal: CredentialRefusal,
) {
    let (actor, event) = match member {
        None => (stranger(), CredentialEvent::unknown(method)),
        Some(member) => {
            let actor = Actor { kind: ActorType::User, id: member.as_str().to_owned(), role: None };
            (actor, CredentialEvent::of(member, Act::SignedIn { method, outcome: Err(refusal) }))
        }
    };
    let (owned, ctx, member) = (app.clone(), circumstances.ctx(actor), member.cloned());
    let address = limit::of_address(circumstances.ip);
    app.tasks().spawn(async move {
        match is_recorded(&owned, log, &address, member.as_ref()).await {
            Ok(true) => owned.record_aside(log, ctx, event),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "a refused attempt to sign in was not recorded"),
        }
    });
}

/// Whether one more refusal is recorded. What one address makes beyond its number takes nothing of a member's.
async fn is_recorded(app: &App, log: LogId, address: &[u8], member: Option<&PersonId>) -> Result<bool> {
    let (of, whom) = member.map_or((REFUSED_AS_NOBODY, ""), |member| (REFUSED_AS, member.as_str()));
    let limits: [(Limit, &[u8]); 2] = [(REFUSED_FROM, address), (of, whom.as_bytes())];
    for (limit, by) in limits {
        let counted = app.requests().count(app.access_secret(), limit, &[log.0.as_bytes(), by]).await?;
        if let Counted::Over { is_first, .. } = counted {
            if is_first {
                tracing::warn!(%log, limit = limit.name, "refused attempts to sign in are not recorded for a while");
            }
            return Ok(false);
        }
    }
    Ok(true)
}

/// Somebody of whom nothing is known.
pub fn stranger() -> Actor {
    Actor { kind: ActorType::System, id: STRANGER.to_owned(), role: None }
}

/// A member who may sign in, by their stream.
///
/// # Errors
/// Outside, [`Error::Unavailable`]; inside, why they may not.
pub async fn active(app: &App, log: LogId, member: &PersonId) -> Result<Result<Profile, CredentialRefusal>> {
    Ok(match load_member(app, log, member).await? {
        Member::Active(profile) => Ok(profile),
        Member::Suspended(_) => Err(CredentialRefusal::Suspended),
        // Whoever has not joined has nothing to sign in by.
        Member::Removed(_) | Member::Invited(..) | Member::Absent => Err(CredentialRefusal::Removed),
    })
}
