//! `auditor.access.granted`: the one event of a grant with personal parts and with a shape of many members.

use std::collections::BTreeSet;

use ledger::vocabulary::{Personal, PersonalPart, ReadError, Stored, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::bundle::{Bundle, RoleTitle};
use super::events::ACCESS_GRANTED;
use super::extent::Extent;
use super::filters::{Filters, Window};
use super::scope::{Capability, Resource, Scope};
use crate::event::{instant, read_detail, read_set};
use crate::invitation::{Delivery, Invitation, LinkReuse, SecondFactor};
use crate::name::{EmailHash, EngagementId, GrantId, PersonId, Sha256, VendorId};
use crate::person::{self, Email, Firm, PersonName};

/// `auditor.access.granted`, version 2. Who gave it is the entry's actor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "GrantedDetail", into = "GrantedDetail")]
pub struct AccessGranted {
    /// To what, and until when.
    pub extent: Extent,
    /// The auditor.
    pub person: PersonId,
    /// The auditor's firm.
    pub firm: Firm,
    /// What the auditor is called on the engagement; a label.
    pub role_title: Option<RoleTitle>,
    /// The hash of the auditor's address; absent in version 1.
    pub email_hash: Option<EmailHash>,
    /// The link that opens the access; absent where version 1 recorded it without a token.
    pub invitation: Option<Invitation>,
    /// The grant that it renews.
    pub regrant_of: Option<GrantId>,
    /// The auditor's address, sealed under the data key of `person`.
    pub email: Personal<Email>,
    /// The auditor's name, sealed likewise; absent where it was not given.
    pub name: Option<Personal<PersonName>>,
}

/// How it is recorded: flat, so that a member stands where it did in version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantedDetail {
    #[serde(deserialize_with = "read_set")]
    bundles: BTreeSet<Bundle>,
    #[serde(deserialize_with = "read_set")]
    capabilities: BTreeSet<Capability>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    delivery: Option<Delivery>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    email_hash: Option<EmailHash>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    engagement: Option<EngagementId>,
    #[serde(with = "instant")]
    expires_at: Timestamp,
    firm: Firm,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    link_reuse: Option<LinkReuse>,
    person: PersonId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    regrant_of: Option<GrantId>,
    #[serde(deserialize_with = "read_set")]
    resources: BTreeSet<Resource>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    role_title: Option<RoleTitle>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    second_factor: Option<SecondFactor>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    token_sha256: Option<Sha256>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default, deserialize_with = "read_set")]
    vendors: BTreeSet<VendorId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    window: Option<Window>,
}

impl From<AccessGranted> for GrantedDetail {
    fn from(granted: AccessGranted) -> Self {
        let Extent { expires_at, scope } = granted.extent;
        let (bundles, capabilities, resources, Filters { vendors, engagement, window }) = scope.into_parts();
        let link = granted.invitation;
        Self {
            bundles,
            capabilities,
            delivery: link.as_ref().map(|link| link.delivery),
            email_hash: granted.email_hash,
            engagement,
            expires_at,
            firm: granted.firm,
            link_reuse: link.as_ref().map(|link| link.link_reuse),
            person: granted.person,
            regrant_of: granted.regrant_of,
            resources,
            role_title: granted.role_title,
            second_factor: link.as_ref().map(|link| link.second_factor),
            token_sha256: link.map(|link| link.token_sha256),
            vendors,
            window,
        }
    }
}

impl TryFrom<GrantedDetail> for AccessGranted {
    type Error = serde_json::Error;

    fn try_from(detail: GrantedDetail) -> Result<Self, serde_json::Error> {
        let invitation = match (detail.delivery, detail.link_reuse, detail.second_factor, detail.token_sha256) {
            (Some(delivery), Some(link_reuse), Some(second_factor), Some(token_sha256)) => {
                Some(Invitation { delivery, link_reuse, second_factor, token_sha256 })
            }
            (None, None, None, None) => None,
            _ => return Err(serde_json::Error::custom("what is recorded of a link stands there whole or not at all")),
        };
        let filters = Filters { vendors: detail.vendors, engagement: detail.engagement, window: detail.window };
        let scope = Scope::of_parts(detail.bundles, detail.capabilities, detail.resources, filters);
        Ok(Self {
            extent: Extent { expires_at: detail.expires_at, scope: scope.map_err(serde_json::Error::custom)? },
            person: detail.person,
            firm: detail.firm,
            role_title: detail.role_title,
            email_hash: detail.email_hash,
            invitation,
            regrant_of: detail.regrant_of,
            email: Personal::Erased,
            name: None,
        })
    }
}

impl AccessGranted {
    pub(super) fn personal(&self) -> Vec<PersonalPart> {
        person::sealed(&self.person, &self.email, self.name.as_ref())
    }

    pub(super) fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let (email, name) = person::read_sealed(ACCESS_GRANTED, stored)?;
        Ok(Self { email, name, ..read_detail(ACCESS_GRANTED, stored)? })
    }
}
