//! Calendar dates, without a time of day and without a time zone.

use std::fmt;

use ledger::vocabulary::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::FormError;

/// A day of the Gregorian calendar from 1970 on, written `YYYY-MM-DD`; dates are in the order of their texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(String);

impl Date {
    /// Reads a date that the calendar has.
    ///
    /// # Errors
    /// [`FormError`], when the text is of another form or there is no such day.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        // The format's times hold to the same calendar.
        match Timestamp::parse(&format!("{text}T00:00:00.000000Z")) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(FormError { what: "date (YYYY-MM-DD)", found: text.to_owned() }),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Date {
    type Error = FormError;

    fn try_from(text: String) -> Result<Self, FormError> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.0
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2026-11-26", true)]
    #[case("2028-02-29", true)]
    #[case("2026-02-29", false)]
    #[case("2026-13-01", false)]
    #[case("2026-1-01", false)]
    #[case("1969-12-31", false)]
    #[case("2026-11-26Z", false)]
    #[case("", false)]
    fn a_date_is_a_day_that_the_calendar_has(#[case] text: &str, #[case] is_date: bool) {
        assert_eq!(Date::parse(text).is_ok(), is_date);
    }
}
