//! What the list is asked for: as it was typed, and as it is understood.

use projections::read_models::entries::Filter;

use crate::log_search::Search;
use crate::query::{Parameters, percent_encode};
use crate::web::FieldErrors;
use crate::web::components::Chip;

/// A search of the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) kind: String,
    pub(super) actor: String,
    pub(super) subject: String,
    /// Of one thing's own history, as pages of it link to it.
    pub(super) stream: String,
    pub(super) outcome: String,
    /// Days by the organisation's clocks, both included.
    pub(super) from: String,
    pub(super) to: String,
    pub(super) before: Option<u64>,
    /// The entry that is open.
    pub(super) entry: Option<u64>,
    pub(super) filter: Filter,
}

impl Asked {
    /// What may be asked.
    pub(super) const NAMES: [&str; 9] =
        ["type", "actor", "subject", "stream", "outcome", "from", "to", "before", "entry"];

    /// What a query asks for. What a form leaves empty is not asked.
    pub(super) fn read(parameters: &Parameters, zone: &str, errors: &mut FieldErrors) -> Self {
        let mut asked = Self::default();
        let given = parameters.0.iter().filter(|(_, value)| !value.trim().is_empty());
        for (name, value) in given.map(|(name, value)| (name.as_str(), value.trim())) {
            match name {
                "type" => value.clone_into(&mut asked.kind),
                "actor" => value.clone_into(&mut asked.actor),
                "subject" => value.clone_into(&mut asked.subject),
                "stream" => value.clone_into(&mut asked.stream),
                "outcome" => value.clone_into(&mut asked.outcome),
                "from" => value.clone_into(&mut asked.from),
                "to" => value.clone_into(&mut asked.to),
                "before" => asked.before = value.parse().ok(),
                "entry" => asked.entry = value.parse().ok(),
                _ => {}
            }
        }
        asked.filter = asked.understood(zone, errors);
        asked
    }

    /// One entry, whatever else was asked for.
    pub(super) fn of_entry(index: u64) -> Self {
        Self { entry: Some(index), ..Self::default() }
    }

    fn understood(&self, zone: &str, errors: &mut FieldErrors) -> Filter {
        let Self { kind, actor, subject, stream, outcome, from, to, .. } = self;
        Search { kind, actor, subject, stream, outcome, from, until: to, until_field: "to", zone }.understood(errors)
    }

    /// Whether anything is left out.
    pub(super) fn is_filtered(&self) -> bool {
        self.filters().iter().any(|(_, _, value)| !value.is_empty())
    }

    /// Each filter that was given, by the name of its parameter.
    fn filters(&self) -> [(&'static str, &'static str, &str); 7] {
        [
            ("type", "Event", &self.kind),
            ("subject", "To what", &self.subject),
            ("stream", "History of", &self.stream),
            ("actor", "By whom", &self.actor),
            ("outcome", "Outcome", &self.outcome),
            ("from", "From", &self.from),
            ("to", "To", &self.to),
        ]
    }

    /// The list with these filters, before an entry, and with one open.
    pub(super) fn address(&self, page: &str, before: Option<u64>, entry: Option<u64>) -> String {
        self.address_without("", page, before, entry)
    }

    fn address_without(&self, left_out: &str, page: &str, before: Option<u64>, entry: Option<u64>) -> String {
        let given = self.filters().into_iter().filter(|(name, _, value)| !value.is_empty() && *name != left_out);
        let filters = given.map(|(name, _, value)| format!("{name}={}", percent_encode(value)));
        let places = [("before", before), ("entry", entry)];
        let places = places.into_iter().filter_map(|(name, index)| Some(format!("{name}={}", index?)));
        let query: Vec<String> = filters.chain(places).collect();
        let anchor = entry.map(|index| format!("#entry-{index}")).unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{page}{mark}{}{anchor}", query.join("&"))
    }

    /// What hides rows, each with the list without it.
    pub(super) fn chips(&self, page: &str) -> Vec<Chip> {
        let given = self.filters().into_iter().filter(|(_, _, value)| !value.is_empty());
        let chip = |(name, word, value): (&str, &str, &str)| Chip {
            word: format!("{word}: {value}"),
            href: self.address_without(name, page, None, None),
        };
        given.map(chip).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, zone: &str) -> (Asked, FieldErrors) {
        let mut errors = FieldErrors::default();
        (Asked::read(&Parameters::parse(Some(query)).unwrap(), zone, &mut errors), errors)
    }

    #[test]
    fn days_are_those_of_the_organisation_and_both_are_included() {
        let (asked, errors) = read("from=2026-11-22&to=2026-11-22&type=", "Europe/Luxembourg");
        assert!(errors.is_empty());
        assert_eq!(asked.filter.from.unwrap().to_string(), "2026-11-21T23:00:00.000000Z");
        assert_eq!(asked.filter.until.unwrap().to_string(), "2026-11-22T23:00:00.000000Z");
        assert_eq!(asked.filter.event_type, None);
    }

    #[test]
    fn what_is_not_understood_is_named_by_its_field() {
        let (_, errors) = read("type=Nobody&subject=x&stream=y&outcome=maybe&from=yesterday&to=0001-01-01", "UTC");
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["type", "subject", "stream", "outcome", "from", "to"]);
    }

    #[test]
    fn an_address_keeps_what_was_asked_and_a_chip_takes_one_of_it_away() {
        let (asked, _) = read("type=ACCEPT_INVITE&actor=a%26b&before=7", "UTC");
        assert_eq!(asked.address("/l", Some(3), Some(2)), "/l?type=ACCEPT_INVITE&actor=a%26b&before=3&entry=2#entry-2");
        let chips = asked.chips("/l");
        assert_eq!((chips[0].word.as_str(), chips[0].href.as_str()), ("Event: ACCEPT_INVITE", "/l?actor=a%26b"));
        assert_eq!(chips[1].href, "/l?type=ACCEPT_INVITE");
    }
}
