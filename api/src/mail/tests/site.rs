//! A service with one organisation, whose mail goes where a test says.

use std::time::Duration;

use sqlx::PgPool;
use store::blobs::Blobs;
use store::cluster::Role;
use store::logs::{self, LogInfo};
use store::open::Ledger;
use store::testing::{self, TestDatabase};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::access::Requests;
use crate::access::secret::Secret;
use crate::app::{App, Parts};
use crate::config::{PublicUrl, SmtpUrl};
use crate::mail::Transport;

/// One test's service.
pub(super) struct Site {
    pub(super) app: App,
    pub(super) acme: LogInfo,
    database: TestDatabase,
    /// Keys and files; removed with the value.
    dir: TempDir,
}

/// Of the mail log: kind, recipient, state, reason, attempts, and whether it is tried again.
pub(super) type Row = (String, String, String, Option<String>, i32, bool);

impl Site {
    pub(super) async fn start(mail: Transport) -> Self {
        let (database, dir) = (testing::database().await, tempfile::tempdir().unwrap());
        let app = app(&database, &dir, mail).await;
        let acme = logs::open(app.ledger(), "acme", "ACME", "ledger.example.com").await.unwrap().info;
        Self { app, acme, database, dir }
    }

    /// Another process on the same database, with a way for mail of its own.
    pub(super) async fn replica(&self, mail: Transport) -> App {
        app(&self.database, &self.dir, mail).await
    }

    /// The ledger's connections, which see all organisations.
    pub(super) async fn pool(&self) -> PgPool {
        self.database.pool(Role::Ledger).await
    }

    /// The mail log, oldest first.
    pub(super) async fn mails(&self) -> Vec<Row> {
        let sql = "select kind, recipient, state, reason, attempts, next_attempt_at is not null
            from access.mails order by created_at, id";
        sqlx::query_as(sql).fetch_all(&self.pool().await).await.unwrap()
    }
}

async fn app(database: &TestDatabase, dir: &TempDir, mail: Transport) -> App {
    App::new(Parts {
        requests: Requests::open(&database.options(Role::App)),
        ledger: Ledger::open(&database.options(Role::Ledger), dir.path()),
        blobs: Blobs::start(dir.path()).await.unwrap(),
        public_url: PublicUrl::parse("https://ledger.example.com").unwrap(),
        access_secret: Secret::parse(&"5e".repeat(32)).unwrap(),
        mail,
        mail_from: None,
        cron_secret: None,
        body_deadline: Duration::from_secs(10),
        tasks: TaskTracker::new(),
    })
}

/// The way to a mail server on this machine.
pub(super) fn smtp(port: u16, limit: Duration) -> Transport {
    let url = SmtpUrl::parse(&format!("smtp://127.0.0.1:{port}")).unwrap();
    Transport::smtp(&url, "ledger.example.com", limit).unwrap()
}
