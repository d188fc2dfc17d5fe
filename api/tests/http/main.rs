//! The service as its callers see it: the real router on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests")]

mod app;
mod auditor;
mod credentials;
mod edge;
mod engagements;
mod entries;
mod events;
mod evidence;
mod forged;
mod grants;
mod organisation;
mod pages;
mod principal;
mod readiness;
mod records;
mod shapes;
mod signed_in;
