//! The standalone verifier for outsiders.
fn main() {}
