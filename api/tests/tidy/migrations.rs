//! Migrations are numbered, named after their purpose, and say why they are there.

use std::collections::BTreeSet;

use crate::{assert_none, read, root};

#[test]
fn migrations_are_numbered_once_and_begin_with_a_comment() {
    let mut numbers = BTreeSet::new();
    let mut remarks = Vec::new();
    for entry in std::fs::read_dir(root().join("migrations")).expect("there are migrations") {
        let name = entry.expect("there are migrations").file_name().into_string().expect("named in ASCII");
        let (number, purpose) = name.strip_suffix(".sql").and_then(|stem| stem.split_once('_')).unwrap_or_default();
        let numbered = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
        if !numbered || purpose.is_empty() {
            remarks.push(format!("{name}: NNNN_purpose.sql"));
        }
        if !numbers.insert(number.to_owned()) {
            remarks.push(format!("{name}: the number is taken"));
        }
        if !read(&format!("migrations/{name}")).starts_with("-- ") {
            remarks.push(format!("{name}: begins with a comment that says why"));
        }
    }
    assert!(!numbers.is_empty());
    assert_none(&remarks, "migrations:");
}
