//! The demo does what it says, twice in a row on the same data directory, and leaves pages to look at.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use ledger::policy::Policy;
use ledger::verify::{self, Options};

fn demo(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("--data-dir").arg(directory.join("data")).arg("demo").arg("--out").arg(directory.join("out"));
    command
}

fn once(directory: &Path) -> Output {
    demo(directory).arg("--once").output().unwrap()
}

#[test]
fn the_demo_verifies_its_export_and_refuses_the_changed_one() {
    let directory = tempfile::tempdir().unwrap();
    for (run, imported) in ["42 added, 0 already there", "0 added, 42 already there"].into_iter().enumerate() {
        let output = once(directory.path());
        let said = String::from_utf8(output.stdout).unwrap();
        let complained = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "run {run}: {said}\n{complained}");
        assert!(said.contains(imported), "{said}");
        assert!(said.contains("The auditor's next click was refused."), "{said}");
        let (good, bad) = said.split_once("changes one byte").unwrap();
        assert!(!good.contains("FAILED") && bad.contains("FAILED"), "{said}");

        let export = std::fs::read(directory.path().join("out/log.zip")).unwrap();
        let policy = Policy::parse(&std::fs::read(directory.path().join("out/trust.policy")).unwrap()).unwrap();
        let options = Options { policy: Some(&policy), ..Options::default() };
        assert_eq!(verify::container(export.as_slice(), &options).unwrap().exit_status(&[]), 0);
        for name in ["nadia.lindqvist", "198.51.100.24", "mara.quist@", "ada.hallstrom@", "Hallström"] {
            assert!(!export.windows(name.len()).any(|window| window == name.as_bytes()), "{name} is in the clear");
        }
    }
}

/// A demo that goes on serving. It ends with the value.
struct Serving {
    process: Child,
    /// What it printed.
    said: String,
}

impl Serving {
    fn start(directory: &Path) -> Self {
        let mut command = demo(directory);
        command.args(["--listen", "127.0.0.1:0", "--metrics-listen", "off"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = String::new();
        for line in lines.by_ref().map_while(Result::ok) {
            said.push_str(&line);
            said.push('\n');
            if line.contains("curl -H") {
                break;
            }
        }
        Self { process, said }
    }

    /// The address that was printed and has this in it.
    fn address(&self, part: &str) -> &str {
        let addresses = self.said.split_whitespace().filter(|word| word.starts_with("http://"));
        addresses.into_iter().find(|word| word.contains(part)).unwrap_or_else(|| panic!("no {part} in {}", self.said))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        drop(self.process.wait());
    }
}

/// Asks as a browser does; status, the cookie that was set, and the body.
fn ask(request: axum::http::request::Builder) -> (u16, Option<String>, String) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
    let answer = ureq::Agent::from(config).run(request.body(()).unwrap()).unwrap();
    let cookie = answer.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let mut body = String::new();
    answer.into_body().into_reader().read_to_string(&mut body).unwrap();
    (status, cookie.map(|cookie| cookie.split(';').next().unwrap().to_owned()), body)
}

#[test]
fn the_demo_leaves_a_way_in_for_an_owner_and_one_for_an_auditor() {
    let directory = tempfile::tempdir().unwrap();
    let serving = Serving::start(directory.path());
    let link = serving.address("/sign-in/");
    assert_eq!(ask(axum::http::Request::get(link)).0, 200);
    let (status, cookie, _) = ask(axum::http::Request::post(link));
    assert_eq!(status, 303);
    assert_eq!(ask(axum::http::Request::post(link)).0, 404, "the link works once");
    let grants = format!("{}/grants", serving.address("/orgs/larkfield"));
    let (status, _, page) = ask(axum::http::Request::get(grants).header("Cookie", cookie.unwrap()));
    assert_eq!(status, 200);
    assert!(page.contains("ben.okoye@northgate.example") && page.contains("Northgate Assurance"), "{page}");
    let (status, _, page) = ask(axum::http::Request::get(serving.address("/demo/mailbox")));
    assert_eq!(status, 200);
    assert!(page.contains("ben.okoye@northgate.example"), "{page}");
}
