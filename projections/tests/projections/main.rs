//! Read models on a real PostgreSQL, the relay and its consumer with a real nats-server.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod consumer;
mod documents;
mod engagements;
mod evidence;
mod grants;
mod members;
mod reactor;
mod read_models;
mod rebuilt;
mod records;
mod relay;
mod support;
