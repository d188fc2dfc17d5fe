//! The accept loop. `axum::serve` has neither a header timeout nor a cap on connections, so a handful of slow clients
//! could hold it for ever.

mod stall;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use stall::StallTimeout;

/// How long and how many.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections; further ones wait in the listener's backlog until one closes.
    pub connections_max: usize,
    /// For a request's line and headers to arrive; also how long a kept connection may be idle.
    pub headers: Duration,
    /// For an answer's next byte to be taken.
    pub write_stall: Duration,
    /// For requests in flight to finish after a stop was asked for.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 1024,
            headers: Duration::from_secs(10),
            write_stall: Duration::from_secs(30),
            shutdown: Duration::from_secs(10),
        }
    }
}

/// After an accept that failed for want of descriptors or memory, the next try would fail just the same.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, then closes the listener and waits for what is in flight, at most [`Limits::shutdown`].
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let open = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    while let Some((stream, permit)) = next(&listener, &open, &stop).await {
        serve_connection(stream, permit, &router, limits, &graceful);
    }
    drop(listener);
    if tokio::time::timeout(limits.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}

/// The next connection with its place among the open ones, or `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    open: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    loop {
        let accepted = async {
            let permit = Arc::clone(open).acquire_owned().await.expect("the semaphore is never closed");
            (listener.accept().await, permit)
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            (stream, permit) = accepted => match stream {
                Ok((stream, _)) => return Some((stream, permit)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

fn serve_connection(
    stream: TcpStream,
    permit: OwnedSemaphorePermit,
    router: &Router,
    limits: Limits,
    graceful: &GracefulShutdown,
) {
    // Answers are small and complete: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.headers);
    let io = TokioIo::new(StallTimeout::new(stream, limits.write_stall));
    let connection = builder.serve_connection(io, TowerToHyperService::new(router.clone())).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %error, "a connection ended early");
        }
        drop(permit);
    });
}
