//! What a document says happened, day by day, and what each of it rests on.

use std::collections::HashMap;

use domain::member::Permission;
use domain::note::Note;
use ledger::entry::ActorType;
use ledger::time::Timestamp;
use ledger::vocabulary::Subject;
use projections::documents::{Act, Document, Documented};
use store::append::Committed;
use store::{checkpoints, entries};

use super::components::{ActorKind, Day, Happening, Hash};
use super::listing::address;
use super::moment::Clock;
use super::seal::{Seal, Step};
use crate::app::App;
use crate::auth::MemberSession;
use crate::error::Result;
use crate::v1::shape::{Sight, facts};

/// What happened to one thing.
pub struct History {
    /// Newest first.
    pub days: Vec<Day>,
    /// How many acts after the first are left out.
    pub left_out: u64,
    /// Where all of them are, for whoever may read the ledger.
    pub ledger: Option<String>,
}

impl History {
    /// That of a document, each act in the words of `sentence`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn of<A: Documented>(
        app: &App,
        member: &MemberSession,
        clock: &Clock,
        (document, stream): (&Document<A>, &Subject),
        sentence: impl Fn(&A::What) -> String,
    ) -> Result<Self> {
        let indices: Vec<u64> = document.acts.iter().map(|act| act.by.index).collect();
        let proofs = Proofs::load(app, member, &indices).await?;
        let happening = |Act { by, what }: &Act<A::What>| {
            let happening = Happening {
                actor: by.actor.kind.into(),
                who: proofs.who(by.index, by.actor.kind, &by.actor.id),
                sentence: sentence(what),
                at: clock.ago(by.time),
                seal: proofs.of(by.index, clock),
            };
            (by.time, happening)
        };
        let ledger = format!("/orgs/{}/ledger", member.info.slug);
        Ok(Self {
            days: by_day(document.acts.iter().rev().map(happening), clock),
            left_out: document.acts_left_out,
            ledger: member.permits(Permission::LedgerRead).then(|| address(&ledger, &[("stream", stream.as_str())])),
        })
    }
}

/// What was done, and why where that was said.
pub fn with_note(done: &str, note: Option<&Note>) -> String {
    note.map_or_else(|| done.to_owned(), |note| format!("{done}: {}", note.as_str()))
}

/// The entries on which the sentences of a page rest.
pub struct Proofs {
    entries: HashMap<u64, Committed>,
    /// Addresses of who acted, for whoever may read the ledger, which shows them.
    addresses: HashMap<u64, String>,
    seals: Seals,
}

impl Proofs {
    /// The entries at these places.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn load(app: &App, member: &MemberSession, indices: &[u64]) -> Result<Self> {
        let committed = entries::at(app.ledger().reader(), member.log, indices).await?;
        let seals = Seals::load(app, member).await?;
        let sight = if seals.may_read { Sight::Open } else { Sight::Sealed };
        let facts = facts(app, member.log, sight, &committed).await?;
        let addresses = facts.into_iter().filter_map(|one| Some((one.entry.sequence, one.actor_email?)));
        Ok(Self {
            addresses: addresses.collect(),
            entries: committed.into_iter().map(|entry| (entry.index, entry)).collect(),
            seals,
        })
    }

    /// Who acted in the entry at a place: an address, else what kind of actor, and which key.
    pub fn who(&self, index: u64, kind: ActorType, id: &str) -> String {
        let word = ActorKind::from(kind).word();
        match self.addresses.get(&index) {
            Some(address) => address.clone(),
            None if kind == ActorType::ApiKey => format!("{word} {}", Hash::new(id).short()),
            None => word.to_owned(),
        }
    }

    /// What rests on the entry at a place.
    pub fn of(&self, index: u64, clock: &Clock) -> Option<Seal> {
        self.entries.get(&index).map(|entry| self.seals.of(entry, clock))
    }
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
struct Seals {
    /// Entries below this are covered by a published checkpoint.
    covered: u64,
    may_read: bool,
    ledger: String,
}

impl Seals {
    async fn load(app: &App, member: &MemberSession) -> Result<Self> {
        let newest = checkpoints::newest(app.ledger().reader(), member.log).await?;
        Ok(Self {
            covered: newest.map_or(0, |checkpoint| checkpoint.head.size),
            may_read: member.permits(Permission::LedgerRead),
            ledger: format!("/orgs/{}/ledger", member.info.slug),
        })
    }

    fn of(&self, entry: &Committed, clock: &Clock) -> Seal {
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
