//! A grant of access: an organisation lets one auditor see part of its records until an instant.
//!
//! Stream `access_grant/<grant>`. What the auditor does under it stands in a stream of its own
//! ([`crate::activity`]), so this one stays short and is loaded for every request.
//!
//! [`Scope`] is how far it reaches, [`Extent`] that and until when, [`Change`] what an edit does to it, [`words`] what its
//! state is called. The rules stand in `decide.rs`.

mod bundle;
mod change;
mod command;
mod decide;
mod events;
pub mod expiry;
mod extent;
mod filters;
mod granted;
mod permits;
mod scope;
#[cfg(test)]
mod tests;
pub mod words;

use core::num::NonZeroU32;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use ledger::vocabulary::{Personal, Subject, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::bundle::{Bundle, InvitePermission, Level, RoleTitle};
pub use self::change::{Change, ChangeLine, Direction, Part, Values};
pub use self::command::{AcceptTerms, Command, Grant, GrantError, NewExtent, Resend};
pub(crate) use self::events::DESCRIPTIONS;
pub use self::events::{
    AccessChanged, AccessExpired, AccessGrantEvent, AccessRevoked, InviteAccepted, InviteResent, Link, TermsAccepted,
    TermsCleared,
};
pub use self::expiry::{DAYS_MAX, DurationLimits, LimitsError};
pub use self::extent::Extent;
pub use self::filters::{Facts, Filters, Item, Window, WindowError};
pub use self::granted::AccessGranted;
pub use self::scope::{Capability, Resource, Scope, ScopeError};
use crate::context::Ctx;
use crate::invitation::Invitation;
use crate::name::{EmailHash, GrantId, PersonId, Sha256, words};
use crate::person::{Email, Firm, PersonName};

words! {
    /// Where a grant stands, as a word. Scheduled, suspended and completed are reserved for what is not there yet.
    pub enum State("state of a grant") {
        /// Taken up by the auditor.
        Active = "active",
        /// Over by itself.
        Expired = "expired",
        /// Given, and not taken up yet.
        Pending = "pending",
        /// Taken back.
        Revoked = "revoked",
    }
}

/// Where a grant stands. Revoked and expired are final: access is given again by another grant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum AccessGrant {
    /// Nothing has happened in this stream.
    #[default]
    Absent,
    /// Given, and not taken up yet.
    Pending(Terms),
    /// Taken up by the auditor.
    Active(Terms),
    /// Taken back.
    Revoked(Terms),
    /// Recorded as run out. A grant has no effect from its end on, whether that is recorded or not.
    Expired(Terms),
}

/// What a grant comes to: what was granted, and every change since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// To what, and until when.
    pub extent: Extent,
    /// How many versions of its extent there are: 1, and one more for each change.
    pub version: u32,
    /// The auditor.
    pub person: PersonId,
    /// The auditor's firm.
    pub firm: Firm,
    /// What the auditor is called on the engagement.
    pub role_title: Option<RoleTitle>,
    /// The hash of the auditor's address.
    pub email_hash: Option<EmailHash>,
    /// The link that opens it, with the token in force; none where version 1 recorded it without a token.
    pub invitation: Option<Invitation>,
    /// The grant that it renews.
    pub regrant_of: Option<GrantId>,
    /// The terms of engagement that count as accepted.
    pub accepted_terms: Option<AcceptedVersion>,
    /// The auditor's address.
    #[serde(skip)]
    pub email: Personal<Email>,
    /// The auditor's name; none where it was not given.
    #[serde(skip)]
    pub name: Option<Personal<PersonName>>,
}

/// A version of the terms of engagement that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedVersion {
    /// Its number.
    pub version: NonZeroU32,
    /// The hash of its text.
    pub text_sha256: Sha256,
}

impl Terms {
    fn of(granted: AccessGranted) -> Self {
        Self {
            extent: granted.extent,
            version: 1,
            person: granted.person,
            firm: granted.firm,
            role_title: granted.role_title,
            email_hash: granted.email_hash,
            invitation: granted.invitation,
            regrant_of: granted.regrant_of,
            accepted_terms: None,
            email: granted.email,
            name: granted.name,
        }
    }

    /// To what.
    pub fn scope(&self) -> &Scope {
        &self.extent.scope
    }

    /// From this instant on nothing is allowed any more.
    pub fn expires_at(&self) -> Timestamp {
        self.extent.expires_at
    }

    /// The hash of the token in force.
    pub fn token_sha256(&self) -> Option<&Sha256> {
        self.invitation.as_ref().map(|invitation| &invitation.token_sha256)
    }

    /// Whether the terms of engagement, of which that version is in force, have to be accepted before anything is shown:
    /// they never were, or it was another version, or that was cleared.
    pub fn needs_terms(&self, version: NonZeroU32) -> bool {
        self.accepted_terms.as_ref().is_none_or(|accepted| accepted.version != version)
    }
}

impl AccessGrant {
    /// The stream of a grant.
    pub fn stream(grant: &GrantId) -> Subject {
        Subject::parse(&format!("{}/{grant}", Self::TYPE)).expect("a UUID is a reference's id")
    }

    /// What was granted, whatever became of it.
    pub fn terms(&self) -> Option<&Terms> {
        match self {
            AccessGrant::Absent => None,
            AccessGrant::Pending(terms)
            | AccessGrant::Active(terms)
            | AccessGrant::Revoked(terms)
            | AccessGrant::Expired(terms) => Some(terms),
        }
    }

    /// The state as it is recorded; nothing where there is no grant.
    pub fn state(&self) -> Option<State> {
        match self {
            AccessGrant::Absent => None,
            AccessGrant::Pending(_) => Some(State::Pending),
            AccessGrant::Active(_) => Some(State::Active),
            AccessGrant::Revoked(_) => Some(State::Revoked),
            AccessGrant::Expired(_) => Some(State::Expired),
        }
    }

    /// The state that is true now: what is over is expired, whether that is recorded or not.
    pub fn state_at(&self, now: Timestamp) -> Option<State> {
        match self {
            AccessGrant::Pending(terms) | AccessGrant::Active(terms) if terms.expires_at() <= now => {
                Some(State::Expired)
            }
            _ => self.state(),
        }
    }

    /// Moves every state that has terms on; an absent grant has none and stays what it is.
    fn advance(&mut self, next: fn(Terms) -> AccessGrant) {
        *self = match std::mem::take(self) {
            AccessGrant::Absent => AccessGrant::Absent,
            AccessGrant::Pending(terms)
            | AccessGrant::Active(terms)
            | AccessGrant::Revoked(terms)
            | AccessGrant::Expired(terms) => next(terms),
        };
    }

    /// Takes over what leaves the state as it is.
    fn amend(&mut self, amend: impl FnOnce(&mut Terms)) {
        match self {
            AccessGrant::Absent => {}
            AccessGrant::Pending(terms)
            | AccessGrant::Active(terms)
            | AccessGrant::Revoked(terms)
            | AccessGrant::Expired(terms) => amend(terms),
        }
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
            AccessGrantEvent::AccessGranted(granted) => *self = AccessGrant::Pending(Terms::of(*granted)),
            AccessGrantEvent::InviteAccepted(_) => self.advance(AccessGrant::Active),
            AccessGrantEvent::AccessRevoked(_) => self.advance(AccessGrant::Revoked),
            AccessGrantEvent::AccessExpired(_) => self.advance(AccessGrant::Expired),
            AccessGrantEvent::InviteResent(resent) => self.amend(|terms| {
                if let Some(invitation) = &mut terms.invitation {
                    invitation.delivery = resent.delivery.unwrap_or(invitation.delivery);
                    invitation.token_sha256 = resent.token_sha256;
                }
            }),
            AccessGrantEvent::AccessChanged(changed) => self.amend(|terms| {
                terms.extent = changed.after;
                terms.version = changed.version;
            }),
            AccessGrantEvent::TermsAccepted(TermsAccepted { version, text_sha256, .. }) => self.amend(|terms| {
                terms.accepted_terms = Some(AcceptedVersion { version, text_sha256 });
            }),
            AccessGrantEvent::TermsCleared(_) => self.amend(|terms| terms.accepted_terms = None),
        }
    }
}
