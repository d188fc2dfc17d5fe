//! The auditor's pages: the way in, the terms of engagement, and what is an auditor's own.
//!
//! The way in: [`link`] recognises what somebody came with, [`accept`] and [`code`] are the two ways in, [`entrance`] opens
//! the session that both lead to, [`attempt`] records who came in vain. Behind that every page asks for an
//! [`Auditor`](crate::auth::auditor::Auditor).
//!
//! What an auditor sees: [`overview`], a [`list`] for each type of resource and an [`item`] of it, [`export`] and
//! [`download`] by a [`signed_address`], [`activity`]. [`recorded`] writes down each of these before it is answered;
//! [`reader`] is who reads with which grant; [`records`], [`evidence`] and [`log`] are what there is to read. [`json`] is
//! the same for programs.

pub mod accept;
pub mod activity;
pub mod asked;
pub mod attempt;
pub mod code;
pub mod download;
mod entrance;
mod evenly;
pub mod evidence;
pub mod export;
pub mod frame;
pub mod help;
pub mod item;
pub mod json;
mod link;
pub mod list;
pub mod listing;
pub mod log;
pub mod overview;
pub mod reader;
pub mod recorded;
pub mod records;
pub mod session;
pub mod sessions;
pub mod sign_out;
pub mod signed_address;
pub mod terms;
