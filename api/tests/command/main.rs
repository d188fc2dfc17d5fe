//! The program `countersign` as an operator meets it: a process with arguments, an environment, two streams and a status.
#![expect(clippy::unwrap_used, reason = "tests")]

mod api_key;
mod config;
mod data_dir;
mod export;
mod fsck;
mod import_records;
mod member;
mod metrics;
mod place;
mod progress;
mod rebuild;
mod refusals;
mod rotation;
mod trust;
