//! The Rust files of the workspace, as text.

use std::path::Path;

use crate::{CRATES, root};

/// One Rust file.
pub(crate) struct Source {
    /// From the workspace's root, with slashes.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

impl Source {
    /// Whether all of the file is tests, benchmarks or fuzz targets.
    pub(crate) fn is_test(&self) -> bool {
        let inside = ["/tests/", "/benches/", "/examples/", "/fuzz/", "/testing/"];
        inside.iter().any(|dir| self.path.contains(dir)) || self.path.ends_with("/tests.rs")
    }

    /// The text before its own tests, which stand last.
    pub(crate) fn without_tests(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default()
    }

    /// The code before its own tests, line by line with numbers, without comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.without_tests().lines().enumerate().map(|(number, line)| (number + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Every Rust file of one crate, or of all.
pub(crate) fn sources(of: Option<&str>) -> Vec<Source> {
    let mut found = Vec::new();
    for name in CRATES.iter().filter(|name| of.is_none_or(|of| of == **name)) {
        collect(&root().join(name), &mut found);
    }
    assert!(!found.is_empty(), "no sources of {of:?}");
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(dir: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(dir).expect("a directory of ours can be listed") {
        let path = entry.expect("a directory of ours can be listed").path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("sources are text");
            let path = path.strip_prefix(root()).expect("found below the root").to_string_lossy().replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}
