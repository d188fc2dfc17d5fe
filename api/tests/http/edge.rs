//! Clients that are slow, too many, or gone.

use std::time::Duration;

use api::server::Limits;
use axum::body::Body;
use axum::http::Method;
use futures::stream::{self, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tower::ServiceExt as _;

use crate::app::{EVENTS, event, request, start, start_with};

const PROMPT: Duration = Duration::from_millis(300);
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn headers_that_do_not_come_close_the_connection() {
    let app = start().await;
    let (address, ..) = app.listen(Limits { headers: PROMPT, ..Limits::default() });
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /health/live HTTP/1.1\r\nHost: loc").await.unwrap();
    let answer = read_to_end(&mut client).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let app = start().await;
    let (address, ..) = app.listen(Limits { headers: PROMPT, ..Limits::default() });
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let answer = read_to_end(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_body_that_drips_is_answered_408() {
    let app = start_with(|parts| parts.body_deadline = PROMPT).await;
    let (address, ..) = app.listen(Limits::default());
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(head(&app.key, 1000).as_bytes()).await.unwrap();
    client.write_all(b"{").await.unwrap();
    let answer = read_to_end(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("/problems/body-too-slow"), "{answer}");
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_not_read() {
    let app = start().await;
    let (address, ..) = app.listen(Limits::default());
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(head(&app.key, 100 << 20).as_bytes()).await.unwrap();
    let answer = read_to_end(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn a_chunked_body_is_read_up_to_the_limit() {
    let app = start().await;
    let (address, ..) = app.listen(Limits::default());
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = head(&app.key, 0).replace("Content-Length: 0", "Transfer-Encoding: chunked");
    client.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
    for _ in 0..100 {
        if client.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    // The rest of what was sent may turn the close into a reset, after the answer.
    let _ = timeout(SOON, client.read_to_end(&mut answer)).await.expect("the connection ends");
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(app.size().await, 1);
}

#[tokio::test]
async fn bodies_that_do_not_end_leave_no_room_for_others_and_then_give_it_back() {
    let app = start().await;
    let mut ends = Vec::new();
    for _ in 0..4 {
        let (body, taken, end) = unfinished((8 << 20) - 1);
        let request = request(Method::POST, EVENTS, Some(&app.key)).header("Content-Type", "application/json");
        let answered = tokio::spawn(app.router.clone().oneshot(request.body(body).unwrap()));
        taken.await.expect("it is read as far as it goes");
        ends.push((end, answered));
    }
    let refused = app.post(EVENTS, &event()).await;
    refused.problem(503, "overloaded");
    assert_eq!(refused.header("retry-after"), "1");
    for (end, answered) in ends {
        end.send(()).unwrap();
        assert_eq!(answered.await.unwrap().unwrap().status(), 422, "blanks are no event");
    }
    app.post(EVENTS, &event()).await.created();
}

/// A body of blanks that goes on: it says when they were taken, and is told when to end.
fn unfinished(length: usize) -> (Body, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let ((taken, is_taken), (end, ended)) = (oneshot::channel(), oneshot::channel());
    let blanks = stream::once(async move { Ok::<_, std::io::Error>(vec![b' '; length]) });
    let rest = stream::once(async move {
        taken.send(()).unwrap();
        ended.await.unwrap();
        Ok(Vec::new())
    });
    (Body::from_stream(blanks.chain(rest)), is_taken, end)
}

#[tokio::test]
async fn beyond_the_cap_a_connection_waits_for_another_to_close() {
    let app = start().await;
    let (address, ..) = app.listen(Limits { connections_max: 2, ..Limits::default() });
    let first = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    ask(&mut second).await;
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut byte = [0];
    assert!(timeout(PROMPT, third.read(&mut byte)).await.is_err(), "the third waits");
    drop(first);
    assert_eq!(timeout(SOON, third.read(&mut byte)).await.unwrap().unwrap(), 1, "and is answered then");
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_undo_what_it_began() {
    let app = start().await;
    let (address, ..) = app.listen(Limits::default());
    for number in 0..50 {
        let body = event().to_string();
        let mut client = TcpStream::connect(address).await.unwrap();
        let head =
            head(&app.key, body.len()).replace("\r\n\r\n", &format!("\r\nIdempotency-Key: gone-{number}\r\n\r\n"));
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(body.as_bytes()).await.unwrap();
        drop(client);
    }
    app.app.tasks().close();
    timeout(SOON, app.app.tasks().wait()).await.unwrap();
    // Each was recorded once or never, none half, and asking says which.
    let mut recorded = 0;
    for number in 0..50 {
        let outcome = app.get(&format!("/v1/idempotency/gone-{number}")).await;
        recorded += usize::from(outcome.status.is_success());
    }
    assert_eq!(app.size().await, 1 + recorded);
    let open: i64 = sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    )
    .fetch_one(&app.database.pool(store::cluster::Role::Superuser).await)
    .await
    .unwrap();
    assert_eq!(open, 0, "no transaction is left open");
}

#[tokio::test]
async fn a_stop_lets_requests_in_flight_finish() {
    let app = start().await;
    let (address, stop, served) = app.listen(Limits { shutdown: SOON, ..Limits::default() });
    let body = event().to_string();
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(head(&app.key, body.len()).as_bytes()).await.unwrap();
    client.write_all(&body.as_bytes()[..10]).await.unwrap();
    let mut idle = TcpStream::connect(address).await.unwrap();
    ask(&mut idle).await;
    stop.cancel();
    assert_eq!(read_to_end(&mut idle).await, "", "an idle connection is closed");
    wait_until_refused(address).await;
    client.write_all(&body.as_bytes()[10..]).await.unwrap();
    let answer = read_to_end(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    timeout(SOON, served).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_reader_that_stalls_is_cut_off() {
    let app = start().await;
    let (address, ..) = app.listen(Limits { write_stall: PROMPT, ..Limits::default() });
    let mut client = TcpStream::connect(address).await.unwrap();
    // Answers that nobody reads: when both sides' buffers are full, the service gives up, and so does the writer here.
    let asked = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(64);
    let ended = timeout(SOON, async {
        loop {
            if client.write_all(&asked).await.is_err() {
                break;
            }
        }
    });
    ended.await.expect("the connection ends");
}

fn head(key: &api::access::api_key::Token, length: usize) -> String {
    format!(
        "POST {EVENTS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n",
        key.reveal()
    )
}

/// Asks and reads one answer, so that the connection is known to be served.
async fn ask(client: &mut TcpStream) {
    client.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let mut byte = [0];
        timeout(SOON, client.read_exact(&mut byte)).await.expect("an answer comes").unwrap();
        answer.push(byte[0]);
    }
}

async fn read_to_end(client: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(SOON, client.read_to_end(&mut answer)).await.expect("the connection ends").unwrap();
    String::from_utf8(answer).unwrap()
}

async fn wait_until_refused(address: std::net::SocketAddr) {
    let deadline = Instant::now() + SOON;
    while TcpStream::connect(address).await.is_ok() {
        assert!(Instant::now() < deadline, "the listener is still open");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_has_no_more_than_64_headers() {
    let app = start().await;
    let (address, ..) = app.listen(Limits::default());
    let mut client = TcpStream::connect(address).await.unwrap();
    let many = "X-Much: 1\r\n".repeat(70);
    let request = format!("GET /health/live HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}
