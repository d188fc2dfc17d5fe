//! What can happen to a member.

use cqrs_es::DomainEvent;
use ledger::vocabulary::{Kind, Of, Personal, PersonalPart, ReadError, Recorded, Stored, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::role::Roles;
use crate::event::{Description, instant, kind_of, read_detail, require_success, written};
use crate::name::{EmailHash, PersonId, Sha256};
use crate::note::Note;
use crate::person::{self, Email, PersonName};

const MEMBER_INVITED: Kind = Kind { name: "member.invited", version: 1 };
const INVITE_RESENT: Kind = Kind { name: "member.invite.resent", version: 1 };
const MEMBER_ACTIVATED: Kind = Kind { name: "member.activated", version: 1 };
const ROLES_CHANGED: Kind = Kind { name: "member.roles.changed", version: 1 };
const MEMBER_SUSPENDED: Kind = Kind { name: "member.suspended", version: 1 };
const MEMBER_REINSTATED: Kind = Kind { name: "member.reinstated", version: 1 };
const MEMBER_REMOVED: Kind = Kind { name: "member.removed", version: 1 };

const STREAM: &str = "member/<member>";

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description {
        sealed: &[("email", Of::Subject), ("name", Of::Subject)],
        ..Description::of_stream(MEMBER_INVITED, STREAM, include_str!("../../schemas/member.invited/1.json"))
    },
    Description::of_stream(INVITE_RESENT, STREAM, include_str!("../../schemas/member.invite.resent/1.json")),
    Description::of_stream(MEMBER_ACTIVATED, STREAM, include_str!("../../schemas/member.activated/1.json")),
    Description::of_stream(ROLES_CHANGED, STREAM, include_str!("../../schemas/member.roles.changed/1.json")),
    Description::of_stream(MEMBER_SUSPENDED, STREAM, include_str!("../../schemas/member.suspended/1.json")),
    Description::of_stream(MEMBER_REINSTATED, STREAM, include_str!("../../schemas/member.reinstated/1.json")),
    Description::of_stream(MEMBER_REMOVED, STREAM, include_str!("../../schemas/member.removed/1.json")),
];

/// An event of the stream `member/<member>`, whose subject is the member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MemberEvent {
    /// Somebody was invited to be a member.
    MemberInvited(MemberInvited),
    /// The invitation was sent again; the link before is void.
    InviteResent(MemberInvitation),
    /// The invitation was taken up.
    MemberActivated(MemberActivated),
    /// The roles are others.
    RolesChanged(RolesChanged),
    /// The member may do nothing for now.
    MemberSuspended(MemberStopped),
    /// The member may do again what the roles allow.
    MemberReinstated(MemberReinstated),
    /// The member is one no longer, and will not be again under this id.
    MemberRemoved(MemberStopped),
}

/// `member.invited`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberInvited {
    /// Who. It is the subject of the entry, and not in its detail.
    pub member: PersonId,
    /// What stands for the address where that must not; absent where nobody has computed it.
    pub email_hash: Option<EmailHash>,
    /// How it is taken up.
    pub invitation: MemberInvitation,
    /// As what.
    pub roles: Roles,
    /// The member's address, sealed under the data key of `member`.
    #[serde(skip)]
    pub email: Personal<Email>,
    /// The member's name, sealed likewise; absent where it was not given.
    #[serde(skip)]
    pub name: Option<Personal<PersonName>>,
}

/// `member.invite.resent`, version 1: how an invitation is taken up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberInvitation {
    /// From this instant on it cannot be taken up, until it is sent again.
    #[serde(with = "instant")]
    pub expires_at: Timestamp,
    /// The hash of the token in its link; absent where it is taken up without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token_sha256: Option<Sha256>,
}

/// `member.activated`, version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberActivated {}

/// `member.roles.changed`, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolesChanged {
    /// What they are.
    pub after: Roles,
    /// What they were.
    pub before: Roles,
}

/// `member.suspended` and `member.removed`, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberStopped {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Note>,
    /// How many sessions of the member end with it.
    pub sessions_ended: u32,
}

/// `member.reinstated`, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberReinstated {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Note>,
}

/// The `detail` of `member.invited`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InvitedDetail {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    email_hash: Option<EmailHash>,
    #[serde(with = "instant")]
    expires_at: Timestamp,
    roles: Roles,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    token_sha256: Option<Sha256>,
}

impl From<&MemberInvited> for InvitedDetail {
    fn from(invited: &MemberInvited) -> Self {
        let MemberInvited { email_hash, invitation, roles, .. } = invited.clone();
        let MemberInvitation { expires_at, token_sha256 } = invitation;
        Self { email_hash, expires_at, roles, token_sha256 }
    }
}

impl Recorded for MemberEvent {
    fn kind(&self) -> Kind {
        match self {
            MemberEvent::MemberInvited(_) => MEMBER_INVITED,
            MemberEvent::InviteResent(_) => INVITE_RESENT,
            MemberEvent::MemberActivated(_) => MEMBER_ACTIVATED,
            MemberEvent::RolesChanged(_) => ROLES_CHANGED,
            MemberEvent::MemberSuspended(_) => MEMBER_SUSPENDED,
            MemberEvent::MemberReinstated(_) => MEMBER_REINSTATED,
            MemberEvent::MemberRemoved(_) => MEMBER_REMOVED,
        }
    }

    fn detail(&self) -> Value {
        match self {
            MemberEvent::MemberInvited(invited) => written(&InvitedDetail::from(invited)),
            MemberEvent::InviteResent(detail) => written(detail),
            MemberEvent::MemberActivated(detail) => written(detail),
            MemberEvent::RolesChanged(detail) => written(detail),
            MemberEvent::MemberSuspended(detail) | MemberEvent::MemberRemoved(detail) => written(detail),
            MemberEvent::MemberReinstated(detail) => written(detail),
        }
    }

    fn personal(&self) -> Vec<PersonalPart> {
        let MemberEvent::MemberInvited(invited) = self else { return Vec::new() };
        person::sealed(&invited.member, &invited.email, invited.name.as_ref())
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = kind_of(DESCRIPTIONS, stored)?;
        require_success(kind, stored)?;
        match kind {
            MEMBER_INVITED => read_invited(stored).map(MemberEvent::MemberInvited),
            INVITE_RESENT => read_detail(kind, stored).map(MemberEvent::InviteResent),
            MEMBER_ACTIVATED => read_detail(kind, stored).map(MemberEvent::MemberActivated),
            ROLES_CHANGED => read_detail(kind, stored).map(MemberEvent::RolesChanged),
            MEMBER_SUSPENDED => read_detail(kind, stored).map(MemberEvent::MemberSuspended),
            MEMBER_REINSTATED => read_detail(kind, stored).map(MemberEvent::MemberReinstated),
            MEMBER_REMOVED => read_detail(kind, stored).map(MemberEvent::MemberRemoved),
            _ => Err(stored.unknown()),
        }
    }
}

fn read_invited(stored: &Stored<'_>) -> Result<MemberInvited, ReadError> {
    let kind = MEMBER_INVITED;
    let member = super::of_subject(kind, stored.subject)?;
    let (email, name) = person::read_sealed(kind, stored)?;
    let InvitedDetail { email_hash, expires_at, roles, token_sha256 } = read_detail(kind, stored)?;
    Ok(MemberInvited {
        member,
        email_hash,
        invitation: MemberInvitation { expires_at, token_sha256 },
        roles,
        email,
        name,
    })
}

impl DomainEvent for MemberEvent {
    fn event_type(&self) -> String {
        self.kind().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.kind().version.to_string()
    }
}
