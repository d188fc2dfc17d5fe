//! What can happen: pure decisions, no I/O, no clock, no randomness.
//!
//! One folder or file per vocabulary. [`access_grant`], [`organisation`], [`member`], [`engagement`], [`evidence`] and
//! [`record`] are aggregates (state, decisions, events); [`activity`] is what an auditor does under a grant and
//! [`credential`] what a member signs in by, both appended without loading anything. [`event`] is the closed sum of all
//! of them, [`alias`] what other systems call them, [`tally`] how often something was refused, [`upcast`] the only place that knows older shapes, [`context`] what
//! every decision is given.

pub mod access_grant;
pub mod activity;
pub mod alias;
pub mod context;
pub mod credential;
pub mod date;
pub mod engagement;
pub mod event;
pub mod evidence;
pub mod invitation;
pub mod member;
pub mod name;
pub mod note;
pub mod organisation;
pub mod person;
pub mod record;
pub mod tally;
pub mod text;
pub mod upcast;
