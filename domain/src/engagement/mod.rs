//! An engagement: one audit or review by a firm, in its period. Grants, evidence and requests refer to it.
//!
//! Stream `engagement/<engagement>`: opened, changed as often as needed, closed for ever.

mod events;
mod plan;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use ledger::vocabulary::Subject;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use self::events::DESCRIPTIONS;
pub use self::events::{EngagementClosed, EngagementEvent};
pub use self::plan::{Days, EngagementName, Framework, Period, PeriodError, Plan};
use crate::context::Ctx;
use crate::name::EngagementId;
use crate::note::Note;

/// Where an engagement stands. Closed is final: what follows is another engagement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Engagement {
    /// Nothing has happened in this stream.
    #[default]
    Absent,
    /// Under way, or still to begin: its period says which.
    Open(Plan),
    /// Over.
    Closed(Plan),
}

/// What can be asked of an engagement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open it.
    Open(Plan),
    /// Change what it is; the whole of it as it then is.
    Change(Plan),
    /// Close it.
    Close {
        /// Why, or how it ended.
        note: Option<Note>,
    },
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EngagementError {
    /// The stream already has an engagement.
    #[error("this engagement has already been opened")]
    AlreadyOpened,
    /// The stream has no engagement.
    #[error("there is no such engagement")]
    NotOpened,
    /// Closed before.
    #[error("this engagement is closed")]
    AlreadyClosed,
    /// It is already as asked for.
    #[error("nothing about this engagement would change")]
    NothingChanged,
}

impl Engagement {
    /// The stream of an engagement.
    pub fn stream(engagement: &EngagementId) -> Subject {
        Subject::parse(&format!("{}/{engagement}", Self::TYPE)).expect("a UUID is a reference's id")
    }

    /// Decides a command: the one place where the rules of an engagement stand.
    ///
    /// # Errors
    /// [`EngagementError`], when the engagement does not allow it.
    pub fn decide(&self, command: Command) -> Result<EngagementEvent, EngagementError> {
        match command {
            Command::Open(plan) => self.open(plan).map(EngagementEvent::EngagementOpened),
            Command::Change(plan) => self.change(plan).map(EngagementEvent::EngagementChanged),
            Command::Close { note } => {
                self.current().map(|_| EngagementEvent::EngagementClosed(EngagementClosed { note }))
            }
        }
    }

    fn open(&self, plan: Plan) -> Result<Plan, EngagementError> {
        match self {
            Engagement::Absent => Ok(plan),
            Engagement::Open(_) => Err(EngagementError::AlreadyOpened),
            Engagement::Closed(_) => Err(EngagementError::AlreadyClosed),
        }
    }

    fn change(&self, plan: Plan) -> Result<Plan, EngagementError> {
        if *self.current()? == plan {
            return Err(EngagementError::NothingChanged);
        }
        Ok(plan)
    }

    /// What it is, while it is open: what grants and evidence may newly refer to.
    ///
    /// # Errors
    /// [`EngagementError::NotOpened`] or [`EngagementError::AlreadyClosed`].
    pub fn current(&self) -> Result<&Plan, EngagementError> {
        match self {
            Engagement::Absent => Err(EngagementError::NotOpened),
            Engagement::Open(plan) => Ok(plan),
            Engagement::Closed(_) => Err(EngagementError::AlreadyClosed),
        }
    }

    /// What it is or was.
    pub fn plan(&self) -> Option<&Plan> {
        match self {
            Engagement::Absent => None,
            Engagement::Open(plan) | Engagement::Closed(plan) => Some(plan),
        }
    }

    /// The state's name: `absent`, `open`, `closed`.
    pub fn state(&self) -> &'static str {
        match self {
            Engagement::Absent => "absent",
            Engagement::Open(_) => "open",
            Engagement::Closed(_) => "closed",
        }
    }
}

impl Aggregate for Engagement {
    const TYPE: &'static str = "engagement";
    type Command = Command;
    type Event = EngagementEvent;
    type Error = EngagementError;
    type Services = Ctx;

    /// A bridge to [`Engagement::decide`], which decides.
    async fn handle(&mut self, command: Command, _: &Ctx, sink: &EventSink<Self>) -> Result<(), EngagementError> {
        let event = self.decide(command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: EngagementEvent) {
        match event {
            EngagementEvent::EngagementOpened(plan) | EngagementEvent::EngagementChanged(plan) => {
                *self = Engagement::Open(plan);
            }
            EngagementEvent::EngagementClosed(_) => {
                if let Engagement::Open(plan) = std::mem::take(self) {
                    *self = Engagement::Closed(plan);
                }
            }
        }
    }
}
