//! HTTP by hand: one request on one connection, so that the test decides after which byte the client goes away.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A service that does not answer at all in this time hangs.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// An answer that arrived to its last byte.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) body: Value,
}

/// A `POST` of events with an idempotency key, as bytes.
pub(crate) fn post(address: SocketAddr, token: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /v1/orgs/acme/events HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        address.port(),
        body.len(),
    )
    .into_bytes()
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(address: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request).await?;
        receive(&mut stream).await
    };
    tokio::time::timeout(ANSWER_WITHIN, exchange).await.expect("the service hangs")
}

/// Reads an answer to its end.
pub(crate) async fn receive(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    parse(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// The answer, if it is there completely.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap().to_ascii_lowercase();
    let status = head.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok()?;
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let length: usize = header("content-length")?.parse().ok()?;
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some(Answer {
        status,
        replayed: header("idempotency-replayed").is_some(),
        body: serde_json::from_slice(body).ok()?,
    })
}
