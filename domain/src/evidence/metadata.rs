//! What is said of a piece of evidence, whole.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::access_grant::Facts;
use crate::date::Date;
use crate::event::read_set;
use crate::name::EngagementId;
use crate::record::Reference;
use crate::text::{Label, Text, Title};

/// Longest description, in characters: a few paragraphs.
pub const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// Most controls that one piece of evidence is for: whole families of a framework, and no more than a page shows.
pub const CONTROLS_MAX: usize = 100;

/// What a piece of evidence shows.
pub type EvidenceDescription = Text<DESCRIPTION_CHARS_MAX>;

/// What an auditor sees of evidence besides its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The controls that it is for, each the reference of a record of that type.
    #[serde(skip_serializing_if = "Controls::is_empty", default)]
    pub controls: Controls,
    /// What it shows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<EvidenceDescription>,
    /// The day that it is evidence of: whether it lies in an engagement's window is decided by it, and not by the day it
    /// was handed in.
    pub effective_on: Date,
    /// The engagement that it was made for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub engagement: Option<EngagementId>,
    /// Who answers for it: a team or a role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Label>,
    /// When somebody last looked whether it still holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reviewed_on: Option<Date>,
    /// What it is called.
    pub title: Title,
    /// The vendor that it is about: the reference of a record of that type.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vendor: Option<Reference>,
}

impl Metadata {
    /// What the filters of a grant go by.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            vendor: self.vendor.as_ref(),
            engagement: self.engagement.as_ref(),
            effective_on: Some(self.effective_on),
        }
    }
}

/// At most 100 references of controls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RecordedControls")]
pub struct Controls(BTreeSet<Reference>);

/// More controls than one piece of evidence can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("evidence is for at most {CONTROLS_MAX} controls, not {count}")]
pub struct ControlsError {
    /// How many.
    pub count: usize,
}

/// The set as an entry has it: not empty, strictly ascending.
#[derive(Deserialize)]
struct RecordedControls(#[serde(deserialize_with = "read_set")] BTreeSet<Reference>);

impl Controls {
    /// Takes references; order and repetition do not matter.
    ///
    /// # Errors
    /// [`ControlsError`], when they are too many.
    pub fn new(references: impl IntoIterator<Item = Reference>) -> Result<Self, ControlsError> {
        let references: BTreeSet<_> = references.into_iter().collect();
        let count = references.len();
        if CONTROLS_MAX < count { Err(ControlsError { count }) } else { Ok(Self(references)) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter()
    }
}

impl TryFrom<RecordedControls> for Controls {
    type Error = ControlsError;

    fn try_from(recorded: RecordedControls) -> Result<Self, ControlsError> {
        Self::new(recorded.0)
    }
}
