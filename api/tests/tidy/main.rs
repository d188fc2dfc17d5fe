//! What the code base has agreed on and no compiler checks: layers, sizes, dependencies, names.
//!
//! `ratchet.txt` holds what is over a limit today. It may only shrink: `make bless` writes smaller numbers, never larger
//! ones, and adds no lines.

mod coverage;
mod dependencies;
mod deployment;
mod frameworks;
mod layers;
mod migrations;
mod ratchet;
mod sizes;
mod sources;

use std::path::{Path, PathBuf};

/// All crates, from the ground up.
const CRATES: [&str; 6] = ["ledger", "domain", "store", "projections", "api", "verifier"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member stands below the workspace").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with all remarks at once.
fn assert_none(remarks: &[String], rule: &str) {
    assert!(remarks.is_empty(), "{rule}\n  {}", remarks.join("\n  "));
}
