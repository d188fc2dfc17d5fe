//! Engagements: audits and reviews, each by a firm, in its period.

pub mod change;
pub mod close;
pub mod list;
pub mod open;
pub mod show;

use domain::date::Date;
use domain::engagement::{Days, EngagementName, Framework, Period, Plan};
use domain::name::EngagementId;
use serde::Serialize;
use serde_json::Value;
use store::append::Appended;
use utoipa::ToSchema;

use super::asked::Asked;
use super::recorded::{self, AcceptedEntry};
use crate::error::{Error, Result};
use crate::json::Members;

/// A name, a framework and two days.
const BODY_BYTES_MAX: usize = 4 << 10;

/// What an engagement is.
#[derive(Debug, Serialize, ToSchema)]
pub struct EngagementPlan {
    /// What it is called: 1 to 200 characters.
    #[schema(example = "SOC 2 Type II, 2026")]
    name: String,
    /// What it audits against: 1 to 100 characters.
    #[schema(example = "SOC 2")]
    framework: String,
    /// Its first day.
    #[schema(example = "2026-01-01")]
    starts_on: String,
    /// Its last day.
    #[schema(example = "2026-12-31")]
    ends_on: String,
}

/// An engagement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Engagement)]
pub struct Shown {
    /// Its id.
    pub engagement: String,
    /// `open` or `closed`.
    pub state: &'static str,
    /// What it is or was.
    #[serde(flatten)]
    pub plan: EngagementPlan,
}

/// A change of an engagement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EngagementChanged)]
pub struct Changed {
    /// Its id.
    pub engagement: String,
    /// What was recorded; nothing where it was like that already.
    pub entries: Vec<AcceptedEntry>,
}

impl From<&Plan> for EngagementPlan {
    fn from(plan: &Plan) -> Self {
        Self {
            name: plan.name.to_string(),
            framework: plan.framework.to_string(),
            starts_on: plan.period.starts_on().to_string(),
            ends_on: plan.period.ends_on().to_string(),
        }
    }
}

impl Changed {
    fn of<P>(asked: &Asked<P>, engagement: &str, appended: &Appended) -> Self {
        Self { engagement: engagement.to_owned(), entries: recorded::accepted(asked.origin(), appended) }
    }
}

/// What is no id of an engagement is no engagement.
fn engagement_id(text: &str) -> Result<EngagementId> {
    EngagementId::parse(text).map_err(|_| Error::NotFound)
}

fn read(body: Value) -> Result<Plan> {
    let mut members = Members::of("", body)?;
    let name = members.parsed("name", EngagementName::parse)?;
    let framework = members.parsed("framework", Framework::parse)?;
    let days =
        Days { starts_on: members.parsed("starts_on", Date::parse)?, ends_on: members.parsed("ends_on", Date::parse)? };
    let period = Period::new(days).map_err(|error| members.refuse("ends_on", error.to_string()))?;
    members.finish()?;
    Ok(Plan { name, framework, period })
}
