//! The interface for programs: one endpoint, or one thing with its endpoints, per file.

pub mod asked;
pub mod docs;
pub mod engagements;
pub mod entries;
pub mod entry;
pub mod event_body;
pub mod events;
pub mod evidence;
pub mod grants;
pub mod health;
pub mod idempotency;
pub(crate) mod instant;
mod listing;
pub mod logs;
pub mod note;
pub mod proof;
pub mod receipt;
pub mod recorded;
pub mod records;
pub mod schemas;
pub mod shape;
