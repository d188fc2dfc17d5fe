//! What can happen to a grant of access. Each struct serialises to the `detail` of its entries; what is personal is
//! left out there and sealed beside it.

use core::num::NonZeroU32;

use cqrs_es::DomainEvent;
use ledger::vocabulary::{Kind, Of, Personal, PersonalPart, ReadError, Recorded, Stored, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::extent::Extent;
use super::granted::AccessGranted;
use crate::event::{Description, instant, kind_of, read_detail, require_success, written};
use crate::invitation::Delivery;
use crate::name::{PersonId, Sha256, words};
use crate::note::Note;
use crate::person::PersonName;

pub(super) const ACCESS_GRANTED: Kind = Kind { name: "auditor.access.granted", version: 2 };
const INVITE_ACCEPTED: Kind = Kind { name: "auditor.invite.accepted", version: 2 };
const INVITE_RESENT: Kind = Kind { name: "auditor.invite.resent", version: 2 };
const ACCESS_CHANGED: Kind = Kind { name: "auditor.access.changed", version: 1 };
const TERMS_ACCEPTED: Kind = Kind { name: "auditor.terms.accepted", version: 1 };
const TERMS_CLEARED: Kind = Kind { name: "auditor.terms.cleared", version: 1 };
const ACCESS_REVOKED: Kind = Kind { name: "auditor.access.revoked", version: 1 };
const ACCESS_EXPIRED: Kind = Kind { name: "auditor.access.expired", version: 1 };

const STREAM: &str = "access_grant/<grant>";

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description {
        sealed: &[("email", Of::Subject), ("name", Of::Subject)],
        ..Description::of_stream(ACCESS_GRANTED, STREAM, include_str!("../../schemas/auditor.access.granted/2.json"))
    },
    Description::of_stream(INVITE_ACCEPTED, STREAM, include_str!("../../schemas/auditor.invite.accepted/2.json")),
    Description::of_stream(INVITE_RESENT, STREAM, include_str!("../../schemas/auditor.invite.resent/2.json")),
    Description::of_stream(ACCESS_CHANGED, STREAM, include_str!("../../schemas/auditor.access.changed/1.json")),
    Description {
        sealed: &[("signed_name", Of::Subject)],
        ..Description::of_stream(TERMS_ACCEPTED, STREAM, include_str!("../../schemas/auditor.terms.accepted/1.json"))
    },
    Description::of_stream(TERMS_CLEARED, STREAM, include_str!("../../schemas/auditor.terms.cleared/1.json")),
    Description::of_stream(ACCESS_REVOKED, STREAM, include_str!("../../schemas/auditor.access.revoked/1.json")),
    Description::of_stream(ACCESS_EXPIRED, STREAM, include_str!("../../schemas/auditor.access.expired/1.json")),
];

/// An event of the stream `access_grant/<grant>`, whose subject is the grant itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AccessGrantEvent {
    /// Somebody was given access.
    AccessGranted(Box<AccessGranted>),
    /// The auditor took it up, or opened it again.
    InviteAccepted(InviteAccepted),
    /// Its link was replaced.
    InviteResent(InviteResent),
    /// It reaches further, less far or elsewhere.
    AccessChanged(Box<AccessChanged>),
    /// The auditor accepted the terms of engagement.
    TermsAccepted(TermsAccepted),
    /// They are to be accepted again.
    TermsCleared(TermsCleared),
    /// It was taken back.
    AccessRevoked(AccessRevoked),
    /// It ran out.
    AccessExpired(AccessExpired),
}

/// `auditor.invite.accepted`, version 2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteAccepted {
    /// Which use of the link it was.
    pub link: Link,
}

words! {
    /// Which use of an invitation's link.
    pub enum Link("use of a link") {
        /// A later one, of a link that can be used until the access is over.
        Again = "again",
        /// The first, which accepts the grant.
        First = "first",
    }
}

/// `auditor.invite.resent`, version 2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteResent {
    /// How the new link reaches the auditor. Absent from what was written in version 1: as the one before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delivery: Option<Delivery>,
    /// The hash of the token that opens the access from now on; the one before opens nothing any more.
    pub token_sha256: Sha256,
}

/// `auditor.access.changed`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessChanged {
    /// What it is from now on.
    pub after: Extent,
    /// What it was.
    pub before: Extent,
    /// How many versions of its extent the grant has with this one, from 2.
    pub version: u32,
    /// Whether anything became allowed that was not.
    pub widening: bool,
}

/// `auditor.terms.accepted`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsAccepted {
    /// The auditor; there where a signature is sealed beside it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// The hash of the text that was accepted.
    pub text_sha256: Sha256,
    /// Its version.
    pub version: NonZeroU32,
    /// The name that the auditor typed as a signature, sealed under the data key of `person`.
    #[serde(skip)]
    pub signed_name: Option<Personal<PersonName>>,
}

/// `auditor.terms.cleared`, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsCleared {
    /// Why, in the words of whoever cleared them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<Note>,
    /// The version whose acceptance does not count any more.
    pub version: NonZeroU32,
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
            AccessGrantEvent::InviteResent(_) => INVITE_RESENT,
            AccessGrantEvent::AccessChanged(_) => ACCESS_CHANGED,
            AccessGrantEvent::TermsAccepted(_) => TERMS_ACCEPTED,
            AccessGrantEvent::TermsCleared(_) => TERMS_CLEARED,
            AccessGrantEvent::AccessRevoked(_) => ACCESS_REVOKED,
            AccessGrantEvent::AccessExpired(_) => ACCESS_EXPIRED,
        }
    }

    fn detail(&self) -> Value {
        match self {
            AccessGrantEvent::AccessGranted(detail) => written(detail),
            AccessGrantEvent::InviteAccepted(detail) => written(detail),
            AccessGrantEvent::InviteResent(detail) => written(detail),
            AccessGrantEvent::AccessChanged(detail) => written(detail),
            AccessGrantEvent::TermsAccepted(detail) => written(detail),
            AccessGrantEvent::TermsCleared(detail) => written(detail),
            AccessGrantEvent::AccessRevoked(detail) => written(detail),
            AccessGrantEvent::AccessExpired(detail) => written(detail),
        }
    }

    fn personal(&self) -> Vec<PersonalPart> {
        match self {
            AccessGrantEvent::AccessGranted(granted) => granted.personal(),
            AccessGrantEvent::TermsAccepted(accepted) => accepted.personal(),
            AccessGrantEvent::InviteAccepted(_)
            | AccessGrantEvent::InviteResent(_)
            | AccessGrantEvent::AccessChanged(_)
            | AccessGrantEvent::TermsCleared(_)
            | AccessGrantEvent::AccessRevoked(_)
            | AccessGrantEvent::AccessExpired(_) => Vec::new(),
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = kind_of(DESCRIPTIONS, stored)?;
        require_success(kind, stored)?;
        match kind {
            ACCESS_GRANTED => AccessGranted::read(stored).map(Box::new).map(AccessGrantEvent::AccessGranted),
            INVITE_ACCEPTED => read_detail(kind, stored).map(AccessGrantEvent::InviteAccepted),
            INVITE_RESENT => read_detail(kind, stored).map(AccessGrantEvent::InviteResent),
            ACCESS_CHANGED => read_detail(kind, stored).map(AccessGrantEvent::AccessChanged),
            TERMS_ACCEPTED => TermsAccepted::read(stored).map(AccessGrantEvent::TermsAccepted),
            TERMS_CLEARED => read_detail(kind, stored).map(AccessGrantEvent::TermsCleared),
            ACCESS_REVOKED => read_detail(kind, stored).map(AccessGrantEvent::AccessRevoked),
            ACCESS_EXPIRED => read_detail(kind, stored).map(AccessGrantEvent::AccessExpired),
            _ => Err(stored.unknown()),
        }
    }
}

impl TermsAccepted {
    fn personal(&self) -> Vec<PersonalPart> {
        let name = self.signed_name.as_ref().and_then(Personal::known);
        let part = self.person.iter().zip(name).map(|(person, name)| PersonalPart {
            field: "signed_name",
            of: Of::Subject,
            person: person.to_string(),
            plaintext: name.as_str().to_owned(),
        });
        part.collect()
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = TERMS_ACCEPTED;
        let name = stored.personal("signed_name", Of::Subject);
        let name = name.map(|name| name.try_map(|text| PersonName::parse(&text))).transpose();
        let signed_name = name.map_err(|_| ReadError::Personal { kind, field: "signed_name" })?;
        let detail: Self = read_detail(kind, stored)?;
        if detail.person.is_some() != signed_name.is_some() {
            let source = serde_json::Error::custom("person stands there where a signature is sealed, only then");
            return Err(ReadError::Shape { kind, source });
        }
        Ok(Self { signed_name, ..detail })
    }
}

impl DomainEvent for AccessGrantEvent {
    fn event_type(&self) -> String {
        self.kind().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.kind().version.to_string()
    }
}
