//! What a member does with what they sign in by: stream `credential/<member>`, and `credential/unknown` for attempts with
//! an address, a passkey or a link that is nobody's.
//!
//! There is no state and nothing to load: whether a password or a passkey is right is decided where these are kept, and
//! each act is appended whatever was decided, before its answer leaves. The subject is the member.

mod detail;
#[cfg(test)]
mod tests;

use std::num::NonZeroU8;

use ledger::vocabulary::{Outcome, Subject, Timestamp};
use thiserror::Error;

pub(crate) use self::detail::DESCRIPTIONS;
use crate::name::{PasskeyId, PersonId, SessionId, words};
use crate::tally::Tally;

/// How long a confirmation counts for privileged acts (S4-42).
const FRESH_MICROS: i64 = 15 * 60 * 1_000_000;

/// The stream of what a member signs in by.
pub fn stream(member: &PersonId) -> Subject {
    Subject::parse(&format!("credential/{member}")).expect("a UUID is a reference's id")
}

/// The stream of attempts by nobody that the organisation knows.
const UNKNOWN_STREAM: &str = "credential/unknown";
/// The subject of such attempts.
const UNKNOWN_SUBJECT: &str = "member/unknown";

/// An event of the stream `credential/<member>`, or of `credential/unknown`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialEvent {
    /// Whose credentials they are. It is the subject of the entry, and not in its detail. Nobody's only where somebody
    /// tried to sign in and was refused as [`CredentialRefusal::UnknownMember`], or came with another secret than that of
    /// jobs, or with no good API key, and where refusals are counted that were nobody's in particular.
    pub member: Option<PersonId>,
    /// What happened.
    pub act: Act,
}

impl CredentialEvent {
    /// What a member did.
    pub fn of(member: &PersonId, act: Act) -> Self {
        Self { member: Some(member.clone()), act }
    }

    /// Somebody tried to sign in as nobody that the organisation knows.
    pub fn unknown(method: Method) -> Self {
        let outcome = Err(CredentialRefusal::UnknownMember);
        Self { member: None, act: Act::SignedIn { method, outcome } }
    }

    /// Somebody came for a job of the operator's with another secret than theirs.
    pub fn job_refused() -> Self {
        let outcome = Err(CredentialRefusal::WrongSecret);
        Self { member: None, act: Act::SignedIn { method: Method::JobSecret, outcome } }
    }

    /// Somebody came with what is no API key, or none that is good. Which one it was said to be is of its circumstances.
    pub fn key_refused() -> Self {
        let outcome = Err(CredentialRefusal::WrongKey);
        Self { member: None, act: Act::SignedIn { method: Method::ApiKey, outcome } }
    }

    /// The stream it belongs to.
    pub fn stream(&self) -> Subject {
        match &self.member {
            Some(member) => stream(member),
            None => Subject::parse(UNKNOWN_STREAM).expect("a constant"),
        }
    }
}

/// What happens to credentials and the sessions that they open. Nothing that is secret, or that tells a device, stands
/// in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The member signed in, or somebody tried to as them.
    SignedIn {
        /// By what.
        method: Method,
        /// The session it opened, if any.
        outcome: Result<SessionId, CredentialRefusal>,
    },
    /// The member signed out.
    SignedOut {
        /// Of which session.
        session: SessionId,
    },
    /// A session was ended otherwise than by signing out of it.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// By whom.
        by: EndedBy,
    },
    /// The member confirmed who they are within a session, or tried to.
    SteppedUp {
        /// By what.
        method: Method,
        /// In which session.
        session: SessionId,
        /// Whether it was believed.
        outcome: Result<(), CredentialRefusal>,
    },
    /// A passkey was added.
    PasskeyAdded {
        /// Which.
        passkey: PasskeyId,
    },
    /// A passkey was removed.
    PasskeyRemoved {
        /// Which.
        passkey: PasskeyId,
    },
    /// A password was set, for the first time or anew.
    PasswordSet,
    /// One-time codes by an app were set up, for the first time or anew.
    TotpSet,
    /// Recovery codes were made; those before are void.
    RecoveryCodesMade {
        /// How many.
        count: NonZeroU8,
    },
    /// Somebody asked for a recovery link for this member.
    RecoveryRequested,
    /// The member got in again by such a link, and set what they sign in by anew.
    RecoveryCompleted,
    /// Attempts as this member, or as nobody in particular, were refused beside those that have an entry each: so many
    /// came that these would have filled the log.
    RefusalsCounted {
        /// Why they were.
        refusal: CredentialRefusal,
        /// How many, and when.
        tally: Tally,
    },
}

words! {
    /// By what a member says who they are.
    pub enum Method("method of signing in") {
        /// An API key. It opens no session: an entry names it only where it was refused.
        ApiKey = "api_key",
        /// The link of the invitation, once.
        InvitationLink = "invitation_link",
        /// The secret by which an operator's own clock asks for jobs; no member has it.
        JobSecret = "job_secret",
        /// A passkey.
        Passkey = "passkey",
        /// A password and a recovery code.
        PasswordRecoveryCode = "password_recovery_code",
        /// A password and a one-time code.
        PasswordTotp = "password_totp",
        /// A recovery link.
        RecoveryLink = "recovery_link",
        /// A link that whoever runs the service has made on its command line, once.
        SignInLink = "sign_in_link",
    }
}

impl Method {
    /// Whether it confirms who the member is, as privileged acts ask for: more than holding a link that went by mail.
    /// Whoever runs the service could let anybody in as they like; what they did so stands in the log by its name.
    pub const fn confirms(self) -> bool {
        match self {
            Method::Passkey | Method::PasswordRecoveryCode | Method::PasswordTotp | Method::SignInLink => true,
            Method::ApiKey | Method::InvitationLink | Method::JobSecret | Method::RecoveryLink => false,
        }
    }
}

words! {
    /// Who ended a session.
    pub enum EndedBy("way of ending a session") {
        /// Somebody who manages members.
        Admin = "admin",
        /// The member, from another session.
        Other = "other",
        /// The member, from this session: all of theirs were ended.
        SelfEnded = "self",
        /// Nobody by itself: the member was suspended or removed.
        Suspension = "suspension",
    }
}

words! {
    /// Why somebody was not believed, or not let in: the `reason` of the entry. Whoever tried is not told it.
    pub enum CredentialRefusal("reason of a refusal") {
        /// The link has been used, replaced, or is too old.
        LinkExpired = "link_expired",
        /// Too many attempts failed.
        Locked = "locked",
        /// The act asks for a fresh confirmation, and there is none.
        NotFresh = "not_fresh",
        /// The member has been removed.
        Removed = "removed",
        /// The member is suspended.
        Suspended = "suspended",
        /// Nobody that the organisation knows.
        UnknownMember = "unknown_member",
        /// Another one-time code.
        WrongCode = "wrong_code",
        /// No API key, or none that is good: made up, taken back, run out, or of a member who is not active.
        WrongKey = "wrong_key",
        /// A passkey that is not the member's, or a signature that does not hold.
        WrongPasskey = "wrong_passkey",
        /// Another password.
        WrongPassword = "wrong_password",
        /// No recovery code of the member's, or one that was used.
        WrongRecoveryCode = "wrong_recovery_code",
        /// Another secret than that of the operator's jobs.
        WrongSecret = "wrong_secret",
    }
}

impl CredentialRefusal {
    /// Whether whoever tried is no member.
    pub const fn is_of_nobody(self) -> bool {
        matches!(self, Self::UnknownMember | Self::WrongKey | Self::WrongSecret)
    }
}

impl Act {
    fn refusal(&self) -> Option<CredentialRefusal> {
        match self {
            Act::SignedIn { outcome, .. } => outcome.as_ref().err().copied(),
            Act::SteppedUp { outcome, .. } => outcome.err(),
            Act::RefusalsCounted { refusal, .. } => Some(*refusal),
            Act::SignedOut { .. }
            | Act::SessionEnded { .. }
            | Act::PasskeyAdded { .. }
            | Act::PasskeyRemoved { .. }
            | Act::PasswordSet
            | Act::TotpSet
            | Act::RecoveryCodesMade { .. }
            | Act::RecoveryRequested
            | Act::RecoveryCompleted => None,
        }
    }

    fn outcome(&self) -> Outcome {
        let failure = |refusal: CredentialRefusal| Outcome::Failure { reason: refusal.as_str().to_owned() };
        self.refusal().map_or(Outcome::Success, failure)
    }
}

/// A privileged act was asked for without a fresh confirmation. Its entry has the reason [`CredentialRefusal::NotFresh`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("MFA re-confirmation required for privileged action")]
pub struct NotFresh;

/// Whether a privileged act may go on: the member has confirmed who they are, in this session, at most 15 minutes ago.
/// Signing in confirms it too, by a method that [`Method::confirms`].
///
/// # Errors
/// [`NotFresh`], when `confirmed_at` is longer ago or never was.
pub fn require_fresh(confirmed_at: Option<Timestamp>, now: Timestamp) -> Result<(), NotFresh> {
    // Another process may have stamped it by a clock that is ahead of ours: then it is fresh.
    match confirmed_at {
        Some(at) if now.as_micros() - at.as_micros() <= FRESH_MICROS => Ok(()),
        Some(_) | None => Err(NotFresh),
    }
}
