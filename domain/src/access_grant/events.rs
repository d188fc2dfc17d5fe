//! What can happen to a grant of access. Each struct serialises to the `detail` of its entries; what is personal is
//! left out there and sealed beside it.

use std::collections::BTreeSet;

use cqrs_es::DomainEvent;
use ledger::vocabulary::{Kind, Of, Personal, PersonalPart, ReadError, Recorded, Stored, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scope::{Bundle, Capability, Resource};
use crate::event::{Description, instant, read_detail, read_set, require_success, written};
use crate::name::{PersonId, Sha256, words};
use crate::note::Note;
use crate::person::{Email, Firm, PersonName};

const ACCESS_GRANTED: Kind = Kind { name: "auditor.access.granted", version: 1 };
const INVITE_ACCEPTED: Kind = Kind { name: "auditor.invite.accepted", version: 1 };
const ACCESS_REVOKED: Kind = Kind { name: "auditor.access.revoked", version: 1 };
const ACCESS_EXPIRED: Kind = Kind { name: "auditor.access.expired", version: 1 };

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description {
        kind: ACCESS_GRANTED,
        stream: "access_grant/<grant>",
        subject: "access_grant/<grant>",
        sealed: &[("email", Of::Subject), ("name", Of::Subject)],
        schema: include_str!("../../schemas/auditor.access.granted/1.json"),
    },
    Description {
        kind: INVITE_ACCEPTED,
        stream: "access_grant/<grant>",
        subject: "access_grant/<grant>",
        sealed: &[],
        schema: include_str!("../../schemas/auditor.invite.accepted/1.json"),
    },
    Description {
        kind: ACCESS_REVOKED,
        stream: "access_grant/<grant>",
        subject: "access_grant/<grant>",
        sealed: &[],
        schema: include_str!("../../schemas/auditor.access.revoked/1.json"),
    },
    Description {
        kind: ACCESS_EXPIRED,
        stream: "access_grant/<grant>",
        subject: "access_grant/<grant>",
        sealed: &[],
        schema: include_str!("../../schemas/auditor.access.expired/1.json"),
    },
];

/// An event of the stream `access_grant/<grant>`, whose subject is the grant itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AccessGrantEvent {
    /// Somebody was given access.
    AccessGranted(AccessGranted),
    /// The auditor took it up.
    InviteAccepted(InviteAccepted),
    /// It was taken back.
    AccessRevoked(AccessRevoked),
    /// It ran out.
    AccessExpired(AccessExpired),
}

/// `auditor.access.granted`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessGranted {
    /// The bundle that the two sets came from.
    pub bundle: Bundle,
    /// What the auditor may do.
    #[serde(deserialize_with = "read_set")]
    pub capabilities: BTreeSet<Capability>,
    /// From this instant on nothing is allowed any more.
    #[serde(with = "instant")]
    pub expires_at: Timestamp,
    /// The auditor's firm.
    pub firm: Firm,
    /// The auditor.
    pub person: PersonId,
    /// On which types of resource.
    #[serde(deserialize_with = "read_set")]
    pub resources: BTreeSet<Resource>,
    /// The hash of the token that opens the access; absent where it is used through an API key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token_sha256: Option<Sha256>,
    /// The auditor's address, sealed under the data key of `person`.
    #[serde(skip)]
    pub email: Personal<Email>,
    /// The auditor's name, sealed likewise; absent where it was not given.
    #[serde(skip)]
    pub name: Option<Personal<PersonName>>,
}

/// `auditor.invite.accepted`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteAccepted {
    /// Which use of the link it was.
    pub link: Link,
}

words! {
    /// Which use of an invitation's link.
    pub enum Link("use of a link") {
        /// The first, which accepts the grant.
        First = "first",
    }
}

/// `auditor.access.revoked`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRevoked {
    /// Why, in the words of whoever revoked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Note>,
    /// How many sessions of the auditor ended with it.
    pub sessions_ended: u32,
}

/// `auditor.access.expired`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessExpired {
    /// The instant that had been set for it; recorded some time after it.
    #[serde(with = "instant")]
    pub expires_at: Timestamp,
    /// How many sessions of the auditor ended with it.
    pub sessions_ended: u32,
}

impl Recorded for AccessGrantEvent {
    fn kind(&self) -> Kind {
        match self {
            AccessGrantEvent::AccessGranted(_) => ACCESS_GRANTED,
            AccessGrantEvent::InviteAccepted(_) => INVITE_ACCEPTED,
            AccessGrantEvent::AccessRevoked(_) => ACCESS_REVOKED,
            AccessGrantEvent::AccessExpired(_) => ACCESS_EXPIRED,
        }
    }

    fn detail(&self) -> Value {
        match self {
            AccessGrantEvent::AccessGranted(detail) => written(detail),
            AccessGrantEvent::InviteAccepted(detail) => written(detail),
            AccessGrantEvent::AccessRevoked(detail) => written(detail),
            AccessGrantEvent::AccessExpired(detail) => written(detail),
        }
    }

    fn personal(&self) -> Vec<PersonalPart> {
        let AccessGrantEvent::AccessGranted(granted) = self else { return Vec::new() };
        let email = granted.email.known().map(|email| ("email", email.as_str()));
        let name = granted.name.as_ref().and_then(Personal::known).map(|name| ("name", name.as_str()));
        let part = |(field, text): (&'static str, &str)| PersonalPart {
            field,
            of: Of::Subject,
            person: granted.person.to_string(),
            plaintext: text.to_owned(),
        };
        [email, name].into_iter().flatten().map(part).collect()
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let mut kinds = DESCRIPTIONS.iter().map(|description| description.kind);
        let kind = kinds.find(|kind| stored.is(*kind)).ok_or_else(|| stored.unknown())?;
        require_success(kind, stored)?;
        match kind {
            ACCESS_GRANTED => read_granted(stored).map(AccessGrantEvent::AccessGranted),
            INVITE_ACCEPTED => read_detail(kind, stored).map(AccessGrantEvent::InviteAccepted),
            ACCESS_REVOKED => read_detail(kind, stored).map(AccessGrantEvent::AccessRevoked),
            ACCESS_EXPIRED => read_detail(kind, stored).map(AccessGrantEvent::AccessExpired),
            _ => Err(stored.unknown()),
        }
    }
}

fn read_granted(stored: &Stored<'_>) -> Result<AccessGranted, ReadError> {
    let kind = ACCESS_GRANTED;
    let form = |field| ReadError::Personal { kind, field };
    let email = stored.personal("email", Of::Subject).ok_or(ReadError::NotSealed { kind, field: "email" })?;
    let email = email.try_map(|text| Email::parse(&text)).map_err(|_| form("email"))?;
    let name = stored.personal("name", Of::Subject).map(|name| name.try_map(|text| PersonName::parse(&text)));
    let name = name.transpose().map_err(|_| form("name"))?;
    Ok(AccessGranted { email, name, ..read_detail(kind, stored)? })
}

impl DomainEvent for AccessGrantEvent {
    fn event_type(&self) -> String {
        self.kind().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.kind().version.to_string()
    }
}
