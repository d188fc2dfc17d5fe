//! Runs the program, and reads the frozen exports.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ledger::zip::{Archive, Writer};
use serde_json::Value;

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program, ready for arguments.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_countersign-verify"))
}

/// Runs the program to its end.
pub(crate) fn run(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    Run::from(program().args(arguments).output().unwrap())
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        Run {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// The status that the text gives for a question.
    pub(crate) fn line(&self, question: &str) -> &str {
        let line = self.stdout.lines().find(|line| line.split(' ').next() == Some(question));
        line.and_then(|line| line.get(14..26)).unwrap_or_else(|| panic!("no line {question} in {}", self.stdout)).trim()
    }

    /// What was printed, as if no line had an end.
    pub(crate) fn said(&self) -> String {
        self.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The object that was printed, and nothing else.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Name and status of each line, by the JSON.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let text = |line: &Value, member: &str| line[member].as_str().unwrap().to_owned();
        self.json()["lines"].as_array().unwrap().iter().map(|line| (text(line, "name"), text(line, "status"))).collect()
    }
}

/// A frozen file.
pub(crate) fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ledger/tests/vectors").join(name)
}

/// The path of a frozen file, as an argument.
pub(crate) fn path(name: &str) -> String {
    vector(name).into_os_string().into_string().unwrap()
}

/// One of the tables about the frozen exports.
pub(crate) fn table(name: &str) -> BTreeMap<String, Value> {
    serde_json::from_slice(&fs::read(vector(name)).unwrap()).unwrap()
}

/// The members of an export, by name.
pub(crate) fn members(name: &str) -> BTreeMap<String, Vec<u8>> {
    let file = fs::read(vector(name)).unwrap();
    let archive = Archive::open(file.as_slice()).unwrap();
    let members = archive.members().map(|member| {
        let member = member.unwrap();
        (member.name().as_str().to_owned(), archive.read(&member, 1 << 24).unwrap())
    });
    members.collect()
}

/// The export made of these members.
pub(crate) fn pack(members: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for (name, data) in members {
        writer.bytes(name, data).unwrap();
    }
    writer.finish().unwrap()
}

/// Puts the published log that is in an export into a directory.
pub(crate) fn publish(name: &str, directory: &Path) {
    for (member, data) in members(name) {
        let Some(file) = member.strip_prefix("log/") else { continue };
        let file = directory.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, data).unwrap();
    }
}
