//! Which part of a log an export can be of: all of it, or what one kind of query selects (spec §10).

use domain::alias;
use ledger::time::Timestamp;
use store::export::{Query, TypeFilter};

use super::asked::Asked;
use crate::web::components::Chip;

/// The longest id of an actor by which an export is made.
const ACTOR_BYTES_MAX: usize = 200;

/// A part of a log that a file can hold.
#[derive(Debug)]
pub(super) struct Part {
    /// What it is, in words.
    pub(super) words: String,
    pub(super) query: Query,
    /// The parameters that ask for it; nothing for the whole log.
    parameters: Asked,
}

impl Part {
    /// The whole log.
    fn whole() -> Self {
        Self { words: "The whole log".to_owned(), query: Query::All, parameters: Asked::default() }
    }

    /// What is asked for, where one export can hold just that.
    ///
    /// # Errors
    /// Each filter by itself, of which an export can be.
    pub(super) fn of(asked: &Asked, now: Timestamp) -> Result<Self, Vec<Self>> {
        if !asked.is_filtered() {
            return Ok(Self::whole());
        }
        let mut parts = Self::each(asked, now);
        let only_one = parts.pop_if(|part| part.parameters.address("", None, None) == asked.address("", None, None));
        only_one.ok_or(parts)
    }

    /// The filters of a search one by one, but for those that no export can be of: an outcome, another system's name.
    fn each(asked: &Asked, now: Timestamp) -> Vec<Self> {
        let filter = &asked.filter;
        let mut parts = Vec::new();
        let mut add = |words: String, query: Query, parameters: Asked| parts.push(Self { words, query, parameters });
        if let Ok(types) = TypeFilter::parse(&asked.kind)
            && alias::named(&asked.kind).is_none()
        {
            let words = if asked.kind.ends_with('.') { "Everything of the types" } else { "Everything of the type" };
            let parameters = Asked { kind: asked.kind.clone(), ..Asked::default() };
            add(format!("{words} {}", asked.kind), Query::Type(types), parameters);
        }
        if let Some(subject) = &filter.subject {
            let parameters = Asked { subject: asked.subject.clone(), ..Asked::default() };
            add(format!("Everything that was done to {subject}"), Query::Subject(subject.clone()), parameters);
        }
        if let Some(stream) = &filter.stream {
            let parameters = Asked { stream: asked.stream.clone(), ..Asked::default() };
            add(format!("The history of {stream}"), Query::Stream(stream.clone()), parameters);
        }
        // What is asked for is recorded for ever: an address that somebody typed must not be.
        if let Some(actor) = filter.actor.as_ref().filter(|actor| is_opaque(actor)) {
            let parameters = Asked { actor: actor.clone(), ..Asked::default() };
            add(format!("Everything that was done by {actor}"), Query::Actor(actor.clone()), parameters);
        }
        if let Some((words, query)) = days(asked, now) {
            add(words, query, Asked { from: asked.from.clone(), to: asked.to.clone(), ..Asked::default() });
        }
        parts
    }

    /// The page that exports it.
    pub(super) fn address(&self, page: &str) -> String {
        self.parameters.address(page, None, None)
    }

    pub(super) fn chip(&self, page: &str) -> Chip {
        Chip { word: self.words.clone(), href: self.address(page) }
    }

    /// What whoever has the file can be sure of (spec §10, completeness).
    pub(super) fn proves(&self) -> &'static str {
        match self.query {
            Query::All => "That no entry up to its end is missing, changed or added.",
            Query::Indices { .. } | Query::Times { .. } => {
                "That no entry of that time is missing, changed or added. The last day is proved once an entry after it exists."
            }
            Query::Stream(_) => {
                "That its entries are unchanged and in their places, and that none of them is missing, by the log’s own statement."
            }
            Query::Actor(_) | Query::Subject(_) | Query::Type(_) => {
                "That its entries are unchanged and in their places. That none is missing it does not prove: that takes the whole log, days, or one thing’s history."
            }
        }
    }
}

/// Whether it can be an actor's id, and no person's address or name.
fn is_opaque(actor: &str) -> bool {
    let is_of_ids = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    actor.len() <= ACTOR_BYTES_MAX && actor.bytes().all(is_of_ids)
}

/// From the first day on up to the end of the last one; up to now, where no last one is given.
fn days(asked: &Asked, now: Timestamp) -> Option<(String, Query)> {
    if asked.from.is_empty() && asked.to.is_empty() {
        return None;
    }
    let beginning = Timestamp::from_micros(0).ok()?;
    let (from, until) = (asked.filter.from.unwrap_or(beginning), asked.filter.until.unwrap_or(now));
    let query = Query::times(from, until).ok()?;
    let words = match (asked.from.as_str(), asked.to.as_str()) {
        ("", to) => format!("Everything up to and with {to}"),
        (from, "") => format!("Everything from {from} on until now"),
        (from, to) => format!("Everything from {from} to {to}"),
    };
    Some((words, query))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::query::Parameters;
    use crate::web::FieldErrors;

    fn of(query: &str) -> Result<Part, Vec<Part>> {
        let parameters = Parameters::parse(Some(query)).unwrap();
        let asked = Asked::read(&parameters, "Europe/Luxembourg", &mut FieldErrors::default());
        Part::of(&asked, Timestamp::parse("2026-11-27T10:00:00.000000Z").unwrap())
    }

    #[rstest]
    #[case::everything("", json!({}))]
    #[case::types("type=auditor.", json!({ "type": "auditor." }))]
    #[case::a_thing("subject=evidence/1", json!({ "subject": "evidence/1" }))]
    #[case::a_history("stream=access_grant/1", json!({ "stream": "access_grant/1" }))]
    #[case::a_person("actor=4711", json!({ "actor": "4711" }))]
    #[case::a_day("from=2026-11-22&to=2026-11-22", json!({ "from": "2026-11-21T23:00:00.000000Z", "to": "2026-11-22T23:00:00.000000Z" }))]
    #[case::until_now("from=2026-11-22", json!({ "from": "2026-11-21T23:00:00.000000Z", "to": "2026-11-27T10:00:00.000000Z" }))]
    #[case::from_the_beginning("to=2026-11-22", json!({ "from": "1970-01-01T00:00:00.000000Z", "to": "2026-11-22T23:00:00.000000Z" }))]
    fn one_filter_is_one_query_and_days_are_those_of_the_organisation(#[case] query: &str, #[case] expected: Value) {
        let part = of(query).unwrap();
        assert_eq!(part.query.to_value(), expected);
        assert_eq!(part.address("/l"), if query.is_empty() { "/l".to_owned() } else { format!("/l?{query}") });
    }

    #[rstest]
    #[case::two("type=auditor.&actor=4711", &["/l?type=auditor.", "/l?actor=4711"])]
    #[case::with_an_outcome("type=auditor.&outcome=failure", &["/l?type=auditor."])]
    #[case::an_outcome("outcome=failure", &[])]
    #[case::another_systems_name("type=ACCEPT_INVITE", &[])]
    #[case::a_name_that_is_ours_and_anothers("type=user.signed_in", &[])]
    #[case::an_address("actor=ada@northgate.example", &[])]
    #[case::no_time("from=2026-11-23&to=2026-11-22", &[])]
    fn more_than_one_filter_is_offered_one_by_one(#[case] query: &str, #[case] expected: &[&str]) {
        let instead: Vec<_> = of(query).unwrap_err().iter().map(|part| part.address("/l")).collect();
        assert_eq!(instead, expected);
    }
}
