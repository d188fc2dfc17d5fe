//! Every dependency has a reason, a licence that we accept, and comes from one place; the verifier has few.

use std::collections::BTreeSet;
use std::process::Command;

use crate::ratchet::Ratchet;
use crate::sources::sources;
use crate::{CRATES, assert_none, read, root};

/// Design §2; the ratchet holds what it is now.
const VERIFIER_CRATES_MAX: usize = 110;

/// A package as `cargo tree` shows it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    version: String,
    licence: String,
    features: String,
}

/// The packages that a crate is built from, as this machine would build it.
pub(crate) fn tree(of: &str, edges: &str) -> BTreeSet<Package> {
    let scope: &[&str] = if of == "workspace" { &["--workspace"] } else { &["--package", of] };
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix", "none", "--edges", edges, "--format", "{p}|{l}|{f}"])
        .args(scope)
        .current_dir(root())
        .output()
        .expect("cargo has built this test, so it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
    text.lines().filter(|line| !line.is_empty()).map(package).collect()
}

/// From `name v1.2.3 (proc-macro)|MIT|feature,feature (*)`.
fn package(line: &str) -> Package {
    let line = line.trim_end_matches(" (*)");
    let mut fields = line.split('|');
    let mut words = fields.next().unwrap_or_default().split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (name, version) = (word(), word());
    let mut field = || fields.next().unwrap_or_default().to_owned();
    Package { name, version, licence: field(), features: field() }
}

/// The names of everything in a crate's manifest that it depends on, also for tests and builds.
pub(crate) fn manifest(of: &str) -> Vec<String> {
    section_lines(&read(&format!("{of}/Cargo.toml")), "dependencies]").map(|(name, _)| name).collect()
}

/// Name and rest of each line in the sections whose header ends so.
fn section_lines<'a>(text: &'a str, header: &'a str) -> impl Iterator<Item = (String, &'a str)> + 'a {
    let mut inside = false;
    text.lines().filter_map(move |line| {
        if line.starts_with('[') {
            inside = line.ends_with(header);
            return None;
        }
        let (name, rest) = line.split_once(['=', '.']).filter(|_| inside && !line.starts_with('#'))?;
        Some((name.trim().to_owned(), rest))
    })
}

#[test]
fn every_dependency_has_a_reason() {
    let text = read("Cargo.toml");
    let lines = section_lines(&text, "[workspace.dependencies]").filter(|(_, rest)| !rest.contains("path = "));
    let bare: Vec<_> = lines.filter(|(_, rest)| !rest.contains(" # ")).map(|(name, _)| name).collect();
    assert_none(&bare, "say in Cargo.toml why we take it rather than write it:");
}

#[test]
fn versions_stand_in_one_table() {
    let mut remarks = Vec::new();
    for name in CRATES {
        let text = read(&format!("{name}/Cargo.toml"));
        let lines = section_lines(&text, "dependencies]").filter(|(_, rest)| !rest.contains("workspace = true"));
        remarks.extend(lines.map(|(dependency, _)| format!("{name}: {dependency}")));
    }
    assert_none(&remarks, "use `workspace = true`:");
}

#[test]
fn every_dependency_is_used() {
    let mut remarks = Vec::new();
    for name in CRATES {
        let text: String = sources(Some(name)).into_iter().map(|source| source.text).collect();
        let unused = manifest(name)
            .into_iter()
            .filter(|dependency| !text.contains(&format!("{}::", dependency.replace('-', "_"))));
        remarks.extend(unused.map(|dependency| format!("{name}: {dependency}")));
    }
    assert_none(&remarks, "nothing in the crate's sources names it:");
}

#[test]
fn the_verifier_stays_small_enough_to_review() {
    let tree = tree("verifier", "normal,build");
    let ours = CRATES.map(str::to_owned);
    let foreign = tree.iter().filter(|package| !ours.contains(&package.name));
    let count = foreign.map(|package| (&package.name, &package.version)).collect::<BTreeSet<_>>().len();
    assert!(count <= VERIFIER_CRATES_MAX, "{count} crates, {VERIFIER_CRATES_MAX} at most");
    Ratchet::of("verifier-crates").check([("verifier".to_owned(), count)]);
    for absent in ["tokio", "sqlx", "async-nats", "axum"] {
        assert!(tree.iter().all(|package| package.name != absent), "{absent} has come into the verifier's tree");
    }
}

#[test]
fn licences_are_ones_that_we_accept() {
    let deny = read("deny.toml");
    let (_, list) = deny.split_once("\nallow = [").expect("deny.toml lists licences");
    let accepted: Vec<&str> =
        list.lines().skip(1).take_while(|line| *line != "]").map(|line| line.trim().trim_matches(['"', ','])).collect();
    let one_of = |part: &str| {
        let part = part.trim().trim_matches(['(', ')']);
        part.replace(" / ", "/").replace(" OR ", "/").split('/').any(|licence| accepted.contains(&licence.trim()))
    };
    let tree = tree("workspace", "normal,build,dev");
    assert!(200 < tree.len(), "cargo tree shows the workspace");
    // Stricter than SPDX where brackets are missing: every part of an AND must offer one that we accept.
    let refused = tree.iter().filter(|package| !package.licence.split(" AND ").all(one_of));
    let refused: Vec<_> = refused.map(|package| format!("{}: {:?}", package.name, package.licence)).collect();
    assert_none(&refused, "not among the licences in deny.toml:");
}

#[test]
fn canonical_json_keeps_its_meaning() {
    for package in tree("workspace", "normal,build,dev").iter().filter(|package| package.name == "serde_json") {
        let forbidden =
            package.features.split(',').find(|feature| ["arbitrary_precision", "preserve_order"].contains(feature));
        assert_eq!(forbidden, None, "features of serde_json that change canonical JSON");
    }
}

#[test]
fn dependencies_come_from_the_registry_alone_and_the_vital_ones_once() {
    let lock = read("Cargo.lock");
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let elsewhere: Vec<_> =
        lock.lines().filter(|line| line.starts_with("source = ") && *line != registry).map(str::to_owned).collect();
    assert_none(&elsewhere, "only the public registry:");
    for name in ["sqlx", "rustls", "hyper", "axum", "ed25519-dalek"] {
        let versions = lock.lines().filter(|line| *line == format!("name = \"{name}\"")).count();
        assert!(versions <= 1, "{versions} versions of {name}");
    }
}
