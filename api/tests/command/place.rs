//! A database and a data directory of one test, and the program run on them.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use sqlx::ConnectOptions as _;
use store::cluster::Role;
use store::logs::{self, LogInfo};
use store::open::Ledger;
use store::testing::{self, TestDatabase};
use tempfile::TempDir;

/// Where the program is run. Dropping it leaves nothing behind.
pub(crate) struct Place {
    pub(crate) database: TestDatabase,
    pub(crate) data: TempDir,
}

/// What a command that has ended said.
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self { database: testing::database().await, data: tempfile::tempdir().unwrap() }
    }

    /// The same with an organisation `acme`.
    pub(crate) async fn with_acme() -> Self {
        let place = Self::new().await;
        place.run("org create acme --name Acme --authority ledger.example.com").succeeded();
        place
    }

    /// The program with this place's settings and nothing else of the environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = bare_command();
        command.env("COUNTERSIGN_DATABASE_URL", self.database.url(Role::App));
        command.env("COUNTERSIGN_LEDGER_DATABASE_URL", self.database.url(Role::Ledger));
        command.env("COUNTERSIGN_MIGRATE_DATABASE_URL", self.database.url(Role::Migrate));
        command.env("COUNTERSIGN_DATA_DIR", self.data.path());
        command
    }

    /// Runs a command to its end; its arguments are apart by one blank.
    pub(crate) fn run(&self, arguments: &str) -> Said {
        self.run_words(&arguments.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn run_words(&self, arguments: &[&str]) -> Said {
        said(self.command().args(arguments))
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    /// A file of so many events, one a line.
    pub(crate) fn events(&self, count: u64) -> String {
        let line = |number: u64| {
            let event = json!({
                "source": { "name": "till-7", "id": format!("n-{number}") },
                "type": "user.password_changed",
                "subject": "user/4711",
                "actor": { "type": "user", "id": "4711" },
                "outcome": "success",
                "detail": { "number": number },
            });
            format!("{event}\n")
        };
        let path = self.at("events.jsonl");
        std::fs::write(&path, (0..count).map(line).collect::<String>()).unwrap();
        path.display().to_string()
    }

    /// The test's own view of the organisation's log.
    pub(crate) async fn ledger(&self) -> (Ledger, LogInfo) {
        let ledger = Ledger::open(&self.database.options(Role::Ledger), self.data.path());
        let acme = logs::find(ledger.reader(), "acme").await.unwrap().unwrap();
        (ledger, acme)
    }

    /// Takes the database away from whoever uses it, for good.
    pub(crate) async fn cut_off(&self) {
        let mut db = self.database.options(Role::Superuser).database("postgres").connect().await.unwrap();
        let name = self.database.name();
        let shut = format!("alter database {name} with allow_connections false");
        sqlx::raw_sql(&shut).execute(&mut db).await.unwrap();
        let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        sqlx::raw_sql(&end).execute(&mut db).await.unwrap();
    }

    /// Starts the service at an address of its own.
    pub(crate) fn serve(&self) -> Serving {
        self.serve_to(Stdio::inherit())
    }

    /// The same, with what it logs in a file.
    pub(crate) fn serve_logging(&self) -> (Serving, Logged) {
        let file = tempfile::NamedTempFile::new().unwrap();
        (self.serve_to(file.reopen().unwrap().into()), Logged(file))
    }

    fn serve_to(&self, log: Stdio) -> Serving {
        let mut command = self.command();
        command.args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut url = || lines.next().unwrap().unwrap().rsplit_once(' ').unwrap().1.to_owned();
        let (url, metrics) = (url(), url());
        Serving { child, url, metrics }
    }
}

/// What a service has logged until now.
pub(crate) struct Logged(tempfile::NamedTempFile);

impl Logged {
    pub(crate) fn read(&self) -> String {
        std::fs::read_to_string(self.0.path()).unwrap()
    }
}

/// The program as it is found with no settings at all.
pub(crate) fn bare_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.env_clear().stdin(Stdio::null());
    command
}

pub(crate) fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Said {
    /// Asserts success; what stood on standard output.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Asserts that the command could not do it, and printed no result; its last sentence.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!((self.status, self.stdout.as_str()), (1, ""), "{}", self.stderr);
        let last = self.stderr.lines().last().unwrap_or_default();
        last.strip_prefix("countersign: ").unwrap_or_else(|| panic!("{}", self.stderr)).to_owned()
    }
}

/// A running service.
pub(crate) struct Serving {
    child: Child,
    /// Without a slash at its end.
    pub(crate) url: String,
    pub(crate) metrics: String,
}

impl Serving {
    /// Status and body of a GET, with an API key or without.
    pub(crate) fn get(&self, path: &str, key: Option<&str>) -> (u16, String) {
        get(&format!("{}{path}", self.url), key)
    }

    /// Status of a POST of one harmless event.
    pub(crate) fn post_event(&self, key: &str) -> u16 {
        let event = serde_json::json!({
            "type": "user.password_changed",
            "subject": "user/4711",
            "actor": { "type": "user", "id": "4711" },
            "outcome": "success",
            "detail": {},
        });
        let request = agent().post(format!("{}/v1/orgs/acme/events", self.url));
        let request = request.header("Authorization", format!("Bearer {key}"));
        let answer = request.header("Content-Type", "application/json").send(event.to_string()).unwrap();
        answer.status().as_u16()
    }

    /// Ends it as an operator would.
    pub(crate) fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Serving {
    /// After a failed test nothing is left running either.
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(crate) fn get(url: &str, key: Option<&str>) -> (u16, String) {
    let mut request = agent().get(url);
    if let Some(key) = key {
        request = request.header("Authorization", format!("Bearer {key}"));
    }
    let mut answer = request.call().unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

/// A client to which every status is an answer.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true);
    config.build().new_agent()
}
