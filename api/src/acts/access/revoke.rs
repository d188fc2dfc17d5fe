//! Takes access back: from the next request on, whatever is open.

use domain::access_grant::Command;
use domain::activity::{self, ActivityEvent};
use domain::name::GrantId;
use domain::note::Note;
use store::append::{Appended, IdempotencyKey};
use store::recording;

use super::{NotDone, load, put};
use crate::access::auditor_session;
use crate::app::App;
use crate::auth::Acting;
use crate::error::{Error, Result};

/// Access that was taken back.
#[derive(Debug)]
pub struct Revoked {
    /// How many sessions of the auditor ended with it.
    pub sessions_ended: u32,
    /// What was recorded of it.
    pub appended: Appended,
}

/// Takes access back and ends its sessions; both are recorded (S2-31).
///
/// Sessions are ended first, so that the entry can say how many there were. Every request loads the grant, so nothing is
/// allowed from the entry on; a session that began in between is ended after it.
///
/// # Errors
/// [`NotDone`].
pub async fn revoke(
    app: &App,
    acting: &Acting,
    grant: &GrantId,
    note: Option<Note>,
    idempotency: Option<IdempotencyKey>,
) -> Result<Revoked, NotDone> {
    acting.require_granter()?;
    let ctx = &acting.ctx();
    // Nobody is put out by a request that is refused.
    let loaded = load(app, acting, grant).await?;
    if let Err(refusal) = loaded.decide(ctx, Command::Revoke { note: note.clone(), sessions_ended: 0 })
        && idempotency.is_none()
    {
        return Err(refusal.into());
    }
    let sessions_ended = end_sessions(app, acting, grant).await?;
    let appended = put(app, acting, ctx, grant, Command::Revoke { note, sessions_ended }, idempotency).await?;
    let count = sessions_ended + end_sessions(app, acting, grant).await?;
    if 0 < count && !appended.replayed {
        let swept = ActivityEvent::SessionSwept { grant: grant.clone(), count };
        recording::record(app.ledger(), acting.log, ctx, &activity::stream(grant), &swept, None)
            .await
            .map_err(Error::from)?;
    }
    Ok(Revoked { sessions_ended, appended })
}

async fn end_sessions(app: &App, acting: &Acting, grant: &GrantId) -> Result<u32> {
    let mut tx = app.db(acting.log).await?;
    let count = auditor_session::end_all(&mut tx, acting.log, grant).await?;
    tx.commit().await?;
    Ok(count)
}
