//! Who may ask: the countersign service.
//!
//! Reading order: [`router`] is the list of everything that can be asked, [`auth`] says by whom, [`v1`] holds the
//! endpoints, [`error`] their refusals; [`service`] starts and stops it all, [`server`] accepts connections,
//! [`cli`] is the command line, [`config`] what the operator sets.

pub mod router;
pub mod v1;
pub mod auth;
pub mod access;
pub mod idempotency;
pub mod ingest;
pub mod json;
pub mod error;
pub mod headers;
pub mod import;
pub mod key_history;
pub mod app;
pub mod service;
pub mod server;
pub mod metrics_page;
pub mod database;
pub mod telemetry;
pub mod config;
pub mod cli;
