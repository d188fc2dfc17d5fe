//! Somebody is to work in an organisation.

use ledger::time::Timestamp;

use super::letter::{Letter, Letterhead};
use super::link::Link;
use super::moment::Moment;
use super::shown::Shown;
use crate::config::PublicUrl;

/// An invitation of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberInvitation {
    /// Where.
    pub head: Letterhead,
    /// What the member is called.
    pub name: Option<Shown>,
    /// Who invites.
    pub invited_by: Option<Shown>,
    /// The roles, in words.
    pub roles: Vec<Shown>,
    /// How long the link works.
    pub until: Moment,
    /// The page that sets up the sign-in.
    pub link: Link,
}

impl MemberInvitation {
    /// An invented invitation.
    pub fn sample() -> Self {
        let at = Timestamp::parse("2026-11-29T09:00:00.000000Z").expect("a time");
        let site = PublicUrl::parse("https://ledger.example.com").expect("a URL");
        Self {
            head: Letterhead::sample(),
            name: Some(Shown::new("Jonas Weber")),
            invited_by: Some(Shown::new("Mara Quist")),
            roles: ["Administrator", "Compliance officer"].map(Shown::new).to_vec(),
            until: Moment::utc(at),
            link: Link::new(&site, &format!("/join/{}", "4e5f6071".repeat(12))).expect("a path"),
        }
    }

    pub(super) fn letter(&self) -> Letter {
        let organisation = &self.head.organisation;
        let paragraph = match &self.invited_by {
            Some(by) => format!("{by} invites you to work in the ledger of {organisation}."),
            None => format!("{organisation} invites you to work in its ledger."),
        };
        Letter::new(
            &self.head,
            &format!("Invitation to the ledger of {organisation}"),
            &format!("You are invited to the ledger of {organisation}"),
        )
        .to(self.name.as_ref())
        .paragraph(&paragraph)
        .list("Your roles", self.roles.iter().cloned())
        .until("The link works until", &self.until)
        .action("Set up your sign-in", &self.link)
        .remark("The link works once and is yours alone. You choose there how you will sign in; nobody else learns it.")
        .remark("If you did not expect this, do nothing: without you the invitation runs out.")
    }
}
