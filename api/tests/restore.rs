//! Follows `docs/runbooks/backup-and-restore.md` by running the commands that stand in it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use store::cluster::{Cluster, ClusterOptions};
use store::testing;

const RUNBOOK: &str = include_str!("../../docs/runbooks/backup-and-restore.md");

const MEMBER: &str = "grace@acme.example";

/// The shell commands of one section.
fn commands(section: &str) -> String {
    let (_, rest) = RUNBOOK.split_once(&format!("\n## {section}\n")).unwrap();
    let text = rest.split("\n## ").next().unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.collect::<Vec<_>>().join("\n")
}

/// The places that the commands speak of.
struct Drill {
    root: PathBuf,
}

impl Drill {
    fn new() -> Self {
        let root = testing::target_dir().join("test-sites").join(format!("restore-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&root));
        std::fs::create_dir_all(&root).unwrap();
        Self { root }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Does what a section of the runbook says.
    fn follow(&self, section: &str, data: &str, signer: &Path) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_countersign")).parent().unwrap();
        let mut command = Command::new("bash");
        command.args(["-euc", &format!("PATH={}:$PATH\n{}", program.display(), commands(section))]);
        command.env("DATA", self.at(data)).env("BACKUP", self.at("backup")).env("KEYS", self.at("keys"));
        command.env("SIGNER", signer).env("ORG", "acme").env("REASON", "Restored after the loss of a disk");
        command.output().unwrap()
    }

    fn countersign(&self, data: &str, command: &str) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_countersign"));
        program.arg("--data-dir").arg(self.at(data)).args(command.split(' ')).output().unwrap()
    }

    /// An act that is recorded in the log, and so needs that it can be appended to.
    fn act(&self, data: &str, name: &str) -> Output {
        self.countersign(data, &format!("api-key create --org acme --name {name} --scope events:write"))
    }

    /// Has everything sealed by exporting it.
    fn seal(&self, data: &str, name: &str) {
        succeeded(&self.countersign(data, &format!("export --org acme --out {}", self.at(name).display())));
    }
}

impl Drop for Drill {
    fn drop(&mut self) {
        for data in ["data", "whole", "older"] {
            if let Ok(signpost) = std::fs::read_to_string(self.at(data).join("postgres/postgres-is-elsewhere.txt")) {
                drop(std::fs::remove_dir_all(signpost.lines().next().unwrap_or_default()));
            }
        }
        drop(std::fs::remove_dir_all(&self.root));
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_by_the_runbook_and_an_older_one_goes_on_only_when_adopted() {
    let drill = Drill::new();
    // A cluster that stays up while the commands come and go, as it does under a running service.
    let cluster = Cluster::start(ClusterOptions::new(drill.at("data").join("postgres"))).await.unwrap();
    succeeded(&drill.countersign("data", "org create acme --name Acme --authority ledger.example.com"));
    succeeded(&drill.act("data", "before"));
    succeeded(&drill.countersign("data", &format!("member invite --org acme --email {MEMBER} --role owner")));
    drill.seal("data", "first.zip");
    succeeded(&drill.follow("Back up", "data", Path::new("")));

    // Nothing was signed since: the log goes on.
    let restored = succeeded(&drill.follow("Restore", "whole", &drill.at("backup/signer")));
    assert!(!restored.contains("FAILED"), "{restored}");
    succeeded(&drill.act("whole", "after"));
    assert!(succeeded(&drill.countersign("whole", "api-key list --org acme")).contains("before"));

    // Whose an address is rests on a secret that is in no database: whoever was a member still is one.
    let found = said(&drill.countersign("whole", &format!("member sign-in-link --org acme --email {MEMBER}")));
    assert!(found.contains("this member is invited"), "{found}");
    std::fs::rename(drill.at("whole/access.key"), drill.at("access.key")).unwrap();
    let without = drill.countersign("whole", "member list --org acme");
    assert!(!without.status.success() && said(&without).contains("access.key is missing"), "{}", said(&without));
    std::fs::rename(drill.at("access.key"), drill.at("whole/access.key")).unwrap();

    // More was signed since, and the record of it survives: the log stands still.
    succeeded(&drill.act("data", "lost"));
    drill.seal("data", "second.zip");
    cluster.stop().await.unwrap();
    let fenced = drill.follow("Restore", "older", &drill.at("data/signer"));
    assert_eq!(fenced.status.code(), Some(3), "{}", said(&fenced));
    assert!(said(&fenced).contains("older than its checkpoints"), "{}", said(&fenced));
    let refused = drill.act("older", "refused");
    assert!(said(&refused).contains("does not extend what the signer signed"), "{}", said(&refused));

    let adopted = drill.follow("When it says that the log does not extend what was signed", "older", Path::new(""));
    assert!(succeeded(&adopted).contains("kept as evidence"), "{}", said(&adopted));
    succeeded(&drill.act("older", "accepted"));
    drill.seal("older", "third.zip");
    assert!(!succeeded(&drill.countersign("older", "fsck --org acme")).contains("FAILED"));
}
