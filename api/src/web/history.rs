//! What happened, day by day, and what each of it rests on.

use domain::member::Permission;
use ledger::entry::Entry;
use ledger::time::Timestamp;
use ledger::vocabulary::Subject;
use store::append::Committed;
use store::{checkpoints, entries};

use super::components::{Day, Happening, Hash};
use super::moment::Clock;
use super::seal::{Seal, Step};
use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};

/// A stream as days, newest first, each entry in the words of `sentence`.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::Internal`] where an entry does not read.
pub async fn of(
    app: &App,
    member: &MemberSession,
    clock: &Clock,
    stream: &Subject,
    sentence: fn(&Entry) -> String,
) -> Result<Vec<Day>> {
    let recorded = entries::of_stream(app.ledger().reader(), member.log, stream, 0).await?;
    let seals = Seals::load(app, member).await?;
    let happening = |committed: &Committed| {
        let entry = Entry::parse(&committed.bytes).map_err(Error::internal)?;
        let happening = Happening {
            actor: entry.actor.kind.into(),
            sentence: sentence(&entry),
            at: clock.ago(committed.time),
            seal: Some(seals.of(committed, clock)),
        };
        Ok((committed.time, happening))
    };
    Ok(by_day(recorded.iter().rev().map(happening).collect::<Result<Vec<_>>>()?, clock))
}

/// Things that happened, in their order, under the days on which they did.
pub fn by_day(happenings: impl IntoIterator<Item = (Timestamp, Happening)>, clock: &Clock) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for (time, happening) in happenings {
        let date = clock.day(time).shown;
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.events.push(happening),
            None => days.push(Day { date, events: vec![happening] }),
        }
    }
    days
}

/// How far the entries of an organisation have come, and what a member gets of them.
pub struct Seals {
    /// Entries below this are covered by a published checkpoint.
    covered: u64,
    may_read: bool,
    ledger: String,
}

impl Seals {
    /// As they stand now.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn load(app: &App, member: &MemberSession) -> Result<Self> {
        let newest = checkpoints::newest(app.ledger().reader(), member.log).await?;
        Ok(Self {
            covered: newest.map_or(0, |checkpoint| checkpoint.head.size),
            may_read: member.permits(Permission::LedgerRead),
            ledger: format!("/orgs/{}/ledger", member.info.slug),
        })
    }

    /// What rests on an entry.
    pub fn of(&self, entry: &Committed, clock: &Clock) -> Seal {
        let is_sealed = entry.index < self.covered;
        let page = format!("{}/{}", self.ledger, entry.index);
        Seal {
            index: entry.index,
            hash: Hash::new(entry.hash.to_string()),
            recorded: clock.exact(entry.time),
            reached: if is_sealed { Step::Sealed } else { Step::Accepted },
            receipt: self.may_read.then(|| format!("{page}/receipt")),
            proof: (self.may_read && is_sealed).then(|| format!("{page}/proof")),
            bytes: self.may_read.then(|| format!("{page}/entry")),
            check: self.may_read.then(|| format!("{}?entry={}", self.ledger, entry.index)),
        }
    }
}
