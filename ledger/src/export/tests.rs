//! The document that every export may carry.

#[test]
fn the_readme_is_that_of_the_frozen_vectors() {
    assert_eq!(super::README, include_bytes!("../../tests/vectors/README.txt"));
}
