//! Arrows between the crates point down only (ARCHITECTURE.md, crates), and the pure crates stay pure.

use crate::dependencies::{manifest, tree};
use crate::sources::{Source, sources};
use crate::{CRATES, assert_none};

/// Which of our crates each may depend on.
const ARROWS: [(&str, &[&str]); 6] = [
    ("ledger", &[]),
    ("domain", &["ledger"]),
    ("store", &["ledger", "domain"]),
    ("projections", &["ledger", "domain", "store"]),
    ("api", &["ledger", "domain", "store", "projections"]),
    ("verifier", &["ledger"]),
];

#[test]
fn arrows_between_the_crates_point_down() {
    for (name, allowed) in ARROWS {
        let dependencies = manifest(name);
        let ours = dependencies.iter().filter(|dependency| CRATES.contains(&dependency.as_str()));
        let wrong: Vec<_> = ours.filter(|to| !allowed.contains(&to.as_str()) && *to != name).cloned().collect();
        assert_none(&wrong, &format!("{name} may depend on {allowed:?} only:"));
    }
}

#[test]
fn the_ledger_has_no_files_network_runtime_or_randomness() {
    let words = ["std::fs", "std::net", "std::process", "std::env", "SystemTime", "Instant::now", "tokio", "getrandom"];
    assert_none(&mentions("ledger", &words, |_| true), "ledger is pure bytes:");
    let tree = tree("ledger", "normal");
    for absent in ["tokio", "getrandom", "mio", "socket2", "sqlx", "rand"] {
        assert!(tree.iter().all(|package| package.name != absent), "{absent} has come into ledger's tree");
    }
}

#[test]
fn decisions_have_no_clock_randomness_or_files() {
    let words = [
        "std::fs",
        "std::net",
        "std::env",
        "SystemTime",
        "Instant::now",
        "now_utc",
        "tokio::",
        "getrandom",
        "new_v4",
        "now_v7",
    ];
    assert_none(&mentions("domain", &words, |_| true), "domain is pure decisions:");
}

#[test]
fn sql_stands_in_store_projections_access_and_jobs_only() {
    let words = ["sqlx::query", "query!(", "query_as!(", "query_scalar!(", "raw_sql"];
    let mut remarks = Vec::new();
    for name in ["ledger", "domain", "verifier"] {
        remarks.extend(mentions(name, &["sqlx"], |_| true));
    }
    let homes = ["api/src/access.rs", "api/src/access/", "api/src/jobs.rs", "api/src/jobs/"];
    remarks.extend(mentions("api", &words, |source| !homes.iter().any(|home| source.path.starts_with(home))));
    assert_none(&remarks, "SQL stands in store, projections, api::access and api::jobs:");
}

#[test]
fn no_module_is_named_after_nothing() {
    let names = ["utils", "util", "helpers", "helper", "common", "misc", "_v2"];
    let bad = |path: &str| {
        let mut parts = path.trim_end_matches(".rs").split('/').skip(1);
        parts.any(|part| names.contains(&part) || part.ends_with("_v2"))
    };
    let remarks: Vec<_> = sources(None).into_iter().map(|source| source.path).filter(|path| bad(path)).collect();
    assert_none(&remarks, "a file is named after a thing that somebody can name:");
}

/// Where the code of a crate, its tests aside, mentions one of the words.
fn mentions(of: &str, words: &[&str], counts: impl Fn(&Source) -> bool) -> Vec<String> {
    let mut remarks = Vec::new();
    for source in sources(Some(of)).iter().filter(|source| !source.is_test() && counts(source)) {
        for (number, line) in source.code() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                remarks.push(format!("{}:{number} mentions {word}", source.path));
            }
        }
    }
    remarks
}
