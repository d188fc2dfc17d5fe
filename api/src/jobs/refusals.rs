//! Records how many attempts failed beyond those that have an entry each.

use std::time::Duration;

use domain::context::Ctx;
use domain::tally::Tally;
use ledger::vocabulary::{Actor, ActorType};
use store::append::LogId;
use store::recording;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::error::Result;
use crate::refusals::Refused;
use crate::service_log;

/// The actor of what it records.
const NAME: &str = "refusals-count";
/// How often: what is counted is in the log at most so late, and an attack that goes on adds six entries an hour for each
/// reason and whoever it is on.
const EVERY: Duration = Duration::from_mins(10);

/// Records the counts every ten minutes until told to stop. Whoever stops the service records the last ones by
/// [`record`], once no request can add any.
pub async fn run(app: App, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => record(&app).await,
        }
    }
}

/// Records what was counted until now. What cannot be recorded stays counted, and is lost where the process ends before the
/// database is back; what may have been recorded, for the answer did not come, is recorded again.
pub async fn record(app: &App) {
    for ((log, refused), tally) in app.refusals().take() {
        if let Err(error) = record_one(app, log, refused.clone(), tally).await {
            tracing::warn!(%error, count = tally.count, "failed attempts that were counted could not be recorded yet");
            app.refusals().add(log, refused, tally);
        }
    }
}

async fn record_one(app: &App, log: Option<LogId>, refused: Refused, tally: Tally) -> Result<()> {
    let log = match log {
        Some(log) => log,
        None => service_log::of(app).await?,
    };
    let actor = Actor { kind: ActorType::System, id: NAME.to_owned(), role: None };
    let ctx = Ctx { service: Some("jobs".to_owned()), ..Ctx::of(actor, store::clock::now()) };
    let (stream, event) = refused.counted(tally);
    recording::record(app.ledger(), log, &ctx, &stream, &event, None).await?;
    Ok(())
}
