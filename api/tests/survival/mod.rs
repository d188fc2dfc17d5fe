//! What survives: the real program with its private PostgreSQL is killed, or its clients go away, under load.
#![expect(clippy::unwrap_used, reason = "tests")]

pub(crate) mod chance;
pub(crate) mod cut_off;
pub(crate) mod kill;
pub(crate) mod site;
pub(crate) mod wire;
pub(crate) mod writers;
