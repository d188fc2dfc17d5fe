//! What a person sees and does.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::driver::Driver;

/// For a page to have what is looked for.
const THERE_WITHIN: Duration = Duration::from_secs(20);
const HEIGHT: u32 = 800;

/// One browser with cookies of its own.
pub(crate) struct Browser {
    client: Client,
    driver: Driver,
    session: String,
    origin: String,
}

/// How a page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// CSS pixels.
    pub(crate) width: u32,
    pub(crate) scheme: Scheme,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl View {
    /// As the issue asks for them.
    pub(crate) const ALL: [Self; 4] = [
        Self { width: 1280, scheme: Scheme::Light },
        Self { width: 1280, scheme: Scheme::Dark },
        Self { width: 360, scheme: Scheme::Light },
        Self { width: 360, scheme: Scheme::Dark },
    ];

    /// For the name of a file.
    pub(crate) fn name(self) -> String {
        format!("{}-{}", self.width, self.scheme.as_str())
    }
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// A browser that has been nowhere; addresses that begin with a slash are those of this origin.
    pub(crate) async fn open(origin: &str) -> Self {
        let driver = Driver::start();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(Driver::capabilities()).connect(&driver.url).await.unwrap();
        let session = client.session_id().await.unwrap().expect("a session has an id");
        let browser = Self { client, driver, session, origin: origin.trim_end_matches('/').to_owned() };
        browser.look(View::ALL[0]).await;
        browser
    }

    /// Pages run no scripts from the next one on. What tests ask of a page is asked beside it and still works.
    pub(crate) async fn without_scripts(&self) {
        self.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// A passkey that lives in this browser, with a person who always agrees.
    pub(crate) async fn add_authenticator(&self) -> String {
        let authenticator = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true,
        });
        let id = self.driver.post(&self.session, "webauthn/authenticator", authenticator).await;
        id.as_str().expect("an authenticator has an id").to_owned()
    }

    /// Goes to an address: one of ours by its path, or any.
    pub(crate) async fn go(&self, address: &str) {
        let url = if address.starts_with('/') { format!("{}{address}", self.origin) } else { address.to_owned() };
        self.client.goto(&url).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// The path of the page, with its query.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// The first heading.
    pub(crate) async fn heading(&self) -> String {
        self.find("//h1").await.text().await.unwrap()
    }

    /// All that the page says.
    pub(crate) async fn text(&self) -> String {
        self.find("//body").await.text().await.unwrap()
    }

    /// Waits until the page says this.
    pub(crate) async fn sees(&self, words: &str) {
        let deadline = tokio::time::Instant::now() + THERE_WITHIN;
        loop {
            // Between two pages there is none.
            let text = match self.client.find(Locator::Css("body")).await {
                Ok(body) => body.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            if text.contains(words) {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "{words:?} is not on {}:\n{text}", self.path().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the browser is at an address that begins so.
    pub(crate) async fn arrives(&self, path: &str) {
        let deadline = tokio::time::Instant::now() + THERE_WITHIN;
        while !self.path().await.starts_with(path) {
            assert!(
                tokio::time::Instant::now() < deadline,
                "{} is not {path}: {}",
                self.path().await,
                self.text().await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether there is something to click on with these words.
    pub(crate) async fn offers(&self, words: &str) -> bool {
        !self.client.find_all(Locator::XPath(&clickable(words))).await.unwrap().is_empty()
    }

    /// Clicks on the first link, button or summary with exactly these words, as screen readers read them.
    pub(crate) async fn click(&self, words: &str) {
        self.find(&clickable(words)).await.click().await.unwrap_or_else(|error| panic!("{words}: {error}"));
    }

    /// Types into the field of a label, in place of what stood there.
    pub(crate) async fn fill(&self, label: &str, value: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// Chooses an option of a list by its words.
    pub(crate) async fn select(&self, label: &str, option: &str) {
        self.field(label).await.select_by_label(option).await.unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// Ticks a box, or chooses a button among several, by its label.
    pub(crate) async fn tick(&self, label: &str) {
        let field = self.field(label).await;
        if !field.is_selected().await.unwrap() {
            field.click().await.unwrap();
        }
    }

    /// Takes the tick out of a box.
    pub(crate) async fn untick(&self, label: &str) {
        let field = self.field(label).await;
        if field.is_selected().await.unwrap() {
            field.click().await.unwrap();
        }
    }

    /// Chooses a file of this machine for the field of a label.
    pub(crate) async fn attach(&self, label: &str, file: &Path) {
        let field = self.field(label).await;
        field.send_keys(file.to_str().unwrap()).await.unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// Clicks on the first of what a CSS selector names, where its words are not known beforehand.
    pub(crate) async fn click_at(&self, css: &str) {
        self.find_at(css).await.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// The words of the first of what a CSS selector names.
    pub(crate) async fn text_at(&self, css: &str) -> String {
        self.find_at(css).await.text().await.unwrap()
    }

    /// Clicks on a link to a file and takes it from where the browser puts it; no script is needed for that.
    pub(crate) async fn download(&self, words: &str) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let behaviour = json!({ "behavior": "allow", "downloadPath": directory.path() });
        self.cdp("Browser.setDownloadBehavior", behaviour).await;
        self.click(words).await;
        let deadline = tokio::time::Instant::now() + THERE_WITHIN;
        loop {
            let files = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
            // While it is under way, the file has another name.
            if let Some(file) = files.into_iter().find(|file| !is_under_way(file)) {
                return std::fs::read(file).unwrap();
            }
            assert!(tokio::time::Instant::now() < deadline, "{words} gave no file on {}", self.path().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What stands in the field of a label.
    pub(crate) async fn value(&self, label: &str) -> String {
        self.field(label).await.prop("value").await.unwrap().unwrap_or_default()
    }

    async fn field(&self, label: &str) -> Element {
        let words = quoted(label);
        let labelled = format!("//label[normalize-space(.)={words} or normalize-space(text()[1])={words}]");
        let label = self.find(&labelled).await;
        match label.attr("for").await.unwrap() {
            Some(id) => self.find(&format!("//*[@id={}]", quoted(&id))).await,
            None => label.find(Locator::Css("input, select, textarea")).await.unwrap(),
        }
    }

    async fn find(&self, xpath: &str) -> Element {
        let found = self.client.wait().at_most(THERE_WITHIN).for_element(Locator::XPath(xpath)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{xpath} on {}: {error}", self.path().await),
        }
    }

    async fn find_at(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(THERE_WITHIN).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{css} on {}: {error}", self.path().await),
        }
    }

    /// What a script finds out; it ends with `return`.
    pub(crate) async fn ask(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same for a script that calls its last argument with the answer.
    pub(crate) async fn ask_later(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute_async(script, arguments).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Shows pages at a width, light or dark.
    pub(crate) async fn look(&self, view: View) {
        let metrics = json!({ "width": view.width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = json!({ "name": "prefers-color-scheme", "value": view.scheme.as_str() });
        self.cdp("Emulation.setEmulatedMedia", json!({ "media": "", "features": [scheme] })).await;
    }

    /// Shows pages as they are printed.
    pub(crate) async fn look_at_paper(&self) {
        self.cdp("Emulation.setEmulatedMedia", json!({ "media": "print", "features": [] })).await;
    }

    /// A PNG of the whole page.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let size = "return [document.documentElement.clientWidth, document.documentElement.scrollHeight]";
        let size = self.ask(size, Vec::new()).await;
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
        let asked = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.cdp("Page.captureScreenshot", asked).await;
        BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    async fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.driver.post(&self.session, "goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }
}

/// Whether a file of the directory of downloads is not whole yet: Chromium names it otherwise until then.
fn is_under_way(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".crdownload") || name.starts_with('.')
}

/// A link, a button or a summary by its words; an icon has none.
fn clickable(words: &str) -> String {
    let words = quoted(words);
    let said = format!("[normalize-space(.)={words} or @aria-label={words}]");
    format!("//a{said}|//button{said}|//summary{said}|//input[@type='submit' and @value={words}]")
}

/// A text in an expression, whatever quotation marks it has.
fn quoted(text: &str) -> String {
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let parts: Vec<_> = text.split('"').map(|part| format!("\"{part}\"")).collect();
    format!("concat({})", parts.join(", '\"', "))
}
