//! The accept loop. `axum::serve` has neither a header timeout nor a cap on connections, so a handful of slow clients
//! could hold it for ever.

mod stall;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::client::Peer;
use stall::{Pace, StallTimeout};

/// How long and how many.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections; further ones wait in the listener's backlog until one closes.
    pub connections_max: usize,
    /// For a request's line and headers to arrive; also how long a kept connection may be idle.
    pub headers: Duration,
    /// For a reader that is behind [`ANSWER_BYTES_PER_SECOND_MIN`] to catch up.
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

/// How fast an answer must be read in the long run: what the slowest lines that are still in use can do. The longest
/// answer, a tile of 16 MiB, thus holds its connection for 35 minutes at most.
pub const ANSWER_BYTES_PER_SECOND_MIN: u32 = 8 << 10;
/// What the system holds of an answer for a reader (it doubles what it is asked for). It tells of room only when a third
/// is free: at the minimum rate that is within a third of the time for which a stalled reader is waited for, while the
/// megabytes that it would grow to by itself would make every slow reader look stalled.
const SEND_BUFFER_BYTES: u32 = 128 << 10;
/// Connections that the system keeps until they are accepted, as the standard library has it.
const BACKLOG: u32 = 1024;
/// Most headers of a request: browsers send about twenty, and proxies add a few.
const HEADERS_MAX: usize = 64;
/// Most bytes of a request's line and headers: four times what proxies let through.
const HEAD_BYTES_MAX: usize = 32 << 10;

/// After an accept that failed for want of descriptors or memory, the next try would fail just the same.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listener for [`serve`].
///
/// # Errors
/// The address cannot be had.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart does not wait until the last connections of the one before are forgotten.
    socket.set_reuseaddr(true)?;
    // Its connections have it from the listener.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop`, then closes the listener and waits for what is in flight, at most [`Limits::shutdown`].
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let open = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    while let Some((stream, peer, permit)) = next(&listener, &open, &stop).await {
        serve_connection(stream, peer, permit, &router, limits, &graceful);
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
) -> Option<(TcpStream, Peer, OwnedSemaphorePermit)> {
    loop {
        let accepted = async {
            let permit = Arc::clone(open).acquire_owned().await.expect("the semaphore is never closed");
            (listener.accept().await, permit)
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            (stream, permit) = accepted => match stream {
                Ok((stream, peer)) => return Some((stream, Peer(peer.ip()), permit)),
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
    peer: Peer,
    permit: OwnedSemaphorePermit,
    router: &Router,
    limits: Limits,
    graceful: &GracefulShutdown,
) {
    // Answers are small and complete: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX);
    let pace = Pace { patience: limits.write_stall, bytes_per_second: ANSWER_BYTES_PER_SECOND_MIN };
    let io = TokioIo::new(StallTimeout::new(stream, pace));
    let located = router.clone().map_request(move |mut request: Request<_>| {
        request.extensions_mut().insert(peer);
        request
    });
    let connection = builder.serve_connection(io, TowerToHyperService::new(located)).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %error, "a connection ended early");
        }
        drop(permit);
    });
}
