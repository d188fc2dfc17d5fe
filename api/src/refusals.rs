//! Failed attempts beyond those that have an entry each: kept as counts until [`crate::jobs::refusals`] records these. So
//! every failed attempt is in a log, and whoever makes them without end does not fill it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::activity::{ActivityEvent, Refusal};
use domain::credential::{Act, CredentialEvent, CredentialRefusal};
use domain::event::Event;
use domain::name::{GrantId, PersonId};
use domain::tally::Tally;
use ledger::vocabulary::Subject;
use store::append::LogId;

/// Whose attempts they were, and why they were refused. There are no more of them than members, grants and reasons:
/// what is made up is nobody's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// Somebody was not believed to be this member, or anybody.
    Credential(Option<PersonId>, CredentialRefusal),
    /// Somebody came in vain to take up access, or for what theirs does not allow.
    Access(Option<GrantId>, Refusal),
}

impl Refused {
    /// What is recorded of so many of them, and the stream it belongs to.
    pub fn counted(self, tally: Tally) -> (Subject, Event) {
        match self {
            Self::Credential(member, refusal) => {
                let event = CredentialEvent { member, act: Act::RefusalsCounted { refusal, tally } };
                (event.stream(), event.into())
            }
            Self::Access(grant, refusal) => {
                let event = ActivityEvent::RefusalsCounted { grant, refusal, tally };
                (event.stream(), event.into())
            }
        }
    }
}

/// In the log of an organisation; in that of the service where it is not known to belong to one.
type Place = (Option<LogId>, Refused);

/// The counts since they were taken last.
#[derive(Default)]
pub struct Tallies(Mutex<HashMap<Place, Tally>>);

impl Tallies {
    /// Adds attempts to those that are counted already.
    pub fn add(&self, log: Option<LogId>, refused: Refused, tally: Tally) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.entry((log, refused)).and_modify(|counted| *counted = counted.and(tally)).or_insert(tally);
    }

    /// Takes all of them. Whoever cannot record one adds it again.
    pub fn take(&self) -> HashMap<Place, Tally> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
