//! A grant of access: an organisation lets one auditor see part of its records until an instant.
//!
//! Stream `access_grant/<grant>`. What the auditor does under it stands in a stream of its own
//! ([`crate::activity`]), so this one stays short and is loaded for every request.

mod events;
mod scope;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use ledger::vocabulary::{ActorType, Personal, Subject, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use self::events::DESCRIPTIONS;
pub use self::events::{AccessExpired, AccessGrantEvent, AccessGranted, AccessRevoked, InviteAccepted, Link};
pub use self::scope::{Bundle, Capability, Resource, Scope, ScopeError};
use crate::activity::Refusal;
use crate::context::Ctx;
use crate::name::{GrantId, PersonId, Sha256};
use crate::note::Note;
use crate::person::{Email, Firm, PersonName};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// The shortest access that can be granted; the organisation's policy may ask for more.
const DURATION_MICROS_MIN: i64 = DAY_MICROS;
/// The longest access that can be granted, whatever the organisation's policy says.
const DURATION_MICROS_MAX: i64 = 365 * DAY_MICROS;

/// Where a grant stands. Revoked and expired are final: access is given again by another grant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum AccessGrant {
    /// Nothing has happened in this stream.
    #[default]
    Absent,
    /// Given, and not taken up yet.
    Granted(AccessGranted),
    /// Taken up by the auditor.
    Accepted(AccessGranted),
    /// Taken back.
    Revoked(AccessGranted),
    /// Recorded as run out. A grant has no effect from `expires_at` on, whether that is recorded or not.
    Expired(AccessGranted),
}

/// What can be asked of a grant.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Give access.
    Grant(Grant),
    /// Take it up, as the auditor.
    Accept,
    /// Take it back.
    Revoke {
        /// Why.
        note: Option<Note>,
        /// How many sessions of the auditor end with it.
        sessions_ended: u32,
    },
    /// Record that it ran out.
    Expire {
        /// How many sessions of the auditor end with it.
        sessions_ended: u32,
    },
}

/// Access to be given.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// To whom.
    pub person: PersonId,
    /// Where that person gets mail.
    pub email: Email,
    /// What that person is called.
    pub name: Option<PersonName>,
    /// For which firm that person works.
    pub firm: Firm,
    /// To what.
    pub scope: Scope,
    /// Until when: at least a day and at most 365 days from now.
    pub expires_at: Timestamp,
    /// The hash of the token that opens it, if one was sent.
    pub token_sha256: Option<Sha256>,
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GrantError {
    /// The stream already has a grant.
    #[error("this access has already been granted")]
    AlreadyGranted,
    /// The stream has no grant.
    #[error("there is no such grant")]
    NotGranted,
    /// Accepted before.
    #[error("this access has already been accepted")]
    AlreadyAccepted,
    /// Revoked before.
    #[error("this access has been revoked")]
    AlreadyRevoked,
    /// Recorded as expired before.
    #[error("this access has expired, and that is recorded")]
    AlreadyExpired,
    /// Its time is over.
    #[error("this access expired at {expires_at}")]
    Over {
        /// Since when.
        expires_at: Timestamp,
    },
    /// Its time is not over.
    #[error("this access does not expire before {expires_at}; it is {now}")]
    NotOver {
        /// When it will be.
        expires_at: Timestamp,
        /// When it was asked.
        now: Timestamp,
    },
    /// Less than a day.
    #[error("access is granted for at least a day, and {expires_at} is less than that from {now}")]
    TooShort {
        /// Until when it was to be.
        expires_at: Timestamp,
        /// When it was asked.
        now: Timestamp,
    },
    /// More than 365 days.
    #[error("access is granted for at most 365 days, and {expires_at} is more than that from {now}")]
    TooLong {
        /// Until when it was to be.
        expires_at: Timestamp,
        /// When it was asked.
        now: Timestamp,
    },
    /// An auditor tried to accept a grant that is for somebody else.
    #[error("this access is for another person")]
    AnotherPerson,
}

impl AccessGrant {
    /// The stream of a grant.
    pub fn stream(grant: &GrantId) -> Subject {
        Subject::parse(&format!("{}/{grant}", Self::TYPE)).expect("a UUID is a reference's id")
    }

    /// Decides a command: the one place where the rules of a grant stand.
    ///
    /// # Errors
    /// [`GrantError`], when the grant does not allow it.
    pub fn decide(&self, ctx: &Ctx, command: Command) -> Result<AccessGrantEvent, GrantError> {
        match command {
            Command::Grant(grant) => self.grant(ctx, grant).map(AccessGrantEvent::AccessGranted),
            Command::Accept => self.accept(ctx).map(AccessGrantEvent::InviteAccepted),
            Command::Revoke { note, sessions_ended } => {
                self.revoke(note, sessions_ended).map(AccessGrantEvent::AccessRevoked)
            }
            Command::Expire { sessions_ended } => self.expire(ctx, sessions_ended).map(AccessGrantEvent::AccessExpired),
        }
    }

    fn grant(&self, ctx: &Ctx, grant: Grant) -> Result<AccessGranted, GrantError> {
        if *self != AccessGrant::Absent {
            return Err(GrantError::AlreadyGranted);
        }
        let (expires_at, now) = (grant.expires_at, ctx.now);
        let duration = expires_at.as_micros().saturating_sub(now.as_micros());
        if duration < DURATION_MICROS_MIN {
            return Err(GrantError::TooShort { expires_at, now });
        }
        if DURATION_MICROS_MAX < duration {
            return Err(GrantError::TooLong { expires_at, now });
        }
        let (bundle, capabilities, resources) = grant.scope.into_parts();
        Ok(AccessGranted {
            bundle,
            capabilities,
            expires_at,
            firm: grant.firm,
            person: grant.person,
            resources,
            token_sha256: grant.token_sha256,
            email: Personal::Known(grant.email),
            name: grant.name.map(Personal::Known),
        })
    }

    fn accept(&self, ctx: &Ctx) -> Result<InviteAccepted, GrantError> {
        let terms = match self {
            AccessGrant::Granted(terms) => terms,
            AccessGrant::Absent => return Err(GrantError::NotGranted),
            AccessGrant::Accepted(_) => return Err(GrantError::AlreadyAccepted),
            AccessGrant::Revoked(_) => return Err(GrantError::AlreadyRevoked),
            AccessGrant::Expired(_) => return Err(GrantError::AlreadyExpired),
        };
        if terms.expires_at <= ctx.now {
            return Err(GrantError::Over { expires_at: terms.expires_at });
        }
        // An API key accepts on behalf of whoever it serves; an auditor only for themselves.
        if ctx.actor.kind == ActorType::Auditor && ctx.actor.id != terms.person.as_str() {
            return Err(GrantError::AnotherPerson);
        }
        Ok(InviteAccepted { link: Link::First })
    }

    // Also after its time, while that is not recorded: whoever wants access gone for certain gets it.
    fn revoke(&self, note: Option<Note>, sessions_ended: u32) -> Result<AccessRevoked, GrantError> {
        match self {
            AccessGrant::Granted(_) | AccessGrant::Accepted(_) => Ok(AccessRevoked { note, sessions_ended }),
            AccessGrant::Absent => Err(GrantError::NotGranted),
            AccessGrant::Revoked(_) => Err(GrantError::AlreadyRevoked),
            AccessGrant::Expired(_) => Err(GrantError::AlreadyExpired),
        }
    }

    fn expire(&self, ctx: &Ctx, sessions_ended: u32) -> Result<AccessExpired, GrantError> {
        let expires_at = match self {
            AccessGrant::Granted(terms) | AccessGrant::Accepted(terms) => terms.expires_at,
            AccessGrant::Absent => return Err(GrantError::NotGranted),
            AccessGrant::Revoked(_) => return Err(GrantError::AlreadyRevoked),
            AccessGrant::Expired(_) => return Err(GrantError::AlreadyExpired),
        };
        if ctx.now < expires_at {
            return Err(GrantError::NotOver { expires_at, now: ctx.now });
        }
        Ok(AccessExpired { expires_at, sessions_ended })
    }

    /// Whether the auditor may do that now. The answer names the reason that the refused act is recorded with.
    ///
    /// # Errors
    /// [`Refusal`], the first rule that forbids it.
    pub fn permits(&self, now: Timestamp, capability: Capability, resource: Resource) -> Result<(), Refusal> {
        let terms = match self {
            AccessGrant::Accepted(terms) => terms,
            AccessGrant::Absent => return Err(Refusal::GrantUnknown),
            AccessGrant::Granted(_) => return Err(Refusal::GrantNotAccepted),
            AccessGrant::Revoked(_) => return Err(Refusal::GrantRevoked),
            AccessGrant::Expired(_) => return Err(Refusal::GrantExpired),
        };
        if terms.expires_at <= now {
            return Err(Refusal::GrantExpired);
        }
        if terms.capabilities.contains(&capability) && terms.resources.contains(&resource) {
            return Ok(());
        }
        Err(Refusal::NotPermitted)
    }

    /// What was granted, whatever became of it.
    pub fn terms(&self) -> Option<&AccessGranted> {
        match self {
            AccessGrant::Absent => None,
            AccessGrant::Granted(terms)
            | AccessGrant::Accepted(terms)
            | AccessGrant::Revoked(terms)
            | AccessGrant::Expired(terms) => Some(terms),
        }
    }

    /// The state's name: `absent`, `granted`, `accepted`, `revoked`, `expired`.
    pub fn state(&self) -> &'static str {
        match self {
            AccessGrant::Absent => "absent",
            AccessGrant::Granted(_) => "granted",
            AccessGrant::Accepted(_) => "accepted",
            AccessGrant::Revoked(_) => "revoked",
            AccessGrant::Expired(_) => "expired",
        }
    }

    /// Moves every state that has terms on; an absent grant has none and stays what it is.
    fn advance(&mut self, next: fn(AccessGranted) -> AccessGrant) {
        *self = match std::mem::take(self) {
            AccessGrant::Absent => AccessGrant::Absent,
            AccessGrant::Granted(terms)
            | AccessGrant::Accepted(terms)
            | AccessGrant::Revoked(terms)
            | AccessGrant::Expired(terms) => next(terms),
        };
    }
}

impl Aggregate for AccessGrant {
    const TYPE: &'static str = "access_grant";
    type Command = Command;
    type Event = AccessGrantEvent;
    type Error = GrantError;
    type Services = Ctx;

    /// A bridge to [`AccessGrant::decide`], which decides.
    async fn handle(&mut self, command: Command, ctx: &Ctx, sink: &EventSink<Self>) -> Result<(), GrantError> {
        let event = self.decide(ctx, command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: AccessGrantEvent) {
        match event {
            AccessGrantEvent::AccessGranted(terms) => *self = AccessGrant::Granted(terms),
            AccessGrantEvent::InviteAccepted(_) => self.advance(AccessGrant::Accepted),
            AccessGrantEvent::AccessRevoked(_) => self.advance(AccessGrant::Revoked),
            AccessGrantEvent::AccessExpired(_) => self.advance(AccessGrant::Expired),
        }
    }
}
