//! The form of the policy.

use domain::invitation::{Delivery, LinkReuse, SecondFactor};
use domain::organisation::{Granters, Policy, PolicyValues, Preset};
use serde::Deserialize;

use super::{Control, Field, words};
use crate::web::FieldErrors;
use crate::web::components::Choice;

/// As it was filled in, or as it is: each value as its word.
#[derive(Clone, Debug, Deserialize)]
pub struct Form {
    preset: String,
    default_days: String,
    min_days: String,
    max_days: String,
    link_reuse: String,
    second_factor: String,
    delivery_default: String,
    granters: String,
    edit_in_place: String,
    resend: String,
}

impl Form {
    pub(super) fn of(preset: Preset, values: &PolicyValues) -> Self {
        let yes_or_no = |value: bool| if value { "yes" } else { "no" }.to_owned();
        Self {
            preset: preset.to_string(),
            default_days: values.default_days.to_string(),
            min_days: values.min_days.to_string(),
            max_days: values.max_days.to_string(),
            link_reuse: values.link_reuse.to_string(),
            second_factor: values.second_factor.to_string(),
            delivery_default: values.delivery_default.to_string(),
            granters: values.granters.to_string(),
            edit_in_place: yes_or_no(values.edit_in_place),
            resend: yes_or_no(values.resend),
        }
    }

    pub(super) fn preset(&self) -> Preset {
        Preset::parse(&self.preset).unwrap_or_default()
    }

    pub(super) fn read(&self, errors: &mut FieldErrors) -> Option<(Preset, Policy)> {
        let preset = errors.take("preset", Preset::parse(&self.preset));
        let default_days = days("default_days", &self.default_days, errors);
        let min_days = days("min_days", &self.min_days, errors);
        let max_days = days("max_days", &self.max_days, errors);
        let link_reuse = errors.take("link_reuse", LinkReuse::parse(&self.link_reuse));
        let second_factor = errors.take("second_factor", SecondFactor::parse(&self.second_factor));
        let delivery_default = errors.take("delivery_default", Delivery::parse(&self.delivery_default));
        let granters = errors.take("granters", Granters::parse(&self.granters));
        let values = PolicyValues {
            default_days: default_days?,
            delivery_default: delivery_default?,
            edit_in_place: self.edit_in_place == "yes",
            granters: granters?,
            link_reuse: link_reuse?,
            max_days: max_days?,
            min_days: min_days?,
            resend: self.resend == "yes",
            second_factor: second_factor?,
        };
        let policy = Policy::new(values).map_err(|error| errors.add(error.field(), error.to_string())).ok();
        preset.zip(policy)
    }

    /// Its fields, in the order of [`Policy::rows`].
    pub(super) fn fields(&self) -> Vec<Field> {
        let rows = self.preset().policy().rows();
        rows.into_iter().map(|(name, preset_value)| self.field(name, &preset_value)).collect()
    }

    fn field(&self, name: &'static str, preset_value: &str) -> Field {
        let (label, hint) = words::field(name);
        let value = self.value(name);
        let control = if name.ends_with("_days") {
            Control::Days(value.to_owned())
        } else {
            Control::Words(choices(name, value))
        };
        let differs = value != preset_value;
        Field { name, label, hint, control, preset_value: differs.then(|| words::value(name, preset_value)) }
    }

    fn value(&self, name: &str) -> &str {
        match name {
            "default_days" => &self.default_days,
            "min_days" => &self.min_days,
            "max_days" => &self.max_days,
            "link_reuse" => &self.link_reuse,
            "second_factor" => &self.second_factor,
            "delivery_default" => &self.delivery_default,
            "granters" => &self.granters,
            "edit_in_place" => &self.edit_in_place,
            _ => &self.resend,
        }
    }
}

fn days(field: &'static str, text: &str, errors: &mut FieldErrors) -> Option<u16> {
    errors.take(field, text.trim().parse::<u16>().map_err(|_| "Days are a whole number, for example 30"))
}

/// What can be chosen for a value.
fn choices(name: &str, chosen: &str) -> Vec<Choice> {
    let all: Vec<&'static str> = match name {
        "link_reuse" => LinkReuse::ALL.iter().map(|word| word.as_str()).collect(),
        "second_factor" => SecondFactor::ALL.iter().map(|word| word.as_str()).collect(),
        "delivery_default" => Delivery::ALL.iter().map(|word| word.as_str()).collect(),
        "granters" => Granters::ALL.iter().map(|word| word.as_str()).collect(),
        _ => vec!["yes", "no"],
    };
    all.into_iter().map(|word| Choice::new(word, words::value(name, word), word == chosen)).collect()
}
