//! What of its types of resource a grant leaves out: other vendors, other engagements, evidence of other dates.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::scope::Resource;
use crate::activity::Refusal;
use crate::date::Date;
use crate::name::{EngagementId, VendorId};
use crate::record::Reference;

/// What a grant is limited to; each filter leaves everything in where it is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// The vendors whose evidence, risks and records are in; empty means all, and what belongs to none.
    pub vendors: BTreeSet<VendorId>,
    /// The engagement. What belongs to another is out; what belongs to none is in, for most of an organisation's
    /// records are not made for one engagement.
    pub engagement: Option<EngagementId>,
    /// The effective dates of evidence that are in.
    pub window: Option<Window>,
}

/// The dates from one to another, both included; one of them can be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WindowDetail", into = "WindowDetail")]
pub struct Window {
    from: Option<Date>,
    until: Option<Date>,
}

/// How a window is recorded.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowDetail {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    from: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    until: Option<Date>,
}

impl Window {
    /// From the first date to the last.
    ///
    /// # Errors
    /// [`WindowError`], where neither is given or they are the wrong way round.
    pub fn new(from: Option<Date>, until: Option<Date>) -> Result<Self, WindowError> {
        match (from, until) {
            (None, None) => Err(WindowError::Open),
            (Some(first), Some(last)) if last < first => Err(WindowError::Reversed),
            _ => Ok(Self { from, until }),
        }
    }

    /// The first date that is in.
    pub fn from(&self) -> Option<Date> {
        self.from
    }

    /// The last date that is in.
    pub fn until(&self) -> Option<Date> {
        self.until
    }

    /// Whether a date is in.
    pub fn contains(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until)
    }
}

impl TryFrom<WindowDetail> for Window {
    type Error = WindowError;

    fn try_from(detail: WindowDetail) -> Result<Self, WindowError> {
        Self::new(detail.from, detail.until)
    }
}

impl From<Window> for WindowDetail {
    fn from(window: Window) -> Self {
        Self { from: window.from, until: window.until }
    }
}

/// Why two dates are no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WindowError {
    /// It would leave everything in.
    #[error("a window has a first date, a last date or both")]
    Open,
    /// It would leave everything out.
    #[error("a window does not end before it begins")]
    Reversed,
}

/// What of a type of resource is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// The list. Each of its rows is asked about by itself before it is shown.
    List,
    /// One record or file.
    One(Facts<'a>),
    /// One of which the caller knows no facts: what is limited does not reach it.
    Unknown,
}

/// What filters go by, as it is recorded of a thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The vendor that it belongs to, by the reference of its record.
    pub vendor: Option<&'a Reference>,
    /// The engagement that it was made for.
    pub engagement: Option<&'a EngagementId>,
    /// From when on it is evidence.
    pub effective_on: Option<Date>,
}

impl Filters {
    /// Whether something of that type is in of which nothing is known.
    ///
    /// # Errors
    /// [`Refusal`], the first filter that might leave it out.
    pub fn admit_unknown(&self, resource: Resource) -> Result<(), Refusal> {
        self.admit(resource, Facts::default())?;
        // What belongs to no engagement would be in, but it may belong to another.
        if self.engagement.is_some() { Err(Refusal::NotInEngagement) } else { Ok(()) }
    }

    /// Whether one thing of that type is in.
    ///
    /// # Errors
    /// [`Refusal`], the first filter that leaves it out.
    pub fn admit(&self, resource: Resource, facts: Facts<'_>) -> Result<(), Refusal> {
        let is_theirs = facts.vendor.is_some_and(|vendor| self.has_vendor(vendor));
        if resource.has_vendors() && !self.vendors.is_empty() && !is_theirs {
            return Err(Refusal::NotInVendors);
        }
        if let (Some(limit), Some(engagement)) = (&self.engagement, facts.engagement)
            && limit != engagement
        {
            return Err(Refusal::NotInEngagement);
        }
        if let Some(window) = &self.window
            && resource == Resource::Evidence
            && !facts.effective_on.is_some_and(|date| window.contains(date))
        {
            return Err(Refusal::NotInWindow);
        }
        Ok(())
    }

    /// A reference that is longer than a grant can name is of none of its vendors.
    fn has_vendor(&self, vendor: &Reference) -> bool {
        VendorId::parse(vendor.as_str()).is_ok_and(|vendor| self.vendors.contains(&vendor))
    }
}
