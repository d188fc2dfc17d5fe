//! `GET /health/live` and `/health/ready`: for whoever restarts the service or sends it requests.

use std::future::Future;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use store::append::LogId;
use store::repeats::Repeats;
use store::standstill::{self, Stopped, Why};
use store::{checkpoints, clock, entries, logs};
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::app::App;

/// A probe that gets no answer in this time is answered without it.
const CHECK_WITHIN: Duration = Duration::from_secs(2);
/// How long an answer is given again.
const KEPT_FOR: Duration = Duration::from_secs(1);
/// A log that stands still is named this often, however often a probe comes.
const NAMED_AGAIN_AFTER: Duration = Duration::from_mins(3);
/// An entry that no checkpoint covers after this time: sealing aims at one second and promises an hour (spec §9).
const SEALED_WITHIN_MICROS: i64 = 60 * 1_000_000;

/// Whether the process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub struct Live {
    /// Always `live`.
    pub status: &'static str,
}

/// Whether requests should come here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ready {
    /// `ready` or `not ready`.
    pub status: &'static str,
    /// What was looked at.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// Whether it is as it must be.
    pub ok: bool,
    /// What is wrong, without anything that an outsider should not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Says that the process answers. It asks nothing else, so a slow database does not get the service restarted.
#[utoipa::path(get, path = "/health/live", tag = "public", responses((status = 200, description = "Alive", body = Live)))]
pub async fn live() -> Json<Live> {
    Json(Live { status: "live" })
}

/// Says whether requests should come here: the database answers, files of evidence can be read, each log takes writes and is sealed, and checkpoints
/// keep up with what is recorded.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "public",
    responses((status = 200, description = "Ready", body = Ready), (status = 503, description = "Not ready", body = Ready))
)]
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Ready>) {
    let ready = app.readiness().of(|| look(&app)).await;
    let status = if ready.status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ready))
}

/// What was found last. Looking costs a few statements a log, and anybody may ask.
pub struct Readiness {
    last: Mutex<Option<(Instant, Ready)>>,
    /// Which logs the service's own log has named: probes come every second.
    said: std::sync::Mutex<Repeats<(LogId, Why)>>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self { last: Mutex::default(), said: std::sync::Mutex::new(Repeats::new(NAMED_AGAIN_AFTER)) }
    }
}

impl Readiness {
    async fn of<F: Future<Output = Ready>>(&self, look: impl FnOnce() -> F) -> Ready {
        let mut last = self.last.lock().await;
        if let Some((when, ready)) = &*last
            && when.elapsed() < KEPT_FOR
        {
            return ready.clone();
        }
        let ready = look().await;
        *last = Some((Instant::now(), ready.clone()));
        ready
    }

    /// Names the logs that stand still in the service's own log, each now and then.
    pub(crate) fn say(&self, found: &[Stopped]) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.retain(|(log, why)| found.iter().any(|stopped| stopped.log.log == *log && stopped.why == *why));
        for Stopped { log, why, reason } in found {
            if said.is_due((log.log, *why), reason, Instant::now()) {
                tracing::error!(log = log.slug, why = why.as_str(), reason, "{}", of_one(*why));
            }
        }
    }
}

fn of_one(why: Why) -> &'static str {
    match why {
        Why::Fence => "the log does not extend what was signed: it takes no writes",
        Why::Sealing => "sealing of the log has stopped",
        Why::Key => {
            "the entries key in force cannot be read: whoever holds it in memory still writes, nobody does after a start"
        }
    }
}

/// How many logs stand still, without their names. Empty in good times.
fn counted(found: &[Stopped]) -> String {
    let sentences = Why::ALL.into_iter().filter_map(|why| {
        let count = found.iter().filter(|stopped| stopped.why == why).count();
        let logs = if count == 1 { "1 log".to_owned() } else { format!("{count} logs") };
        let sentence = match (why, count) {
            (_, 0) => return None,
            (Why::Fence, 1) => "1 log does not extend what was signed".to_owned(),
            (Why::Fence, _) => format!("{logs} do not extend what was signed"),
            (Why::Sealing, _) => format!("sealing of {logs} has stopped"),
            (Why::Key, _) => format!("the entries key in force of {logs} cannot be used"),
        };
        Some(sentence)
    });
    sentences.collect::<Vec<_>>().join("; ")
}

async fn look(app: &App) -> Ready {
    let mut checks = vec![database(app).await, within("files", files(app)).await];
    if checks[0].ok {
        checks.push(within("logs", logs(app)).await);
    }
    let status = if checks.iter().all(|check| check.ok) { "ready" } else { "not ready" };
    Ready { status, checks }
}

async fn database(app: &App) -> Check {
    within("database", async { app.requests().ping().await.map_err(|_| "the database does not answer".to_owned()) })
        .await
}

/// Whether the place of the files of evidence can be read; `fsck` reads the files.
async fn files(app: &App) -> Result<(), String> {
    app.blobs().ping().await.map_err(|error| {
        tracing::error!(%error, "the files of evidence cannot be read");
        "the files of evidence cannot be read".to_owned()
    })
}

/// Whether each log takes writes and is sealed, and its checkpoints keep up. Which log it is, the service's own log says.
async fn logs(app: &App) -> Result<(), String> {
    let unknown = |error: sqlx::Error| {
        tracing::warn!(%error, "the state of the logs cannot be read");
        "the state of the logs cannot be read".to_owned()
    };
    let stopped = standstill::stopped(app.ledger()).await.map_err(unknown)?;
    app.readiness().say(&stopped);
    if !stopped.is_empty() {
        return Err(counted(&stopped));
    }
    let mut conn = app.ledger().reader().acquire().await.map_err(unknown)?;
    for log in logs::all(&mut *conn).await.map_err(unknown)? {
        let sealed =
            checkpoints::newest(&mut *conn, log.log).await.map_err(unknown)?.map_or(0, |newest| newest.head.size);
        let waiting = entries::range(&mut *conn, log.log, sealed, 1).await.map_err(unknown)?.pop();
        let oldest_allowed = clock::now().as_micros() - SEALED_WITHIN_MICROS;
        if waiting.is_some_and(|entry| entry.time.as_micros() < oldest_allowed) {
            tracing::error!(log = log.slug, "the log's checkpoints do not keep up");
            return Err("the checkpoints of a log do not keep up".to_owned());
        }
    }
    Ok(())
}

async fn within(name: &'static str, check: impl Future<Output = Result<(), String>>) -> Check {
    let problem = match tokio::time::timeout(CHECK_WITHIN, check).await {
        Ok(outcome) => outcome.err(),
        Err(_) => Some("there is no answer in time".to_owned()),
    };
    Check { name, ok: problem.is_none(), problem }
}
