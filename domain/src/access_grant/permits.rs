//! What a grant lets its auditor do at this moment.

use ledger::vocabulary::Timestamp;

use super::filters::Item;
use super::scope::{Capability, Resource};
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
        let scope = self.entered(now)?.scope();
        if !scope.gives(capability, resource) {
            return Err(Refusal::NotPermitted);
        }
        match item {
            Item::List => Ok(()),
            Item::One(facts) => scope.filters().admit(resource, facts),
            Item::Unknown => scope.filters().admit_unknown(resource),
        }
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
