//! How far a grant reaches and until when: what a change changes, recorded before and after.

use std::collections::BTreeSet;

use ledger::vocabulary::Timestamp;
use serde::{Deserialize, Serialize};

use super::bundle::Bundle;
use super::filters::{Filters, Window};
use super::scope::{Capability, Resource, Scope, ScopeError};
use crate::event::{instant, read_set};
use crate::name::{EngagementId, VendorId};

/// To what, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ExtentDetail", into = "ExtentDetail")]
pub struct Extent {
    /// From this instant on nothing is allowed any more.
    pub expires_at: Timestamp,
    /// To what.
    pub scope: Scope,
}

/// How it is recorded, as `before` and `after` of a change; the same members stand in the detail of a grant.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtentDetail {
    #[serde(deserialize_with = "read_set")]
    bundles: BTreeSet<Bundle>,
    #[serde(deserialize_with = "read_set")]
    capabilities: BTreeSet<Capability>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    engagement: Option<EngagementId>,
    #[serde(with = "instant")]
    expires_at: Timestamp,
    #[serde(deserialize_with = "read_set")]
    resources: BTreeSet<Resource>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default, deserialize_with = "read_set")]
    vendors: BTreeSet<VendorId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    window: Option<Window>,
}

impl TryFrom<ExtentDetail> for Extent {
    type Error = ScopeError;

    fn try_from(detail: ExtentDetail) -> Result<Self, ScopeError> {
        let ExtentDetail { bundles, capabilities, engagement, expires_at, resources, vendors, window } = detail;
        let filters = Filters { vendors, engagement, window };
        Ok(Self { expires_at, scope: Scope::of_parts(bundles, capabilities, resources, filters)? })
    }
}

impl From<Extent> for ExtentDetail {
    fn from(Extent { expires_at, scope }: Extent) -> Self {
        let (bundles, capabilities, resources, filters) = scope.into_parts();
        let Filters { vendors, engagement, window } = filters;
        Self { bundles, capabilities, engagement, expires_at, resources, vendors, window }
    }
}
