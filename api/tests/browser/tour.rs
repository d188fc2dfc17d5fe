//! From page to page by the links that are on them, so that a page that somebody can reach is looked at.

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;

use crate::browser::Browser;
use crate::looks;

/// Links that lead to files (but for the page that exports the ledger), out of the session, or to a preview of the portal, whose pages are those of the auditor.
const NOT_PAGES: [&str; 10] =
    ["sign-out", "/file", "/download", "/export", "/receipt", "/proof", "/entry", "/docs", "/assets/", "/preview"];
/// How many pages are looked at before something is wrong with the tour.
const PAGES_MAX: usize = 60;

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

/// Looks at the pages of these addresses, and at every page that they lead to; of those that differ in ids, in types of
/// records or in queries alone, at the first. A link that leads nowhere fails.
pub(crate) async fn of(browser: &Browser, starts: &[&str], look: Look) -> BTreeSet<String> {
    let mut waiting: VecDeque<String> = starts.iter().map(ToString::to_string).collect();
    let mut seen = BTreeSet::new();
    while let Some(address) = waiting.pop_front() {
        if !seen.insert(pattern(&address)) {
            continue;
        }
        assert!(seen.len() <= PAGES_MAX, "{seen:?}");
        browser.go(&address).await;
        let landed = browser.path().await;
        if pattern(&landed) != pattern(&address) {
            waiting.push_back(landed);
            continue;
        }
        assert_ne!(browser.heading().await, "There is nothing here for you", "a link leads to {address}");
        look.at(browser, &name(&address)).await;
        waiting.extend(links(browser).await.into_iter().filter(|link| !seen.contains(&pattern(link))));
    }
    seen
}

/// The pages of an organisation, by the golden table of routes: a page that nothing leads to is found by it.
pub(crate) fn pages_of_members() -> BTreeSet<String> {
    let routes = include_str!("../http/routes.txt").lines().filter_map(|line| line.strip_prefix("GET    /orgs/"));
    let paths = routes.map(|line| line.split(' ').next().unwrap_or_default().replace("{org}", "larkfield"));
    paths.map(|path| pattern(&format!("/orgs/{path}"))).filter(|path| is_page(path)).collect()
}

async fn links(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))";
    let found = browser.ask(script, Vec::new()).await;
    let found = found.as_array().expect("a list of links").iter().filter_map(Value::as_str);
    let ours = found.filter(|link| link.starts_with("/orgs/") || link.starts_with("/auditor/"));
    ours.filter(|link| is_page(link)).map(str::to_owned).collect()
}

fn is_page(address: &str) -> bool {
    address.contains("/ledger/export") || !NOT_PAGES.iter().any(|not| address.contains(not))
}

/// The address without its query, with `id` in place of what names one thing, and `type` in place of a type of records,
/// of which all pages are made alike.
fn pattern(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<_> = path.split('/').map(|part| if is_id(part) { "id" } else { part }).collect();
    match parts.as_slice() {
        ["", "orgs", org, "records", _, "record", ..] => format!("/orgs/{org}/records/type/record/id"),
        ["", "orgs", org, "records", _, "edit", ..] => format!("/orgs/{org}/records/type/edit/id"),
        ["", "orgs", org, "records", _, rest @ ..] => [&["", "orgs", org, "records", "type"], rest].concat().join("/"),
        ["", "auditor", "portal", kind @ ("evidence" | "audit_logs"), _] => format!("/auditor/portal/{kind}/id"),
        ["", "auditor", "portal", _, _, ..] => "/auditor/portal/type/id".to_owned(),
        _ => parts.join("/"),
    }
}

/// A UUID, a number, or what stands for one in a route.
fn is_id(part: &str) -> bool {
    let is_uuid = part.len() == 36 && part.matches('-').count() == 4;
    let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_uuid || is_number || part.starts_with('{')
}

fn name(address: &str) -> String {
    let name = pattern(address).trim_start_matches("/orgs/").trim_matches('/').replace('/', "-");
    if name.is_empty() { "home".to_owned() } else { name }
}
