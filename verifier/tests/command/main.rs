//! The program as an auditor runs it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod input;
mod memory;
mod output;
mod papers;
mod program;
mod published;
mod vectors;
