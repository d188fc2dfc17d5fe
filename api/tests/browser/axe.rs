//! axe-core, by Deque Systems, under the Mozilla Public License 2.0: what is asked of a page so that everybody can use it.

use serde_json::{Value, json};

use crate::browser::Browser;

/// As published by its authors, version 4.14.1, with the notice of its licence in the first lines.
const AXE: &str = include_str!("axe.min.js");

/// WCAG 2.2 A and AA, and what axe-core holds to be good besides.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] })
        .then(found => done(found.violations), error => done([{ id: String(error), nodes: [] }]));";

/// What is wrong with the page that the browser shows: a line each, with the rule and the place.
pub(crate) async fn violations(browser: &Browser) -> Vec<String> {
    if browser.ask("return typeof axe", Vec::new()).await == "undefined" {
        browser.ask(&format!("{AXE}; return typeof axe"), Vec::new()).await;
    }
    let found = browser.ask_later(RUN, vec![json!(null)]).await;
    let found = found.as_array().expect("a list of violations");
    found.iter().flat_map(lines).collect()
}

fn lines(violation: &Value) -> Vec<String> {
    let (id, help) = (violation["id"].as_str().unwrap_or_default(), violation["help"].as_str().unwrap_or_default());
    let nodes = violation["nodes"].as_array().cloned().unwrap_or_default();
    if nodes.is_empty() {
        return vec![id.to_owned()];
    }
    nodes.iter().map(|node| format!("{id}: {help}: {} {}", node["target"], node["failureSummary"])).collect()
}
