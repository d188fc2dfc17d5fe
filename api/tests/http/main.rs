//! The service as its callers see it: the real router on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests")]

mod account;
mod app;
mod auditor;
mod authenticator;
mod browser;
mod credentials;
mod cron;
mod edge;
mod engagement_pages;
mod engagements;
mod entries;
mod events;
mod evidence;
mod evidence_pages;
mod forged;
mod forms;
mod grant_pages;
mod grants;
mod ledger_page;
mod mailbox;
mod mails;
mod members;
mod organisation;
mod pages;
mod portal;
mod principal;
mod readiness;
mod record_pages;
mod records;
mod routes;
mod shapes;
mod sign_in;
mod signed_in;
