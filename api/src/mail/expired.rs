//! Access ran out: for whoever granted it, with the link that grants it again.

use ledger::time::Timestamp;

use super::letter::{Letter, Letterhead};
use super::link::Link;
use super::moment::Moment;
use super::shown::Shown;
use crate::config::PublicUrl;

/// Tells the granter that an auditor's access has run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Whose records they were.
    pub head: Letterhead,
    /// What the granter is called.
    pub name: Option<Shown>,
    /// What the auditor is called.
    pub auditor: Option<Shown>,
    /// For which firm the auditor works, where one was named.
    pub firm: Option<Shown>,
    /// What the access was for.
    pub engagement: Option<Shown>,
    /// Since when.
    pub at: Moment,
    /// The page that grants the same access again. It asks first, so that a program that opens links grants nothing.
    pub link: Link,
}

impl Expired {
    /// An invented end.
    pub fn sample() -> Self {
        let at = Timestamp::parse("2026-12-22T23:00:00.000000Z").expect("a time");
        let offset = time::UtcOffset::from_hms(1, 0, 0).expect("an offset");
        let site = PublicUrl::parse("https://ledger.example.com").expect("a URL");
        Self {
            head: Letterhead::sample(),
            name: Some(Shown::new("Mara Quist")),
            auditor: Some(Shown::new("Ada Hallström")),
            firm: Some(Shown::new("Northgate Assurance")),
            engagement: Some(Shown::new("SOC 2 Type II 2026")),
            at: Moment::new(at, "Europe/Luxembourg", offset),
            link: Link::new(&site, "/admin/grants/018f3b7e-0000-4000-8000-000000000007/again").expect("a path"),
        }
    }

    pub(super) fn letter(&self) -> Letter {
        let of_firm = self.firm.as_ref().map_or(String::new(), |firm| format!(" of {firm}"));
        let who = match &self.auditor {
            Some(auditor) => format!("{auditor}{of_firm}"),
            None => format!("an auditor{of_firm}"),
        };
        let purpose = self.engagement.as_ref().map_or(String::new(), |engagement| format!(" for {engagement}"));
        Letter::new(
            &self.head,
            &format!("The access of an auditor{of_firm} has ended"),
            &format!("The access of {who} has ended"),
        )
        .to(self.name.as_ref())
        .paragraph(&format!(
            "You had given {who} access to records of {}{purpose}. It has run out as you set it, and open sessions ended \
             with it.",
            self.head.organisation
        ))
        .until("Ended", &self.at)
        .action("Grant it again", &self.link)
        .remark(
            "If the audit is over you have nothing to do. If it goes on, the page shows the same scope and asks you until \
             when; a new invitation is sent when you confirm.",
        )
    }
}
