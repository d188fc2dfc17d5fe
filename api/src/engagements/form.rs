//! What an engagement is, as a form.

use domain::date::Date;
use domain::engagement::{Days, EngagementName, Framework, Period, Plan};
use serde::Deserialize;

use crate::web::FieldErrors;

/// The fields.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Fields {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) framework: String,
    #[serde(default)]
    pub(super) starts_on: String,
    #[serde(default)]
    pub(super) ends_on: String,
}

impl Fields {
    /// As they stand of an engagement.
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            name: plan.name.to_string(),
            framework: plan.framework.to_string(),
            starts_on: plan.period.starts_on().to_string(),
            ends_on: plan.period.ends_on().to_string(),
        }
    }

    pub(super) fn read(&self) -> Result<Plan, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.required("name", "Name", &self.name, EngagementName::parse);
        let framework = errors.required("framework", "Framework", &self.framework, Framework::parse);
        let starts_on = errors.required("starts_on", "First day", &self.starts_on, Date::parse);
        let ends_on = errors.required("ends_on", "Last day", &self.ends_on, Date::parse);
        let days = starts_on.zip(ends_on).map(|(starts_on, ends_on)| Days { starts_on, ends_on });
        let period = days.and_then(|days| errors.take("ends_on", Period::new(days)));
        match (name, framework, period) {
            (Some(name), Some(framework), Some(period)) => Ok(Plan { name, framework, period }),
            _ => Err(errors),
        }
    }
}
