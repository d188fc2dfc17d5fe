//! A member cannot sign in any more.

use ledger::time::Timestamp;

use super::letter::{Letter, Letterhead};
use super::link::Link;
use super::moment::Moment;
use super::shown::Shown;
use crate::config::PublicUrl;

/// The link by which a member gets back in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecovery {
    /// Where.
    pub head: Letterhead,
    /// What the member is called.
    pub name: Option<Shown>,
    /// How long the link works.
    pub until: Moment,
    /// The page that sets up another sign-in.
    pub link: Link,
}

impl MemberRecovery {
    /// An invented recovery.
    pub fn sample() -> Self {
        let at = Timestamp::parse("2026-11-22T09:10:00.000000Z").expect("a time");
        let offset = time::UtcOffset::from_hms(1, 0, 0).expect("an offset");
        let site = PublicUrl::parse("https://ledger.example.com").expect("a URL");
        Self {
            head: Letterhead::sample(),
            name: Some(Shown::new("Jonas Weber")),
            until: Moment::new(at, "Europe/Luxembourg", offset),
            link: Link::new(&site, &format!("/recover/{}", "8293a4b5".repeat(12))).expect("a path"),
        }
    }

    pub(super) fn letter(&self) -> Letter {
        let organisation = &self.head.organisation;
        Letter::new(&self.head, &format!("Your sign-in at {organisation}"), "Get back into your account")
            .to(self.name.as_ref())
            .paragraph(&format!(
                "Somebody, probably you, said that you cannot sign in to the ledger of {organisation} any more. With this \
                 link you set up another sign-in; the old one then stops working."
            ))
            .until("The link works until", &self.until)
            .action("Set up another sign-in", &self.link)
            .remark("The link works once.")
            .remark(
                "If it was not you, do nothing: nothing has changed, and the request is recorded. Tell the people named \
                 below, because somebody knows your address.",
            )
    }
}
