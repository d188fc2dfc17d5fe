//! Exports and verdicts: against the frozen vectors, against damage, and against logs made here.
#![expect(clippy::unwrap_used, reason = "tests")]

mod accusations;
mod continuity;
mod damage;
mod exports;
mod fuzz;
mod hostile;
mod keys;
mod published;
mod selections;
mod support;
mod verdicts;
mod whole;
mod witnesses;
