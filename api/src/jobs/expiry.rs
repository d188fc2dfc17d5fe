//! Records that access has run out, and ends what is left of it.
//!
//! Nothing waits for this: from its end on a grant allows nothing, whether that is recorded or not (C2). The read model
//! says which grants to look at, and each grant decides for itself, so that one that was extended meanwhile goes on, and
//! of two processes that look at the same one records it.

use std::time::Duration;

use domain::access_grant::{AccessGrant, Command, GrantError, State};
use domain::activity::{self, ActivityEvent};
use domain::context::Ctx;
use ledger::time::Timestamp;
use ledger::vocabulary::{Actor, ActorType};
use projections::read_models::grants::{self, Due};
use store::execute::{ExecuteError, execute};
use store::recording::record;
use tokio_util::sync::CancellationToken;

use crate::access::auditor_session;
use crate::app::App;
use crate::error::{Error, Result};

/// Its name in `GET /api/cron?job=`, and as the actor of what it records (S5-76).
pub const NAME: &str = "auditor-access-expiry";
/// How often it is done. Mail and lists are at most so late; access is not.
const EVERY: Duration = Duration::from_mins(1);
/// Grants of one sweep: some seconds of work. What is left is for the next.
const GRANTS_PER_SWEEP_MAX: u32 = 500;

/// Sweeps every minute until told to stop; then it ends between two sweeps.
pub async fn run(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = sweep(&app, store::clock::now()).await {
            tracing::warn!(%error, "it could not be seen which access has run out");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Records for each grant whose end has passed by this time that it ran out, and ends its sessions. Doing it again changes
/// nothing. Returns how many it recorded; a grant with which it did not succeed is left to the next sweep.
///
/// # Errors
/// The database does not answer.
pub async fn sweep(app: &App, now: Timestamp) -> Result<usize> {
    let mut expired = 0;
    for due in grants::expired_unrecorded(app.ledger(), now, GRANTS_PER_SWEEP_MAX).await? {
        match expire(app, &due, now).await {
            Ok(recorded) => expired += usize::from(recorded),
            Err(error) => {
                tracing::warn!(log = %due.log, grant = %due.grant, %error, "that access has run out could not be recorded");
            }
        }
    }
    Ok(expired)
}

/// Returns whether it was this that recorded the end.
async fn expire(app: &App, due: &Due, now: Timestamp) -> Result<bool> {
    let ctx = ctx(now);
    let grant: AccessGrant = app.load(due.log, &AccessGrant::stream(&due.grant)).await?;
    let is_recorded = matches!(grant.state(), None | Some(State::Expired | State::Revoked));
    if is_recorded || grant.state_at(now) != Some(State::Expired) {
        return Ok(false);
    }
    // First: what is counted in the entry has ended when it is there.
    let mut tx = app.db(due.log).await?;
    let sessions_ended = auditor_session::end_all(&mut tx, due.log, &due.grant).await?;
    tx.commit().await?;
    let command = Command::Expire { sessions_ended };
    match execute::<AccessGrant>(app.ledger(), due.log, &ctx, due.grant.as_str(), command, None).await {
        Ok(_) => {}
        Err(ExecuteError::Refused(
            GrantError::AlreadyExpired | GrantError::AlreadyRevoked | GrantError::NotOver { .. },
        )) => return Ok(false),
        Err(error) => return Err(failed(error)),
    }
    if 0 < sessions_ended {
        let swept = ActivityEvent::SessionSwept { grant: due.grant.clone(), count: sessions_ended };
        record(app.ledger(), due.log, &ctx, &activity::stream(&due.grant), &swept, None).await?;
    }
    Ok(true)
}

fn ctx(now: Timestamp) -> Ctx {
    let actor = Actor { kind: ActorType::System, id: NAME.to_owned(), role: None };
    Ctx { service: Some("jobs".to_owned()), ..Ctx::of(actor, now) }
}

fn failed(error: ExecuteError<GrantError>) -> Error {
    match error {
        ExecuteError::Contended { .. } => Error::Contended,
        ExecuteError::Load(error) => error.into(),
        ExecuteError::Record(error) => error.into(),
        ExecuteError::Id(_) | ExecuteError::Refused(_) => Error::internal(error),
    }
}
