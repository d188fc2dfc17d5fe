//! What pages ask of documents.

use domain::access_grant::{AccessGrant, AccessGrantEvent, Change, Extent};

use super::act::{Act, By};
use super::document::Document;

/// A version of how far a grant reaches and until when.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtentVersion<'a> {
    /// From 1.
    pub version: u32,
    /// Who made it so, when, and in which entry.
    pub by: &'a By,
    /// How far it reached from then on.
    pub extent: &'a Extent,
    /// What differs from the version before; none for the first.
    pub change: Option<Change>,
}

impl Document<AccessGrant> {
    /// The versions of its extent, the first first.
    pub fn versions(&self) -> Vec<ExtentVersion<'_>> {
        self.acts.iter().filter_map(version).collect()
    }
}

fn version(Act { by, what }: &Act<AccessGrantEvent>) -> Option<ExtentVersion<'_>> {
    match what {
        AccessGrantEvent::AccessGranted(granted) => {
            Some(ExtentVersion { version: 1, by, extent: &granted.extent, change: None })
        }
        AccessGrantEvent::AccessChanged(changed) => Some(ExtentVersion {
            version: changed.version,
            by,
            extent: &changed.after,
            change: Some(Change::between(&changed.before, &changed.after)),
        }),
        AccessGrantEvent::InviteAccepted(_)
        | AccessGrantEvent::InviteResent(_)
        | AccessGrantEvent::TermsAccepted(_)
        | AccessGrantEvent::TermsCleared(_)
        | AccessGrantEvent::AccessRevoked(_)
        | AccessGrantEvent::AccessExpired(_) => None,
    }
}
