//! A service of one test.

use api::access::Requests;
use api::access::api_key::{self, Scope, Token};
use api::access::secret::Secret;
use api::app::{App, Parts};
use api::config::PublicUrl;
use api::mail::{Mailbox, Transport};
use api::router::router;
use api::server::{self, Limits};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use std::net::SocketAddr;
use std::time::Duration;
use store::blobs::Blobs;
use store::cluster::Role;
use store::logs::{self, LogInfo};
use store::open::Ledger;
use store::testing::{self, TestDatabase};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// A service with one organisation, `acme`, and a key for all of it.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) acme: LogInfo,
    pub(crate) key: Token,
    pub(crate) database: TestDatabase,
    /// Keys and published files; removed with the value.
    dir: TempDir,
}

/// An answer with its body read.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

pub(crate) async fn start() -> TestApp {
    start_with(|_| {}).await
}

pub(crate) async fn start_with(change: impl FnOnce(&mut Parts)) -> TestApp {
    let database = testing::database().await;
    let dir = tempfile::tempdir().unwrap();
    let mut parts = Parts {
        requests: Requests::open(&database.options(Role::App)),
        ledger: Ledger::open(&database.options(Role::Ledger), dir.path()),
        blobs: Blobs::start(dir.path()).await.unwrap(),
        public_url: PublicUrl::localhost(8080),
        access_secret: Secret::parse(&"5e".repeat(32)).unwrap(),
        mail: Transport::Kept(Mailbox::default()),
        mail_from: None,
        cron_secret: None,
        body_deadline: Duration::from_secs(10),
        tasks: TaskTracker::new(),
    };
    change(&mut parts);
    let app = App::new(parts);
    let acme = open(&app, "acme").await;
    let key = issue(&app, &acme, &Scope::ALL, None).await;
    TestApp { router: router(app.clone()), app, acme, key, database, dir }
}

/// An organisation with its log.
pub(crate) async fn open(app: &App, slug: &str) -> LogInfo {
    logs::open(app.ledger(), slug, &slug.to_uppercase(), "ledger.example.com").await.unwrap().info
}

/// A key of an organisation.
pub(crate) async fn issue(app: &App, log: &LogInfo, scopes: &[Scope], expires_at: Option<OffsetDateTime>) -> Token {
    let token = Token::random();
    let mut tx = app.requests().of(log.log).await.unwrap();
    api_key::insert(&mut tx, log.log, &token, "test", scopes, expires_at).await.unwrap();
    tx.commit().await.unwrap();
    token
}

impl TestApp {
    /// A request in process.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        use tower::ServiceExt as _;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(&self.key, path).await
    }

    pub(crate) async fn get_with(&self, key: &Token, path: &str) -> Answer {
        self.send(request(Method::GET, path, Some(key)).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_bytes(path, body.to_string()).await
    }

    pub(crate) async fn post_bytes(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = request(Method::POST, path, Some(&self.key)).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A request that may be sent again.
    pub(crate) async fn post_once(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.post_once_with(&self.key, key, path, body).await
    }

    pub(crate) async fn post_once_with(&self, caller: &Token, key: &str, path: &str, body: &Value) -> Answer {
        let request = request(Method::POST, path, Some(caller))
            .header(header::CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", key);
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A connection to the database past the service.
    pub(crate) async fn connect(&self, role: Role) -> sqlx::PgConnection {
        self.database.options(role).connect().await.unwrap()
    }

    /// Where its files are.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// How many entries acme's log has.
    pub(crate) async fn size(&self) -> usize {
        store::entries::range(self.app.ledger().reader(), self.acme.log, 0, 10_000).await.unwrap().len()
    }

    /// Seals acme's log up to a size.
    pub(crate) async fn seal(&self, size: u64) {
        let ledger = self.app.ledger();
        store::sealing::seal_up_to(ledger, ledger.seals(), self.acme.log, size, Duration::from_secs(20)).await.unwrap();
    }

    /// Keeps the read models while the guard lives.
    pub(crate) fn follow(&self) -> DropGuard {
        let stop = CancellationToken::new();
        tokio::spawn(projections::run(self.app.ledger().clone(), stop.clone()));
        stop.drop_guard()
    }

    /// The same service on a socket.
    pub(crate) fn listen(&self, limits: Limits) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = server::listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn(server::serve(listener, self.router.clone(), limits, stop.clone()));
        (address, stop, served)
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts a problem document of this status and kind, and returns it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        let body = self.json();
        assert_eq!(
            (self.status.as_u16(), body["type"].as_str()),
            (status, Some(format!("/problems/{kind}").as_str())),
            "{body}"
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], status);
        body
    }

    /// Asserts a broken rule at a place.
    #[track_caller]
    pub(crate) fn invalid(&self, field: &str) -> String {
        let body = self.problem(422, "invalid");
        assert_eq!(body["field"], field, "{body}");
        body["rule"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn created(&self) -> Value {
        assert_eq!(self.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }
}

pub(crate) fn request(method: Method, path: &str, key: Option<&Token>) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
    match key {
        Some(key) => request.header(header::AUTHORIZATION, format!("Bearer {}", key.reveal())),
        None => request,
    }
}

/// An event that breaks no rule.
pub(crate) fn event() -> Value {
    json!({
        "type": "user.password_changed",
        "subject": "user/4711",
        "actor": { "type": "user", "id": "4711", "role": "admin" },
        "outcome": "success",
        "detail": { "method": "totp" },
    })
}

pub(crate) const EVENTS: &str = "/v1/orgs/acme/events";
