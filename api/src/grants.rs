//! The pages of access: who has it, one's whole story, giving, changing and taking it back (S1-43, S2-22, S5-12).

pub mod change;
pub mod detail;
pub mod engagements;
pub mod form;
pub mod list;
pub mod new;
pub(crate) mod no_mailer;
pub mod preview;
pub mod resend;
pub mod revoke;
mod sessions;
mod story;
