//! What the list of entries can be asked for.

use ledger::name::Reference;
use ledger::time::Timestamp;
use sqlx::{Postgres, QueryBuilder};

/// Which entries a list shows: those that every given condition holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Their type.
    pub event_type: Option<TypeFilter>,
    /// Id of who acted.
    pub actor: Option<String>,
    /// What it happened to.
    pub subject: Option<Reference>,
    /// The stream they belong to.
    pub stream: Option<Reference>,
    /// Whether it came about.
    pub outcome: Option<OutcomeFilter>,
    /// Recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Recorded before this time.
    pub until: Option<Timestamp>,
}

/// One type, or all types below a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeFilter(String);

/// Whether it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeFilter {
    /// It did.
    Success,
    /// It did not.
    Failure,
}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Not one or more words of a type.
    #[error("a type filter is a type, or the beginning of types up to and with a dot, for example auditor.access.")]
    Type,
    /// Neither of the two words.
    #[error("an outcome is success or failure")]
    Outcome,
}

impl TypeFilter {
    /// Reads a type (`auditor.access.granted`) or, ending in a dot, what types begin with (`auditor.`).
    ///
    /// # Errors
    /// [`FilterError::Type`].
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let is_word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        let words = text.strip_suffix('.').unwrap_or(text);
        let is_type = text.ends_with('.') || words.contains('.');
        if !is_type || !words.split('.').all(is_word) {
            return Err(FilterError::Type);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl OutcomeFilter {
    /// Reads `success` or `failure`.
    ///
    /// # Errors
    /// [`FilterError::Outcome`].
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        match text {
            "success" => Ok(Self::Success),
            "failure" => Ok(Self::Failure),
            _ => Err(FilterError::Outcome),
        }
    }
}

impl Filter {
    /// Appends the conditions that were given, times aside, and no others: the planner sees what is asked.
    pub(super) fn push_to(&self, query: &mut QueryBuilder<'_, Postgres>) {
        if let Some(filter) = &self.event_type {
            filter.push_to(query);
        }
        let texts = [
            (" and actor_id = ", self.actor.clone()),
            (" and subject = ", self.subject.as_ref().map(ToString::to_string)),
            (" and stream = ", self.stream.as_ref().map(ToString::to_string)),
        ];
        for (condition, text) in texts {
            if let Some(text) = text {
                query.push(condition).push_bind(text);
            }
        }
        // Spelt out, so that the index of those that failed serves.
        match self.outcome {
            Some(OutcomeFilter::Success) => drop(query.push(" and outcome = 'success'")),
            Some(OutcomeFilter::Failure) => drop(query.push(" and outcome = 'failure'")),
            None => {}
        }
    }
}

impl TypeFilter {
    fn push_to(&self, query: &mut QueryBuilder<'_, Postgres>) {
        match self.0.strip_suffix('.') {
            None => {
                query.push(" and type = ").push_bind(self.0.clone());
            }
            // By bytes, `/` is what follows the dot: all that begins with the prefix stands between them.
            Some(prefix) => {
                query.push(" and type >= ").push_bind(self.0.clone());
                query.push(" and type < ").push_bind(format!("{prefix}/"));
            }
        }
    }
}
