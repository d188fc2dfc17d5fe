//! What is frozen once it is written: names, shapes and schemas of every event; and what is derived from them.

mod event_map;
mod golden;
mod json_schema;
mod roles;
mod samples;
mod schemas;
mod vectors;

use std::fs;
use std::path::{Path, PathBuf};

/// A path below this crate.
fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether the run is to refresh what is derived (`make bless`).
#[expect(clippy::disallowed_methods, reason = "not a setting of the service: it is how `make bless` reaches a test")]
fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// All files below a directory, in order.
fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let path = entry.expect("a directory that opens lists").path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
