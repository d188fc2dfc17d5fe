//! What can be asked of a grant, and why it may be refused.

use core::num::NonZeroU32;

use ledger::vocabulary::Timestamp;
use thiserror::Error;

use super::bundle::RoleTitle;
use super::expiry::DurationLimits;
use super::scope::Scope;
use crate::activity::Refusal;
use crate::invitation::{Delivery, Invitation};
use crate::name::{EmailHash, GrantId, PersonId, Sha256};
use crate::note::Note;
use crate::person::{Email, Firm, PersonName};

/// What can be asked of a grant. What the organisation's policy says about it comes with it: the policy in force when
/// it is asked decides, and the grant does not know it.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Give access.
    Grant(Grant),
    /// Take it up, or open it again with its link, as the auditor.
    Accept {
        /// The hash of the token presented; none where the access has no link. The caller has found the grant by it
        /// and has compared it in constant time.
        token_sha256: Option<Sha256>,
    },
    /// Replace the link, which makes the one before worthless. How often in an hour is the caller's to count.
    Resend(Resend),
    /// Give more, less or something else, from the next request on.
    Change(NewExtent),
    /// Accept the terms of engagement, as the auditor.
    AcceptTerms(AcceptTerms),
    /// Have the terms of engagement accepted again.
    ClearTerms {
        /// Why.
        note: Option<Note>,
    },
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
    /// The hash of that address under the person's data key.
    pub email_hash: Option<EmailHash>,
    /// What that person is called.
    pub name: Option<PersonName>,
    /// For which firm that person works.
    pub firm: Firm,
    /// What that person is called on the engagement.
    pub role_title: Option<RoleTitle>,
    /// To what.
    pub scope: Scope,
    /// Until when; within `limits` from now.
    pub expires_at: Timestamp,
    /// What the policy says of its duration.
    pub limits: DurationLimits,
    /// The link that opens it. None only in what was recorded in version 1 without a token.
    pub invitation: Option<Invitation>,
    /// The grant that it renews.
    pub regrant_of: Option<GrantId>,
}

/// A link to be replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Resend {
    /// How the new link reaches the auditor.
    pub delivery: Delivery,
    /// The hash of the new token.
    pub token_sha256: Sha256,
    /// Whether the policy lets links be replaced; otherwise a lost link asks for a new grant.
    pub policy_allows: bool,
}

/// What a grant is to reach, and until when. What is to stay is given as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct NewExtent {
    /// To what.
    pub scope: Scope,
    /// Until when; where that changes, within `limits` from now.
    pub expires_at: Timestamp,
    /// What the policy says of its duration.
    pub limits: DurationLimits,
    /// Whether the policy lets grants be edited; otherwise another extent asks for a new grant.
    pub policy_allows: bool,
}

/// Terms of engagement to be accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptTerms {
    /// The version that was shown, from 1.
    pub version: NonZeroU32,
    /// The hash of its text.
    pub text_sha256: Sha256,
    /// The name that the auditor typed as a signature.
    pub signed_name: PersonName,
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
    /// Not accepted yet.
    #[error("this access has not been accepted")]
    NotAccepted,
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
    /// Less than the policy asks for.
    #[error(
        "access is granted for at least {min_days} days of 24 hours, and {expires_at} is less than that from {now}"
    )]
    TooShort {
        /// Until when it was to be.
        expires_at: Timestamp,
        /// When it was asked.
        now: Timestamp,
        /// The shortest that is allowed, in days.
        min_days: u16,
    },
    /// More than the policy allows.
    #[error("access is granted for at most {max_days} days of 24 hours, and {expires_at} is more than that from {now}")]
    TooLong {
        /// Until when it was to be.
        expires_at: Timestamp,
        /// When it was asked.
        now: Timestamp,
        /// The longest that is allowed, in days.
        max_days: u16,
    },
    /// An auditor tried to accept a grant that is for somebody else.
    #[error("this access is for another person")]
    AnotherPerson,
    /// The token presented is not the one in force.
    #[error("this link has been replaced or is of another access")]
    AnotherToken,
    /// It was recorded in version 1 without a token.
    #[error("this access has no link")]
    NoLink,
    /// The policy does not let links be replaced.
    #[error("the organisation's policy asks for a new grant instead of another link")]
    ResendNotAllowed,
    /// The policy does not let grants be edited.
    #[error("the organisation's policy asks for a new grant instead of a change")]
    ChangeNotAllowed,
    /// What was asked for is what there is.
    #[error("nothing would change")]
    NothingChanged,
    /// That version has been accepted, and nobody asked for it again.
    #[error("version {version} of the terms has already been accepted")]
    TermsAlreadyAccepted {
        /// The version.
        version: NonZeroU32,
    },
    /// There is no acceptance to clear.
    #[error("no terms have been accepted")]
    TermsNotAccepted,
}

impl GrantError {
    /// The reason that a refused attempt to accept is recorded with; none where the refusal is not about the link.
    pub const fn reason(self) -> Option<Refusal> {
        match self {
            GrantError::NotGranted => Some(Refusal::GrantUnknown),
            GrantError::AlreadyAccepted => Some(Refusal::LinkUsed),
            GrantError::AlreadyRevoked => Some(Refusal::GrantRevoked),
            GrantError::AlreadyExpired | GrantError::Over { .. } => Some(Refusal::GrantExpired),
            GrantError::AnotherPerson => Some(Refusal::AnotherPerson),
            GrantError::AnotherToken => Some(Refusal::TokenReplaced),
            GrantError::AlreadyGranted
            | GrantError::NotAccepted
            | GrantError::NotOver { .. }
            | GrantError::TooShort { .. }
            | GrantError::TooLong { .. }
            | GrantError::NoLink
            | GrantError::ResendNotAllowed
            | GrantError::ChangeNotAllowed
            | GrantError::NothingChanged
            | GrantError::TermsAlreadyAccepted { .. }
            | GrantError::TermsNotAccepted => None,
        }
    }
}
