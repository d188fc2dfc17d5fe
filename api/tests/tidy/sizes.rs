//! Files and functions stay small; what is not yet stands in the ratchet.

use crate::ratchet::Ratchet;
use crate::sources::sources;

/// Hard limit; we aim for 300.
const FILE_LINES_MAX: usize = 500;

#[test]
fn no_file_is_longer_than_five_hundred_lines_without_its_tests() {
    let sources = sources(None);
    let long = sources.iter().filter(|source| !source.is_test()).map(|source| {
        let lines = source.without_tests().lines().count();
        (source.path.clone(), lines)
    });
    Ratchet::of("file-lines").check(long.filter(|(_, lines)| FILE_LINES_MAX < *lines));
}

/// Clippy measures them (`clippy.toml`); this counts who was let off.
#[test]
fn no_function_is_longer_than_seventy_lines() {
    let threshold = crate::read("clippy.toml");
    assert!(threshold.contains("too-many-lines-threshold = 70\n"));
    let let_off = concat!("clippy::", "too_many_lines");
    let counts = sources(None).into_iter().map(|source| (source.path, source.text.matches(let_off).count()));
    Ratchet::of("long-functions").check(counts.filter(|(_, count)| 0 < *count));
}
