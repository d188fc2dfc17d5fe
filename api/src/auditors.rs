//! `/api/auditors`: access in the words of S5.

mod asked;
pub mod change;
pub mod create;
pub mod list;
pub mod remove;
pub mod resend;
pub mod show;
