//! Chromium's driver, and what `WebDriver` itself has no words for.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// Browsers start slowly where much else runs.
const ANSWER_WITHIN: Duration = Duration::from_mins(2);
/// One is the rule.
const STARTS_MAX: u32 = 4;

/// One driver, for one browser. It ends with the value.
pub(crate) struct Driver {
    process: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Driver {
    /// Starts a driver on a port that is free. Between choosing one and listening on it another may have taken it, and
    /// then a driver ends at once: it is started again.
    pub(crate) fn start() -> Self {
        let started = (0..STARTS_MAX).find_map(|_| Self::try_start());
        started.expect("the driver started")
    }

    fn try_start() -> Option<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is there: deploy/bootstrap.sh browser");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.expect("the driver says its port");
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // What it says later is for nobody, but it must be able to say it.
        std::thread::spawn(move || lines.for_each(drop));
        let mut driver = Self { process, url: String::new() };
        // Without a port it has ended, and is waited for.
        driver.url = format!("http://127.0.0.1:{}", port?);
        Some(driver)
    }

    /// What is asked of a browser that shows nothing on a screen.
    pub(crate) fn capabilities() -> serde_json::Map<String, Value> {
        let options = json!({ "goog:chromeOptions": { "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--force-prefers-reduced-motion", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--font-render-hinting=none",
        ] } });
        options.as_object().unwrap().clone()
    }

    /// A command below `/session/{id}/`, and its value.
    pub(crate) async fn post(&self, session: &str, command: &str, body: Value) -> Value {
        let url = format!("{}/session/{session}/{command}", self.url);
        let answer = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(ANSWER_WITHIN))
                .build()
                .into();
            let sent = agent.post(&url).content_type("application/json").send(body.to_string());
            sent.unwrap().body_mut().with_config().limit(64 << 20).read_to_string().unwrap()
        });
        let answer: Value = serde_json::from_str(&answer.await.unwrap()).unwrap();
        assert!(answer["value"]["error"].is_null(), "{command}: {}", answer["value"]);
        answer["value"].clone()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Its browser ends with it.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
