//! The demo does what it says, twice in a row on the same data directory.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

use ledger::policy::Policy;
use ledger::verify::{self, Options};

fn demo(directory: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("--data-dir").arg(directory.join("data")).args(["demo", "--once", "--out"]).arg(directory.join("out"));
    command.output().unwrap()
}

#[test]
fn the_demo_verifies_its_export_and_refuses_the_changed_one() {
    let directory = tempfile::tempdir().unwrap();
    for (run, imported) in ["42 added, 0 already there", "0 added, 42 already there"].into_iter().enumerate() {
        let output = demo(directory.path());
        let said = String::from_utf8(output.stdout).unwrap();
        let complained = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "run {run}: {said}\n{complained}");
        assert!(said.contains(imported), "{said}");
        let (good, bad) = said.split_once("changes one byte").unwrap();
        assert!(!good.contains("FAILED") && bad.contains("FAILED"), "{said}");

        let export = std::fs::read(directory.path().join("out/log.zip")).unwrap();
        let policy = Policy::parse(&std::fs::read(directory.path().join("out/trust.policy")).unwrap()).unwrap();
        let options = Options { policy: Some(&policy), ..Options::default() };
        assert_eq!(verify::container(export.as_slice(), &options).unwrap().exit_status(&[]), 0);
        for name in ["nadia.lindqvist", "198.51.100.24", "auditor@example.com"] {
            assert!(!export.windows(name.len()).any(|window| window == name.as_bytes()), "{name} is in the clear");
        }
    }
}
