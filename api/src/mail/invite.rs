//! Access was given: the letter with the link that opens it.

use domain::invitation::SecondFactor;
use ledger::time::Timestamp;

use super::letter::{Letter, Letterhead};
use super::link::Link;
use super::moment::{Moment, span};
use super::scope::Reach;
use super::shown::Shown;
use crate::config::PublicUrl;

/// An invitation of an auditor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Who gives access.
    pub head: Letterhead,
    /// What the auditor is called.
    pub name: Option<Shown>,
    /// For which firm the auditor works, where one was named.
    pub firm: Option<Shown>,
    /// Who gave it.
    pub granted_by: Option<Shown>,
    /// What for.
    pub engagement: Option<Shown>,
    /// To what.
    pub reach: Reach,
    /// From when.
    pub granted_at: Timestamp,
    /// Until when.
    pub until: Moment,
    /// How often the link opens it.
    pub opens: Opens,
    /// What is asked for besides the link.
    pub second_factor: SecondFactor,
    /// The page that asks before it takes the link's token.
    pub link: Link,
}

/// How often a link works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Once; afterwards the portal sends a code.
    Once,
    /// Until the access ends.
    UntilTheEnd,
}

/// The same with another link, because the first was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteResent(pub Invite);

impl Invite {
    /// An invented invitation.
    pub fn sample() -> Self {
        let at = |text| Timestamp::parse(text).expect("a time");
        let site = PublicUrl::parse("https://ledger.example.com").expect("a URL");
        let offset = time::UtcOffset::from_hms(1, 0, 0).expect("an offset");
        Self {
            head: Letterhead::sample(),
            name: Some(Shown::new("Ada Hallström")),
            firm: Some(Shown::new("Northgate Assurance")),
            granted_by: Some(Shown::new("Mara Quist")),
            engagement: Some(Shown::new("SOC 2 Type II 2026")),
            reach: Reach::sample(),
            granted_at: at("2026-11-22T23:00:00.000000Z"),
            until: Moment::new(at("2026-12-22T23:00:00.000000Z"), "Europe/Luxembourg", offset),
            opens: Opens::UntilTheEnd,
            second_factor: SecondFactor::None,
            link: Link::new(&site, &format!("/auditor/{}", "0a1b2c3d".repeat(12))).expect("a path"),
        }
    }

    pub(super) fn letter(&self) -> Letter {
        let organisation = &self.head.organisation;
        let subject = format!("{organisation} has given you access until {}", self.until.end_day());
        let letter = Letter::new(&self.head, &subject, &format!("You have access to records of {organisation}"));
        let giver = match &self.granted_by {
            Some(by) => format!("{by} of {organisation}"),
            None => organisation.to_string(),
        };
        let purpose = match &self.engagement {
            Some(engagement) => format!(" for {engagement}"),
            None => String::new(),
        };
        let of_firm = self.firm.as_ref().map_or(String::new(), |firm| format!(", as an auditor of {firm},"));
        self.terms(letter.paragraph(&format!(
            "{giver} has given you{of_firm} access to the records named below{purpose}. You need no account and no \
             password: the link is yours alone.",
        )))
    }

    /// What both letters say after why they were written (S1: scope, duration, what is in it, read-only, logged).
    fn terms(&self, letter: Letter) -> Letter {
        let organisation = &self.head.organisation;
        letter
            .to(self.name.as_ref())
            .fact("Scope", &self.reach.bundles_in_words())
            .list("What you can open", self.reach.resources_in_words())
            .list("What you can do", self.reach.capabilities_in_words())
            .fact("Duration", span(self.granted_at, self.until.at()).as_str())
            .until("Until", &self.until)
            .action("Open the records", &self.link)
            .remark(self.who_comes_in())
            .remark(&format!("Access is read-only: nothing that you do changes the records of {organisation}."))
            .remark(&format!(
                "Everything that you open, export or download is logged, with the time and the network address that you come \
                 from. Each act has a receipt. Whoever keeps a receipt, an export or an earlier checkpoint of that log can \
                 show it if {organisation} or whoever runs this service changes it afterwards; the portal says how."
            ))
    }

    /// How often the link works, and what whoever has it needs besides.
    fn who_comes_in(&self) -> &'static str {
        match (self.opens, self.second_factor) {
            (Opens::Once, SecondFactor::EmailCode) => {
                "When you open the link, a code of eight digits goes to this address, to be typed on the page. The link works \
                 once; later the portal sends a code when you come back. Pass on neither the link nor a code."
            }
            (Opens::UntilTheEnd, SecondFactor::EmailCode) => {
                "Each time you open the link, a code of eight digits goes to this address, to be typed on the page. The link \
                 works until your access ends. Pass on neither the link nor a code."
            }
            (Opens::Once, SecondFactor::None) => {
                "The link works once. Whoever uses it first comes in as you, so do not pass it on. Later the portal sends a \
                 code to this address when you come back."
            }
            (Opens::UntilTheEnd, SecondFactor::None) => {
                "The link works until your access ends. Whoever has it can come in as you, so do not pass it on."
            }
        }
    }
}

impl InviteResent {
    /// An invented invitation, sent again.
    pub fn sample() -> Self {
        Self(Invite { opens: Opens::Once, second_factor: SecondFactor::EmailCode, ..Invite::sample() })
    }

    pub(super) fn letter(&self) -> Letter {
        let Self(invite) = self;
        let organisation = &invite.head.organisation;
        let subject = format!("Your new link to records of {organisation}");
        let letter = Letter::new(&invite.head, &subject, &format!("Here is a new link to records of {organisation}"));
        let of_firm = invite.firm.as_ref().map_or(String::new(), |firm| format!(" as an auditor of {firm}"));
        invite.terms(letter.paragraph(&format!(
            "{organisation} has sent you a new link for the access that you were given{of_firm}. The link in the earlier \
             message has stopped working; scope and end are what they were.",
        )))
    }
}
