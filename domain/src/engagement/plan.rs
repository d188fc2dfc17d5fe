//! What an engagement is: its name, the framework it audits against, its period.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::date::Date;
use crate::text::{Label, Title};

/// What an engagement is called.
pub type EngagementName = Title;
/// What it audits against, in free words: `ISO/IEC 27001:2022` has 18 characters, a list of three has 60.
pub type Framework = Label;

/// What an engagement is. It is recorded flat: `ends_on`, `framework`, `name`, `starts_on`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct Plan {
    /// What it is called.
    pub name: EngagementName,
    /// What it audits against.
    pub framework: Framework,
    /// From when until when.
    pub period: Period,
}

/// Two days, the last not before the first; both belong to it. It may be a single day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    starts_on: Date,
    ends_on: Date,
}

/// Why two days are no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it ends on {ends_on}, before it starts on {starts_on}")]
pub struct PeriodError {
    /// The first day.
    pub starts_on: Date,
    /// The last day.
    pub ends_on: Date,
}

/// The days of a period by name, so that neither is taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub starts_on: Date,
    /// The last day.
    pub ends_on: Date,
}

impl Period {
    /// From a day until another.
    ///
    /// # Errors
    /// [`PeriodError`], when the last is before the first.
    pub fn new(Days { starts_on, ends_on }: Days) -> Result<Self, PeriodError> {
        if ends_on < starts_on { Err(PeriodError { starts_on, ends_on }) } else { Ok(Self { starts_on, ends_on }) }
    }

    /// The first day.
    pub fn starts_on(&self) -> Date {
        self.starts_on
    }

    /// The last day.
    pub fn ends_on(&self) -> Date {
        self.ends_on
    }

    /// Whether a day belongs to it.
    pub fn contains(&self, day: Date) -> bool {
        self.starts_on <= day && day <= self.ends_on
    }
}

/// The `detail` of `engagement.opened` and `engagement.changed`, version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flat {
    ends_on: Date,
    framework: Framework,
    name: EngagementName,
    starts_on: Date,
}

impl TryFrom<Flat> for Plan {
    type Error = PeriodError;

    fn try_from(Flat { ends_on, framework, name, starts_on }: Flat) -> Result<Self, PeriodError> {
        Ok(Self { name, framework, period: Period::new(Days { starts_on, ends_on })? })
    }
}

impl From<Plan> for Flat {
    fn from(Plan { name, framework, period }: Plan) -> Self {
        Self { ends_on: period.ends_on, framework, name, starts_on: period.starts_on }
    }
}
