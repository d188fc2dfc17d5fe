//! From page to page by the links that are on them, so that a page that somebody can reach is looked at.

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;

use crate::browser::Browser;
use crate::looks;

/// Links that lead to files, or out of the session.
const NOT_PAGES: [&str; 9] =
    ["sign-out", "/file", "/download", "/export", "/receipt", "/proof", "/docs", "/assets/", "/preview"];
/// How many pages are looked at before something is wrong with the tour.
const PAGES_MAX: usize = 80;

/// What is done at each page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// It is held to what holds of every page.
    Hold,
    /// It is drawn.
    Draw,
}

impl Look {
    /// Does it to the page that the browser shows.
    pub(crate) async fn at(self, browser: &Browser, name: &str) {
        match self {
            Self::Hold => looks::holds(browser, name).await,
            Self::Draw => looks::draw(browser, name).await,
        }
    }
}

/// Looks at the pages of these addresses, and at every page that they lead to; of those that differ in ids and queries
/// alone, at the first. `ahead` are addresses that pages lead to and that are not there yet: the list may only shrink.
pub(crate) async fn of(browser: &Browser, starts: &[&str], ahead: &[&str], look: Look) -> BTreeSet<String> {
    let mut waiting: VecDeque<String> = starts.iter().map(ToString::to_string).collect();
    let (mut seen, mut dead) = (BTreeSet::new(), BTreeSet::new());
    while let Some(address) = waiting.pop_front() {
        if !seen.insert(pattern(&address)) {
            continue;
        }
        assert!(seen.len() <= PAGES_MAX, "{seen:?}");
        browser.go(&address).await;
        if browser.heading().await == "There is nothing here for you" {
            dead.insert(pattern(&address));
            continue;
        }
        look.at(browser, &name(&address)).await;
        waiting.extend(links(browser).await.into_iter().filter(|link| !seen.contains(&pattern(link))));
    }
    let ahead: BTreeSet<String> = ahead.iter().map(ToString::to_string).collect();
    assert!(dead.is_subset(&ahead), "links that lead nowhere: {dead:?}");
    &seen - &dead
}

async fn links(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))";
    let found = browser.ask(script, Vec::new()).await;
    let found = found.as_array().expect("a list of links").iter().filter_map(Value::as_str);
    let ours = found.filter(|link| link.starts_with("/orgs/") || link.starts_with("/auditor/"));
    ours.filter(|link| !NOT_PAGES.iter().any(|not| link.contains(not))).map(str::to_owned).collect()
}

/// The address without its query, and `id` in place of what names one thing.
fn pattern(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let is_id = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
    let parts: Vec<_> = path.split('/').map(|part| if is_id(part) { "id" } else { part }).collect();
    parts.join("/")
}

fn name(address: &str) -> String {
    let name = pattern(address).trim_start_matches("/orgs/").trim_matches('/').replace('/', "-");
    if name.is_empty() { "home".to_owned() } else { name }
}
