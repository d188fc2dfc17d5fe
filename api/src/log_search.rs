//! A search of the log as a page or a program asks for it, and what of it is not understood: one reading for members and for
//! auditors.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::name::Reference;
use ledger::time::Timestamp;
use projections::read_models::entries::{Filter, OutcomeFilter, TypeFilter};

use crate::error::{Error, Result};
use crate::web::FieldErrors;

/// What is searched for, as it was typed. What is empty is not asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search<'a> {
    /// A type of entry, the beginning of types, or a name of another system.
    pub kind: &'a str,
    /// Who acted.
    pub actor: &'a str,
    /// To what.
    pub subject: &'a str,
    /// Of one thing's own history.
    pub stream: &'a str,
    /// `success` or `failure`.
    pub outcome: &'a str,
    /// The first day, or an instant.
    pub from: &'a str,
    /// The last day, or the instant before which.
    pub until: &'a str,
    /// What the parameter of the last day is called.
    pub until_field: &'static str,
    /// By whose clocks days begin and end.
    pub zone: &'a str,
}

impl Search<'_> {
    /// As the read model takes it. What is not understood stands among the errors, by the name of its parameter, and then
    /// nothing is to be listed.
    pub(crate) fn understood(&self, errors: &mut FieldErrors) -> Filter {
        let mut filter = Filter::default();
        if !self.kind.is_empty() {
            filter.event_type = errors.take("type", TypeFilter::parse(self.kind));
        }
        filter.actor = (!self.actor.is_empty()).then(|| self.actor.to_owned());
        if !self.subject.is_empty() {
            filter.subject = errors.take("subject", Reference::parse(self.subject));
        }
        if !self.stream.is_empty() {
            filter.stream = errors.take("stream", Reference::parse(self.stream));
        }
        if !self.outcome.is_empty() {
            filter.outcome = errors.take("outcome", OutcomeFilter::parse(self.outcome));
        }
        filter.from = instant("from", self.from, errors, |day| begins(day, self.zone));
        filter.until = instant(self.until_field, self.until, errors, |day| {
            day.tomorrow().ok().and_then(|day| begins(day, self.zone))
        });
        filter
    }

    /// The same for a program.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the first parameter that is not understood.
    pub(crate) fn required(&self) -> Result<Filter> {
        let mut errors = FieldErrors::default();
        let filter = self.understood(&mut errors);
        errors.iter().next().map_or(Ok(filter), |error| Err(Error::invalid(error.field, error.rule.clone())))
    }
}

/// An instant, or what a day has of them.
fn instant(
    field: &'static str,
    text: &str,
    errors: &mut FieldErrors,
    of_day: impl Fn(Date) -> Option<Timestamp>,
) -> Option<Timestamp> {
    if text.is_empty() {
        return None;
    }
    if let Ok(instant) = Timestamp::parse(text) {
        return Some(instant);
    }
    let day = text.parse::<Date>().map_err(|_| "A day is a year, a month and a day, for example 2026-11-22");
    // Beyond what a log can hold there is nothing to find.
    errors.take(field, day.and_then(|day| of_day(day).ok_or("No log reaches to that day")))
}

/// When a day begins by the clocks of a zone.
fn begins(day: Date, zone: &str) -> Option<Timestamp> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let midnight = day.to_zoned_datetime(zone).ok()?.timestamp();
    Timestamp::from_micros(midnight.as_microsecond()).ok()
}
