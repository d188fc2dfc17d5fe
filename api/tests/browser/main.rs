//! Pages in a real browser: Chromium, driven over `WebDriver`, against the real service.
//!
//! [`site::Site`] is the service on a data directory of its own with a mail server beside it, [`browser::Browser`] what a
//! person sees and does, [`looks`] what is asked of every page. `make pages` draws all of them into `target/pages`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod auditor;
mod axe;
mod browser;
mod driver;
mod furnish;
mod gallery;
mod looks;
mod mailbox;
mod member;
mod people;
mod service;
mod sheet;
mod site;
mod story;
mod tour;

/// A reader of messages, by the same code as in the tests of mail.
#[path = "../../src/mail/tests/mime.rs"]
mod mime;
