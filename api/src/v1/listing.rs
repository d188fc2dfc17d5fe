//! What the lists of engagements, evidence and records have in common.

use std::time::Duration;

use projections::list::{Cursor, Direction};
use projections::wait;

use crate::app::App;
use crate::error::{Error, Result};
use crate::query::{Parameters, percent_encode};
use store::append::LogId;

/// How long a list waits for an entry that its caller knows to be there.
const WAIT_AT_MOST: Duration = Duration::from_secs(2);
/// Where a page begins and what it waits for; everything else says which rows there are.
const OF_PAGE: [&str; 2] = ["after", "wait_for"];

/// The parameters of a list.
pub(super) struct Asked(Parameters);

impl Asked {
    /// Those of a query, where none but these and the ones of every list may stand.
    pub(super) fn read(query: Option<&str>, names: &[&str]) -> Result<Self> {
        let known = [names, &OF_PAGE].concat();
        Ok(Self(Parameters::parse(query)?.among(&known)?))
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).map(str::to_owned)
    }

    /// A value that must be readable as something.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>> {
        self.0.get(name).map(parse).transpose().map_err(|error| Error::invalid(name, error.to_string()))
    }

    /// One of two words, as whether it is the first.
    pub(super) fn either(&self, name: &str, words: [&str; 2]) -> Result<Option<bool>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(word) if words.contains(&word) => Ok(Some(word == words[0])),
            Some(_) => Err(Error::invalid(name, format!("is {} or {}", words[0], words[1]))),
        }
    }

    /// By what the list is sorted, of these; `-title` descends.
    pub(super) fn sort<T: Copy>(&self, known: &[(&str, T)]) -> Result<Option<(T, Direction)>> {
        let Some(text) = self.0.get("sort") else { return Ok(None) };
        let (word, direction) = match text.strip_prefix('-') {
            Some(word) => (word, Direction::Descending),
            None => (text, Direction::Ascending),
        };
        let found = known.iter().find(|(name, _)| *name == word).map(|(_, by)| (*by, direction));
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        found
            .map(Some)
            .ok_or_else(|| Error::invalid("sort", format!("is one of {}, perhaps with a - before", names.join(", "))))
    }

    /// Where the page begins.
    pub(super) fn cursor(&self) -> Result<Option<Cursor>> {
        self.parsed("after", |text| Cursor::parse(text).ok_or("is what `next` of the page before has"))
    }

    /// Waits for the entry that is asked for; whether the list shows it.
    pub(super) async fn wait(&self, app: &App, log: LogId, model: &'static str) -> Result<bool> {
        match self.parsed("wait_for", str::parse::<u64>)? {
            Some(index) => Ok(wait::until(app.ledger(), model, log, index, WAIT_AT_MOST).await?),
            None => Ok(true),
        }
    }

    /// The address of the page that follows.
    pub(super) fn next(&self, list: &str, cursor: Option<Cursor>) -> Option<String> {
        let kept = self.0.0.iter().filter(|(name, _)| !OF_PAGE.contains(&name.as_str()));
        let mut query: Vec<_> = kept.map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
        query.push(format!("after={}", percent_encode(&cursor?.to_string())));
        Some(format!("{list}?{}", query.join("&")))
    }
}
