//! Several processes on one log: the test starts itself again as the other processes.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::process::{Child, Command, Stdio};

use sqlx::postgres::PgConnectOptions;
use store::cluster::Role;
use store::{ExpectedVersion, Ledger, LogId};
use support::{TestLog, all, draft, key};

const WRITERS: usize = 8;
const EVENTS_PER_WRITER: usize = 5_000;
/// Tells a process of this program what to do; without it the test below is nothing.
const TASK: &str = "COUNTERSIGN_TEST_WRITER";

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_of_eight_writers_leave_80000_entries_without_gap_fork_loss_or_double() {
    let log = TestLog::open().await;
    let writers: Vec<Child> = (0..2).map(|process| start_writer(&log, process)).collect();
    for mut writer in writers {
        assert!(tokio::task::spawn_blocking(move || writer.wait()).await.unwrap().unwrap().success());
    }
    let entries = log.check().await;
    assert_eq!(entries.len(), 1 + 2 * WRITERS * EVENTS_PER_WRITER);
    let mut details: Vec<String> = entries[1..].iter().map(|entry| detail(&entry.bytes)).collect();
    details.sort_unstable();
    details.dedup();
    assert_eq!(details.len(), 2 * WRITERS * EVENTS_PER_WRITER, "every request once");
}

fn start_writer(log: &TestLog, process: usize) -> Child {
    let task = serde_json::json!({
        "url": log.database.url(Role::Ledger),
        "data": log.data.path(),
        "log": log.log.0,
        "origin": log.origin.as_str(),
        "process": process,
    });
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--nocapture"])
        .env(TASK, task.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn writer() {
    #[expect(clippy::disallowed_methods, reason = "a process is told its task by the one that started it")]
    let Ok(task) = std::env::var(TASK) else { return };
    let task: serde_json::Value = serde_json::from_str(&task).unwrap();
    let text = |name: &str| task[name].as_str().unwrap().to_owned();
    let options: PgConnectOptions = text("url").parse().unwrap();
    let ledger = Ledger::open(&options, text("data").as_ref());
    let log = LogId(text("log").parse().unwrap());
    let origin = ledger::name::Origin::parse(&text("origin")).unwrap();
    let process = task["process"].clone();
    let writers = (0..WRITERS).map(|writer| {
        let (ledger, origin, process) = (ledger.clone(), origin.clone(), process.clone());
        tokio::spawn(async move {
            for number in 0..EVENTS_PER_WRITER {
                let what = serde_json::json!({ "process": process, "writer": writer, "number": number });
                let name = what.to_string();
                let event: store::NewEvent = draft(&origin, None, what).into();
                // Every request has a key, and every hundredth is sent again.
                for _ in 0..=usize::from(number % 100 == 0) {
                    let again = key(&name, "body");
                    let appended = ledger.append(log, vec![event.clone()], ExpectedVersion::Any, Some(again)).await;
                    assert_eq!(appended.unwrap().entries.len(), 1);
                }
            }
        })
    });
    all(writers).await;
    ledger.close().await;
}

fn detail(bytes: &[u8]) -> String {
    ledger::entry::Entry::parse(bytes).unwrap().detail.to_string()
}
