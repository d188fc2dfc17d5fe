//! How acts with credentials are recorded.

use std::num::NonZeroU8;

use ledger::vocabulary::{Kind, Outcome, ReadError, Recorded, Stored, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, CredentialEvent, CredentialRefusal, EndedBy, Method, UNKNOWN_SUBJECT};
use crate::event::{Description, kind_of, read_detail, require_success, written};
use crate::member::{self, Member};
use crate::name::{PasskeyId, PersonId, SessionId};

const SIGNED_IN: Kind = Kind { name: "credential.signed_in", version: 1 };
const SIGNED_OUT: Kind = Kind { name: "credential.signed_out", version: 1 };
const SESSION_ENDED: Kind = Kind { name: "credential.session.ended", version: 1 };
const STEPPED_UP: Kind = Kind { name: "credential.stepped_up", version: 1 };
const PASSKEY_ADDED: Kind = Kind { name: "credential.passkey.added", version: 1 };
const PASSKEY_REMOVED: Kind = Kind { name: "credential.passkey.removed", version: 1 };
const PASSWORD_SET: Kind = Kind { name: "credential.password.set", version: 1 };
const TOTP_SET: Kind = Kind { name: "credential.totp.set", version: 1 };
const RECOVERY_CODES_MADE: Kind = Kind { name: "credential.recovery_codes.made", version: 1 };
const RECOVERY_REQUESTED: Kind = Kind { name: "credential.recovery.requested", version: 1 };
const RECOVERY_COMPLETED: Kind = Kind { name: "credential.recovery.completed", version: 1 };
const REFUSALS_COUNTED: Kind = Kind { name: "credential.refusals.counted", version: 1 };

const ANYBODYS_STREAM: &str = "credential/<member> or credential/unknown";
const ANYBODY: &str = "member/<member> or member/unknown";

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description {
        stream: ANYBODYS_STREAM,
        subject: ANYBODY,
        ..of(SIGNED_IN, include_str!("../../schemas/credential.signed_in/1.json"))
    },
    of(SIGNED_OUT, include_str!("../../schemas/credential.signed_out/1.json")),
    of(SESSION_ENDED, include_str!("../../schemas/credential.session.ended/1.json")),
    of(STEPPED_UP, include_str!("../../schemas/credential.stepped_up/1.json")),
    of(PASSKEY_ADDED, include_str!("../../schemas/credential.passkey.added/1.json")),
    of(PASSKEY_REMOVED, include_str!("../../schemas/credential.passkey.removed/1.json")),
    of(PASSWORD_SET, include_str!("../../schemas/credential.password.set/1.json")),
    of(TOTP_SET, include_str!("../../schemas/credential.totp.set/1.json")),
    of(RECOVERY_CODES_MADE, include_str!("../../schemas/credential.recovery_codes.made/1.json")),
    of(RECOVERY_REQUESTED, include_str!("../../schemas/credential.recovery.requested/1.json")),
    of(RECOVERY_COMPLETED, include_str!("../../schemas/credential.recovery.completed/1.json")),
    Description {
        stream: ANYBODYS_STREAM,
        subject: ANYBODY,
        ..of(REFUSALS_COUNTED, include_str!("../../schemas/credential.refusals.counted/1.json"))
    },
];

const fn of(kind: Kind, schema: &'static str) -> Description {
    Description { kind, stream: "credential/<member>", subject: "member/<member>", sealed: &[], schema }
}

/// The `detail` of `credential.signed_in`, version 1: `session` on success, only then.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedInDetail {
    method: Method,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    session: Option<SessionId>,
}

/// The `detail` of `credential.signed_out`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionDetail {
    session: SessionId,
}

/// The `detail` of `credential.session.ended`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionEndedDetail {
    by: EndedBy,
    session: SessionId,
}

/// The `detail` of `credential.stepped_up`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SteppedUpDetail {
    method: Method,
    session: SessionId,
}

/// The `detail` of `credential.passkey.added` and `credential.passkey.removed`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasskeyDetail {
    passkey: PasskeyId,
}

/// The `detail` of `credential.recovery_codes.made`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoveryCodesDetail {
    count: NonZeroU8,
}

/// The `detail` of events of which there is no more to say, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmptyDetail {}

impl Recorded for CredentialEvent {
    fn kind(&self) -> Kind {
        match self.act {
            Act::SignedIn { .. } => SIGNED_IN,
            Act::SignedOut { .. } => SIGNED_OUT,
            Act::SessionEnded { .. } => SESSION_ENDED,
            Act::SteppedUp { .. } => STEPPED_UP,
            Act::PasskeyAdded { .. } => PASSKEY_ADDED,
            Act::PasskeyRemoved { .. } => PASSKEY_REMOVED,
            Act::PasswordSet => PASSWORD_SET,
            Act::TotpSet => TOTP_SET,
            Act::RecoveryCodesMade { .. } => RECOVERY_CODES_MADE,
            Act::RecoveryRequested => RECOVERY_REQUESTED,
            Act::RecoveryCompleted => RECOVERY_COMPLETED,
            Act::RefusalsCounted { .. } => REFUSALS_COUNTED,
        }
    }

    fn subject(&self, _: &Subject) -> Subject {
        match &self.member {
            Some(member) => Member::stream(member),
            None => Subject::parse(UNKNOWN_SUBJECT).expect("a constant"),
        }
    }

    fn outcome(&self) -> Outcome {
        self.act.outcome()
    }

    fn detail(&self) -> Value {
        match &self.act {
            Act::SignedIn { method, outcome } => {
                written(&SignedInDetail { method: *method, session: outcome.as_ref().ok().cloned() })
            }
            Act::SignedOut { session } => written(&SessionDetail { session: session.clone() }),
            Act::SessionEnded { session, by } => written(&SessionEndedDetail { by: *by, session: session.clone() }),
            Act::SteppedUp { method, session, .. } => {
                written(&SteppedUpDetail { method: *method, session: session.clone() })
            }
            Act::PasskeyAdded { passkey } | Act::PasskeyRemoved { passkey } => {
                written(&PasskeyDetail { passkey: passkey.clone() })
            }
            Act::RecoveryCodesMade { count } => written(&RecoveryCodesDetail { count: *count }),
            Act::RefusalsCounted { tally, .. } => written(tally),
            Act::PasswordSet | Act::TotpSet | Act::RecoveryRequested | Act::RecoveryCompleted => {
                written(&EmptyDetail {})
            }
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = kind_of(DESCRIPTIONS, stored)?;
        let act = match kind {
            SIGNED_IN => read_signed_in(stored)?,
            STEPPED_UP => read_stepped_up(stored)?,
            REFUSALS_COUNTED => read_refusals(stored)?,
            _ => {
                require_success(kind, stored)?;
                read_done(kind, stored)?
            }
        };
        Ok(Self { member: read_member(kind, stored, &act)?, act })
    }
}

/// Nobody stands there exactly where nobody was known; what is counted was anybody's.
fn read_member(kind: Kind, stored: &Stored<'_>, act: &Act) -> Result<Option<PersonId>, ReadError> {
    let says_nobody = stored.subject.as_str() == UNKNOWN_SUBJECT;
    let is_unknown = match act {
        Act::SignedIn { outcome: Err(refusal), .. } => refusal.is_of_nobody(),
        Act::RefusalsCounted { .. } => says_nobody,
        _ => false,
    };
    match (is_unknown, says_nobody) {
        (true, true) => Ok(None),
        (false, false) => member::of_subject(kind, stored.subject).map(Some),
        (true, false) | (false, true) => Err(ReadError::Subject { kind, subject: stored.subject.to_string() }),
    }
}

fn read_signed_in(stored: &Stored<'_>) -> Result<Act, ReadError> {
    let kind = SIGNED_IN;
    let SignedInDetail { method, session } = read_detail(kind, stored)?;
    let outcome = match (read_refusal(kind, stored)?, session) {
        (None, Some(session)) => Ok(session),
        (Some(refusal), None) => Err(refusal),
        (None, None) | (Some(_), Some(_)) => {
            let source = serde::de::Error::custom("session stands there on success, only then");
            return Err(ReadError::Shape { kind, source });
        }
    };
    Ok(Act::SignedIn { method, outcome })
}

fn read_stepped_up(stored: &Stored<'_>) -> Result<Act, ReadError> {
    let SteppedUpDetail { method, session } = read_detail(STEPPED_UP, stored)?;
    let refusal = read_refusal(STEPPED_UP, stored)?;
    // Whoever has a session is known.
    if let Some(refusal) = refusal.filter(|refusal| refusal.is_of_nobody()) {
        return Err(ReadError::Outcome { kind: STEPPED_UP, outcome: refusal.as_str().to_owned() });
    }
    let outcome = refusal.map_or(Ok(()), Err);
    Ok(Act::SteppedUp { method, session, outcome })
}

fn read_refusals(stored: &Stored<'_>) -> Result<Act, ReadError> {
    let tally = read_detail(REFUSALS_COUNTED, stored)?;
    let succeeded = || ReadError::Outcome { kind: REFUSALS_COUNTED, outcome: "success".to_owned() };
    let refusal = read_refusal(REFUSALS_COUNTED, stored)?.ok_or_else(succeeded)?;
    Ok(Act::RefusalsCounted { refusal, tally })
}

/// Acts that are recorded only when they came about.
fn read_done(kind: Kind, stored: &Stored<'_>) -> Result<Act, ReadError> {
    match kind {
        SIGNED_OUT => read_detail(kind, stored).map(|SessionDetail { session }| Act::SignedOut { session }),
        SESSION_ENDED => {
            read_detail(kind, stored).map(|SessionEndedDetail { by, session }| Act::SessionEnded { session, by })
        }
        PASSKEY_ADDED => read_detail(kind, stored).map(|PasskeyDetail { passkey }| Act::PasskeyAdded { passkey }),
        PASSKEY_REMOVED => read_detail(kind, stored).map(|PasskeyDetail { passkey }| Act::PasskeyRemoved { passkey }),
        RECOVERY_CODES_MADE => {
            read_detail(kind, stored).map(|RecoveryCodesDetail { count }| Act::RecoveryCodesMade { count })
        }
        PASSWORD_SET => read_detail(kind, stored).map(|EmptyDetail {}| Act::PasswordSet),
        TOTP_SET => read_detail(kind, stored).map(|EmptyDetail {}| Act::TotpSet),
        RECOVERY_REQUESTED => read_detail(kind, stored).map(|EmptyDetail {}| Act::RecoveryRequested),
        RECOVERY_COMPLETED => read_detail(kind, stored).map(|EmptyDetail {}| Act::RecoveryCompleted),
        _ => Err(stored.unknown()),
    }
}

fn read_refusal(kind: Kind, stored: &Stored<'_>) -> Result<Option<CredentialRefusal>, ReadError> {
    match stored.outcome {
        Outcome::Success => Ok(None),
        Outcome::Failure { reason } => {
            CredentialRefusal::parse(reason).map(Some).map_err(|_| ReadError::Outcome { kind, outcome: reason.clone() })
        }
    }
}
