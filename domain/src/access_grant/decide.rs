//! The rules of a grant: which command is refused and what happens otherwise.

use ledger::vocabulary::{ActorType, Personal};

use super::change::Change;
use super::command::{AcceptTerms, Command, Grant, GrantError, NewExtent, Resend};
use super::events::{
    AccessChanged, AccessExpired, AccessGrantEvent, AccessRevoked, InviteAccepted, InviteResent, Link, TermsAccepted,
    TermsCleared,
};
use super::extent::Extent;
use super::granted::AccessGranted;
use super::{AccessGrant, Terms};
use crate::context::Ctx;
use crate::invitation::LinkReuse;
use crate::name::Sha256;
use crate::note::Note;

impl AccessGrant {
    /// Decides a command: the one place where the rules of a grant stand.
    ///
    /// # Errors
    /// [`GrantError`], when the grant does not allow it.
    pub fn decide(&self, ctx: &Ctx, command: Command) -> Result<AccessGrantEvent, GrantError> {
        match command {
            Command::Grant(grant) => self.grant(ctx, grant).map(Box::new).map(AccessGrantEvent::AccessGranted),
            Command::Accept { token_sha256 } => {
                self.accept(ctx, token_sha256.as_ref()).map(AccessGrantEvent::InviteAccepted)
            }
            Command::Resend(resend) => self.resend(ctx, resend).map(AccessGrantEvent::InviteResent),
            Command::Change(new) => self.change(ctx, new).map(Box::new).map(AccessGrantEvent::AccessChanged),
            Command::AcceptTerms(terms) => self.accept_terms(ctx, terms).map(AccessGrantEvent::TermsAccepted),
            Command::ClearTerms { note } => self.clear_terms(ctx, note).map(AccessGrantEvent::TermsCleared),
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
        let extent = Extent { expires_at: grant.expires_at, scope: grant.scope };
        grant.limits.check(ctx.now, extent.expires_at)?;
        Ok(AccessGranted {
            extent,
            person: grant.person,
            firm: grant.firm,
            role_title: grant.role_title,
            email_hash: grant.email_hash,
            invitation: grant.invitation,
            regrant_of: grant.regrant_of,
            email: Personal::Known(grant.email),
            name: grant.name.map(Personal::Known),
        })
    }

    fn accept(&self, ctx: &Ctx, presented: Option<&Sha256>) -> Result<InviteAccepted, GrantError> {
        let terms = self.in_force(ctx)?;
        if presented != terms.token_sha256() {
            return Err(GrantError::AnotherToken);
        }
        check_person(ctx, terms)?;
        let reuse = terms.invitation.as_ref().map_or(LinkReuse::SingleUse, |invitation| invitation.link_reuse);
        match (self, reuse) {
            (AccessGrant::Active(_), LinkReuse::SingleUse) => Err(GrantError::AlreadyAccepted),
            (AccessGrant::Active(_), LinkReuse::Reusable) => Ok(InviteAccepted { link: Link::Again }),
            _ => Ok(InviteAccepted { link: Link::First }),
        }
    }

    fn resend(&self, ctx: &Ctx, resend: Resend) -> Result<InviteResent, GrantError> {
        let terms = self.in_force(ctx)?;
        if let AccessGrant::Active(_) = self {
            return Err(GrantError::AlreadyAccepted);
        }
        let current = terms.token_sha256().ok_or(GrantError::NoLink)?;
        if !resend.policy_allows {
            return Err(GrantError::ResendNotAllowed);
        }
        if resend.token_sha256 == *current {
            return Err(GrantError::NothingChanged);
        }
        Ok(InviteResent { delivery: Some(resend.delivery), token_sha256: resend.token_sha256 })
    }

    fn change(&self, ctx: &Ctx, new: NewExtent) -> Result<AccessChanged, GrantError> {
        let terms = self.in_force(ctx)?;
        if !new.policy_allows {
            return Err(GrantError::ChangeNotAllowed);
        }
        let (before, after) = (&terms.extent, Extent { expires_at: new.expires_at, scope: new.scope });
        let change = Change::between(before, &after);
        if change.is_empty() {
            return Err(GrantError::NothingChanged);
        }
        // An end that stays may be nearer than the policy's shortest duration, or farther than what is now its longest.
        if before.expires_at != after.expires_at {
            new.limits.check(ctx.now, after.expires_at)?;
        }
        let version = terms.version + 1;
        Ok(AccessChanged { after, before: before.clone(), version, widening: change.is_widening() })
    }

    fn accept_terms(&self, ctx: &Ctx, asked: AcceptTerms) -> Result<TermsAccepted, GrantError> {
        let terms = self.taken_up(ctx)?;
        check_person(ctx, terms)?;
        let AcceptTerms { version, text_sha256, signed_name } = asked;
        if !terms.needs_terms(version) {
            return Err(GrantError::TermsAlreadyAccepted { version });
        }
        let signed_name = Some(Personal::Known(signed_name));
        Ok(TermsAccepted { person: Some(terms.person.clone()), text_sha256, version, signed_name })
    }

    fn clear_terms(&self, ctx: &Ctx, note: Option<Note>) -> Result<TermsCleared, GrantError> {
        let accepted = self.taken_up(ctx)?.accepted_terms.as_ref();
        let version = accepted.ok_or(GrantError::TermsNotAccepted)?.version;
        Ok(TermsCleared { note, version })
    }

    // Also after its time, while that is not recorded: whoever wants access gone for certain gets it.
    fn revoke(&self, note: Option<Note>, sessions_ended: u32) -> Result<AccessRevoked, GrantError> {
        self.not_ended()?;
        Ok(AccessRevoked { note, sessions_ended })
    }

    fn expire(&self, ctx: &Ctx, sessions_ended: u32) -> Result<AccessExpired, GrantError> {
        let expires_at = self.not_ended()?.expires_at();
        if ctx.now < expires_at {
            return Err(GrantError::NotOver { expires_at, now: ctx.now });
        }
        Ok(AccessExpired { expires_at, sessions_ended })
    }

    /// A grant whose end is not recorded.
    fn not_ended(&self) -> Result<&Terms, GrantError> {
        match self {
            AccessGrant::Pending(terms) | AccessGrant::Active(terms) => Ok(terms),
            AccessGrant::Absent => Err(GrantError::NotGranted),
            AccessGrant::Revoked(_) => Err(GrantError::AlreadyRevoked),
            AccessGrant::Expired(_) => Err(GrantError::AlreadyExpired),
        }
    }

    /// A grant whose end has not come.
    fn in_force(&self, ctx: &Ctx) -> Result<&Terms, GrantError> {
        let terms = self.not_ended()?;
        let expires_at = terms.expires_at();
        if ctx.now < expires_at { Ok(terms) } else { Err(GrantError::Over { expires_at }) }
    }

    /// A grant in force that its auditor has accepted.
    fn taken_up(&self, ctx: &Ctx) -> Result<&Terms, GrantError> {
        let terms = self.in_force(ctx)?;
        if let AccessGrant::Active(_) = self { Ok(terms) } else { Err(GrantError::NotAccepted) }
    }
}

/// An API key acts on behalf of whoever it serves; an auditor only for themselves.
fn check_person(ctx: &Ctx, terms: &Terms) -> Result<(), GrantError> {
    if ctx.actor.kind == ActorType::Auditor && ctx.actor.id != terms.person.as_str() {
        return Err(GrantError::AnotherPerson);
    }
    Ok(())
}
