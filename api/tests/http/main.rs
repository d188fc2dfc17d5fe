//! The service as its callers see it: the real router on a real PostgreSQL.

mod app;
mod credentials;
mod edge;
mod entries;
mod events;
mod grants;
mod pages;
