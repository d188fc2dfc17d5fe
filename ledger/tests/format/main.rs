//! The format piece by piece: against the frozen vectors, against other implementations, and rejection by rejection.
#![expect(clippy::unwrap_used, reason = "tests")]

mod draft;
mod entry;
mod fuzz;
mod json;
mod keys;
mod names;
mod notes;
mod policy;
mod sealed;
mod vectors;
