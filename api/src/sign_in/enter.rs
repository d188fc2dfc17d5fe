//! Letting a member in.

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
use crate::access::member_session::{self, NewSession, SessionToken};
use crate::app::App;
use crate::auth::Circumstances;
use crate::auth::acting::{load_member, user};
use crate::auth::member::cookie;
use crate::error::{Error, Result};

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
