//! The list of routes: those that the interface describes, and those that the sources name.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, StatusCode};

use super::ids::Ids;
use crate::app::{TestApp, request};

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// Parameters that name no thing of an organisation.
const OF_NOBODY: [&str; 12] =
    ["org", "type", "resource", "version", "file", "tile", "size", "index", "key", "token", "reference", "preset"];

/// Routes of other listeners: metrics, and the gallery of the tests.
const ELSEWHERE: [&str; 2] = ["metrics_page.rs", "web/gallery.rs"];

/// One method of one address.
pub(super) struct Route {
    pub(super) method: Method,
    /// As the router has it.
    pub(super) path: String,
}

impl Route {
    /// The names of its parameters.
    fn parameters(&self) -> impl Iterator<Item = &str> {
        let parts = self.path.split('{').skip(1);
        parts.filter_map(|part| part.split('}').next()).map(|name| name.trim_start_matches('*'))
    }

    /// Whether it names something that belongs to one organisation.
    pub(super) fn names_a_thing(&self) -> bool {
        !self.path.starts_with("/demo/") && self.parameters().any(|name| !OF_NOBODY.contains(&name))
    }

    /// Whether auditors ask for it, and nobody else.
    pub(super) fn is_auditors(&self) -> bool {
        self.path.starts_with("/auditor/") || self.path.starts_with("/api/auditor/")
    }

    /// The address with parameters filled in.
    pub(super) fn filled(&self, ids: &Ids) -> String {
        let mut path = self.path.replace("{*", "{");
        for name in self.parameters() {
            path = path.replace(&format!("{{{name}}}"), &ids.value(&self.path, name));
        }
        path
    }
}

/// Every route, sorted. Which methods an address has is asked of the router: it refuses all others with 405.
pub(super) async fn listed(app: &TestApp) -> Vec<Route> {
    let mut routes = Vec::new();
    for path in paths() {
        let before = routes.len();
        for method in METHODS {
            let asked = Route { method, path: path.clone() };
            let sent = request(asked.method.clone(), &asked.filled(&Ids::none()), None).body(Body::empty()).unwrap();
            if app.send(sent).await.status != StatusCode::METHOD_NOT_ALLOWED {
                routes.push(asked);
            }
        }
        assert!(before < routes.len(), "{path} has no method");
    }
    routes
}

fn paths() -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = api::router::openapi().paths.paths.into_keys().collect();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut paths);
    assert!(20 < paths.len(), "{paths:?}");
    paths
}

/// What stands in `.route("…", …)` anywhere in the sources but in tests and in what is served elsewhere.
fn collect(directory: &Path, paths: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !ELSEWHERE.iter().any(|elsewhere| path.ends_with(elsewhere))
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
            for call in code.split(".route(").skip(1) {
                let literal = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                let literal = literal.unwrap_or_else(|| panic!("{}: an address is a literal", path.display()));
                paths.insert(literal.replace("{*", "{"));
            }
        }
    }
}
