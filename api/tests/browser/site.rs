//! The real program on a data directory of its own, with a mail server beside it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use store::testing;

use crate::browser::Browser;
use crate::mailbox::Mailbox;

/// A service with its private PostgreSQL. It ends with the value, and leaves nothing.
pub(crate) struct Site {
    /// Its data directory.
    pub(crate) data: PathBuf,
    /// How people reach it, without a slash at the end.
    pub(crate) url: String,
    /// What it has sent.
    pub(crate) mailbox: Mailbox,
    service: Child,
}

impl Site {
    /// A running service in which nothing is.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with arguments of `serve`.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let name = format!("browser-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let data = testing::target_dir().join("test-sites").join(name);
        drop(std::fs::remove_dir_all(&data));
        std::fs::create_dir_all(&data).unwrap();
        let mailbox = Mailbox::open().await;
        let log = File::create(data.join("service.log")).unwrap();
        let mut command = command(&data);
        command.env("COUNTERSIGN_SMTP_URL", mailbox.url());
        command.args(["serve", "--metrics-listen", "off", "--listen", "127.0.0.1:0"]).args(arguments);
        let mut service = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(service.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let url = said.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let site = Self { data, url, mailbox, service };
        assert!(site.url.starts_with("http://localhost:"), "the service did not start: {}", site.service_log());
        site
    }

    /// Runs a command on the data directory; what it printed.
    pub(crate) fn countersign(&self, arguments: &[&str]) -> String {
        let mut command = command(&self.data);
        command.args(["--public-url", &self.url]).env("COUNTERSIGN_SMTP_URL", self.mailbox.url());
        let output = command.args(arguments).output().unwrap();
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "countersign {arguments:?}: {complained}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A program with a key of an organisation.
    pub(crate) fn api(&self, key: &str, organisation: &str) -> Api {
        Api { base: format!("{}/v1/orgs/{organisation}", self.url), key: key.to_owned() }
    }

    /// A browser that has been nowhere.
    pub(crate) async fn browser(&self) -> Browser {
        Browser::open(&self.url).await
    }

    /// What the service has logged.
    pub(crate) fn service_log(&self) -> String {
        std::fs::read_to_string(self.data.join("service.log")).unwrap_or_default()
    }
}

/// A program that asks the service.
pub(crate) struct Api {
    base: String,
    key: String,
}

impl Api {
    /// Posts JSON below the organisation's address; what was answered, which must be good.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.send(path, "application/json", body.to_string())
    }

    fn send(&self, path: &str, media_type: &str, body: String) -> Value {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request =
            agent.post(format!("{}/{path}", self.base)).header("Authorization", format!("Bearer {}", self.key));
        let mut answer = request.content_type(media_type).send(body).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        assert!(answer.status().is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Adds evidence with a file; its id.
    pub(crate) fn add_file(&self, metadata: &Value, name: &str, content: &str) -> String {
        let metadata = part("name=\"metadata\"", &metadata.to_string());
        let added = self.send_file("evidence", metadata, name, content);
        added["evidence"].as_str().unwrap_or_else(|| panic!("no id in {added}")).to_owned()
    }

    /// Gives evidence another file.
    pub(crate) fn revise(&self, evidence: &str, name: &str, content: &str) {
        self.send_file(&format!("evidence/{evidence}/revisions"), String::new(), name, content);
    }

    fn send_file(&self, path: &str, before: String, name: &str, content: &str) -> Value {
        let file = part(&format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain"), content);
        self.send(path, "multipart/form-data; boundary=boundary", before + &file + "--boundary--\r\n")
    }
}

fn part(head: &str, body: &str) -> String {
    format!("--boundary\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("--data-dir").arg(data);
    command
}

impl Drop for Site {
    /// As an operator would: by SIGTERM. The service is the last user of its PostgreSQL, and stops it.
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.service);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        drop(self.service.wait());
        if !std::thread::panicking() {
            drop(std::fs::remove_dir_all(&self.data));
        }
    }
}
