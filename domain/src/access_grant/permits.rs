//! What a grant lets its auditor do at this moment.

use ledger::vocabulary::Timestamp;

use super::filters::Item;
use super::scope::{Capability, Resource, Scope};
use super::{AccessGrant, Terms};
use crate::activity::Refusal;

impl AccessGrant {
    /// Whether the auditor may do that now. The answer names the reason that the refused act is recorded with.
    ///
    /// Session and terms of engagement are asked about before: [`AccessGrant::entered`] and [`Terms::needs_terms`]
    /// answer for them, with [`Refusal::SessionEnded`] and [`Refusal::TermsNotAccepted`] as the caller's reasons.
    ///
    /// # Errors
    /// [`Refusal`], the first rule that forbids it.
    pub fn permits(
        &self,
        now: Timestamp,
        capability: Capability,
        resource: Resource,
        item: Item<'_>,
    ) -> Result<(), Refusal> {
        self.entered(now)?.scope().permits(capability, resource, item)
    }

    /// The terms of a grant that lets its auditor in now: taken up and not over.
    ///
    /// # Errors
    /// [`Refusal`], why it does not.
    pub fn entered(&self, now: Timestamp) -> Result<&Terms, Refusal> {
        match self {
            AccessGrant::Active(terms) if now < terms.expires_at() => Ok(terms),
            AccessGrant::Active(_) | AccessGrant::Expired(_) => Err(Refusal::GrantExpired),
            AccessGrant::Absent => Err(Refusal::GrantUnknown),
            AccessGrant::Pending(_) => Err(Refusal::GrantNotAccepted),
            AccessGrant::Revoked(_) => Err(Refusal::GrantRevoked),
        }
    }
}

impl Scope {
    /// Whether it reaches that, whoever has it and whatever became of the grant: what a preview shows.
    ///
    /// # Errors
    /// [`Refusal`], the first rule that forbids it.
    pub fn permits(&self, capability: Capability, resource: Resource, item: Item<'_>) -> Result<(), Refusal> {
        if !self.gives(capability, resource) {
            return Err(Refusal::NotPermitted);
        }
        match item {
            Item::List => Ok(()),
            Item::One(facts) => self.filters().admit(resource, facts),
            Item::Unknown => self.filters().admit_unknown(resource),
        }
    }
}
