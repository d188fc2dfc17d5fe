//! Who may ask: the countersign service.
//!
//! Reading order: [`router`] is the list of everything that can be asked, [`auth`] says by whom, [`v1`] holds the
//! endpoints, [`organisation`] the pages of an organisation itself, [`acts`] what members do by either, [`web`] what pages
//! share, [`error`] the refusals of both, [`mail`] the letters; [`service`] starts and stops it all, [`server`] accepts
//! connections, [`cli`] is the command line, [`config`] what the operator sets.

pub mod access;
pub mod account;
pub mod acts;
pub mod app;
pub mod auditors;
pub mod auth;
pub mod cli;
pub mod client;
pub mod config;
pub mod cron;
pub mod database;
pub mod engagements;
pub mod error;
pub mod evidence;
pub mod export;
pub mod grants;
pub mod headers;
pub mod idempotency;
pub mod import;
pub mod ingest;
pub mod jobs;
pub mod json;
pub mod key_history;
mod log_search;
pub mod mail;
pub mod mail_log;
pub mod mailbox;
pub mod members;
pub mod metrics_page;
pub mod organisation;
pub mod portal;
pub mod query;
pub mod record_set;
pub mod records;
pub mod refusals;
pub mod router;
pub mod server;
pub mod service;
pub mod service_log;
pub mod sign_in;
pub mod telemetry;
pub mod upload;
pub mod v1;
pub mod web;
pub mod wf006;
pub mod words;
