//! A data directory of the version that had no members yet, with its database as that version left it, opens, migrates
//! and verifies under this one. It is that of an invented organisation, made by the demo of commit 0cdf52a.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ledger::policy::Policy;
use ledger::verify::{self, Options, Question, Remembered, Status};
use serde_json::Value;
use sqlx::{ConnectOptions as _, Executor as _};
use store::cluster::{Cluster, ClusterOptions, Left, Role};
use tempfile::TempDir;

/// What the older version had sealed.
const SEALED: u64 = 52;
/// For the read models to have gone through the log.
const FOLLOWS_WITHIN: Duration = Duration::from_mins(1);

/// The data directory, on a PostgreSQL of this machine.
struct Foundation {
    dir: TempDir,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foundation").join(name)
}

impl Foundation {
    async fn laid() -> Self {
        let this = Self { dir: tempfile::tempdir().unwrap() };
        copy(&fixture("files"), &this.data());
        let cluster = Cluster::start(ClusterOptions::new(this.data().join("postgres"))).await.unwrap();
        let mut superuser = cluster.options(Role::Superuser).connect().await.unwrap();
        let dump = fs::read_to_string(fixture("database.sql")).unwrap();
        superuser.execute(sqlx::raw_sql(&dump)).await.unwrap();
        drop(superuser);
        assert_eq!(cluster.stop().await.unwrap(), Left::Stopped);
        this
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.arg("--data-dir").arg(self.data());
        command
    }

    fn countersign(&self, arguments: &str) -> String {
        let output = self.command().args(arguments.split(' ')).output().unwrap();
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "countersign {arguments}: {complained}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Keys keep the mode without which they are not read.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// The service on it. It ends with the value.
struct Serving {
    process: Child,
    url: String,
}

impl Serving {
    fn start(foundation: &Foundation) -> Self {
        let mut command = foundation.command();
        command.args(["serve", "--metrics-listen", "off", "--listen", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut said).unwrap();
        Self { process, url: said.trim().rsplit(' ').next().unwrap().to_owned() }
    }

    /// The entries of a type, once there are any.
    async fn entries(&self, key: &str, event_type: &str) -> Value {
        let (address, deadline) =
            (format!("{}/v1/orgs/larkfield/entries?type={event_type}", self.url), Instant::now() + FOLLOWS_WITHIN);
        loop {
            let request = ureq::get(&address).header("Authorization", format!("Bearer {}", key.trim()));
            let text = request.call().unwrap().body_mut().read_to_string().unwrap();
            let listed: Value = serde_json::from_str(&text).unwrap();
            if !listed["entries"].as_array().unwrap().is_empty() {
                return listed;
            }
            assert!(Instant::now() < deadline, "the list of entries does not follow: {listed}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        drop(self.process.wait());
    }
}

#[tokio::test]
async fn a_data_directory_of_the_foundation_opens_migrates_and_verifies() {
    let foundation = Foundation::laid().await;
    let serving = Serving::start(&foundation);
    let key = foundation.countersign("api-key create --org larkfield --name read --scope entries:read --quiet");
    let granted = serving.entries(&key, "auditor.access.granted").await;
    assert_eq!(granted["entries"].as_array().unwrap().len(), 1, "{granted}");
    // What the older version knew nothing of goes into the same log.
    foundation.countersign("member invite --org larkfield --email mara@larkfield.example --role owner");
    serving.entries(&key, "member.invited").await;
    drop(serving);

    foundation.countersign(&format!("export --org larkfield --out {}", foundation.data().join("log.zip").display()));
    let export = fs::read(foundation.data().join("log.zip")).unwrap();
    let policy = Policy::parse(&fs::read(fixture("trust.policy")).unwrap()).unwrap();
    let older = fs::read_to_string(fixture("files/logs/larkfield/checkpoint")).unwrap();
    let older = Remembered::parse(&older).unwrap();
    assert_eq!(older.checkpoint.size, SEALED);
    let remembered = [older];
    let options = Options { policy: Some(&policy), remembered: &remembered, ..Options::default() };
    let verdict = verify::container(export.as_slice(), &options).unwrap();
    assert_eq!(verdict.exit_status(&[]), 0, "{:?}", verdict.lines);
    let continuity = verdict.lines.iter().find(|line| line.question == Question::Continuity).unwrap();
    assert_eq!(continuity.status, Status::Ok, "{}", continuity.reason);
}
