//! The auditor's pages: the way in, the terms of engagement, and what is an auditor's own.
//!
//! [`link`] recognises what somebody came with, [`accept`] and [`code`] are the two ways in, [`entrance`] opens the session
//! that both lead to, [`attempt`] records who came in vain. Behind that every page asks for an
//! [`Auditor`](crate::auth::auditor::Auditor).

pub mod accept;
pub mod attempt;
pub mod code;
mod entrance;
mod evenly;
pub mod frame;
pub mod help;
mod link;
pub mod session;
pub mod sessions;
pub mod sign_out;
pub mod terms;
