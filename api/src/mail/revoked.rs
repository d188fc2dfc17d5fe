//! Access was taken back.

use ledger::time::Timestamp;

use super::letter::{Letter, Letterhead};
use super::moment::Moment;
use super::shown::Shown;

/// Tells an auditor that access has ended before its time. There is nothing to do, so it has no button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Whose records they were.
    pub head: Letterhead,
    /// What the auditor is called.
    pub name: Option<Shown>,
    /// What the access was for.
    pub engagement: Option<Shown>,
    /// Why, in the words of whoever revoked.
    pub reason: Option<Shown>,
    /// Since when.
    pub at: Moment,
}

impl Revoked {
    /// An invented revocation.
    pub fn sample() -> Self {
        let at = Timestamp::parse("2026-12-04T15:30:09.000000Z").expect("a time");
        let offset = time::UtcOffset::from_hms(1, 0, 0).expect("an offset");
        Self {
            head: Letterhead::sample(),
            name: Some(Shown::new("Ada Hallström")),
            engagement: Some(Shown::new("SOC 2 Type II 2026")),
            reason: Some(Shown::new("The fieldwork is complete.")),
            at: Moment::new(at, "Europe/Luxembourg", offset),
        }
    }

    pub(super) fn letter(&self) -> Letter {
        let organisation = &self.head.organisation;
        let heading = format!("Your access to records of {organisation} has ended");
        let purpose = self.engagement.as_ref().map_or(String::new(), |engagement| format!(" for {engagement}"));
        let mut letter = Letter::new(&self.head, &heading, &heading)
            .to(self.name.as_ref())
            .paragraph(&format!(
                "{organisation} has taken back the access that you were given{purpose}. Your link and your open sessions \
                 stopped working at that moment."
            ))
            .when("Ended", &self.at);
        if let Some(reason) = &self.reason {
            letter = letter.fact("Reason given", reason.as_str());
        }
        letter
            .remark("You have nothing to do. What you did while you had access stays in the log, and so does this revocation.")
            .remark("Access that was taken back does not come back. If you still need it, ask for a new one.")
    }
}
