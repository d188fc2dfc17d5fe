//! What the list of entries can be asked for.

use domain::alias::{self, Condition, Only};
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

/// One type, all types below a prefix, or what another system's name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeFilter {
    asked: String,
    /// Whether `asked` is a type or a prefix of ours; `user.signed_in` is one, and is an alias too.
    is_type: bool,
    stands_for: &'static [Condition],
}

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
    #[error(
        "a type filter is a type, the beginning of types up to and with a dot, for example auditor.access., or a name of another system that is known here, for example ACCEPT_INVITE"
    )]
    Type,
    /// Neither of the two words.
    #[error("an outcome is success or failure")]
    Outcome,
}

impl TypeFilter {
    /// Reads a type (`auditor.access.granted`), what types begin with, ending in a dot (`auditor.`), or a name of another
    /// system ([`alias::ALIASES`]).
    ///
    /// # Errors
    /// [`FilterError::Type`].
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let stands_for = alias::named(text).map(|alias| alias.stands_for);
        let is_type = is_type(text);
        if !is_type && stands_for.is_none() {
            return Err(FilterError::Type);
        }
        Ok(Self { asked: text.to_owned(), is_type, stands_for: stands_for.unwrap_or_default() })
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.asked
    }
}

fn is_type(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let words = text.strip_suffix('.').unwrap_or(text);
    (text.ends_with('.') || words.contains('.')) && words.split('.').all(is_word)
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
        // Nothing is recorded under some names yet.
        query.push(" and (false");
        if self.is_type {
            query.push(" or ");
            self.push_asked(query);
        }
        for condition in self.stands_for {
            query.push(" or (");
            push_condition(query, condition);
            query.push(")");
        }
        query.push(")");
    }

    fn push_asked(&self, query: &mut QueryBuilder<'_, Postgres>) {
        match self.asked.strip_suffix('.') {
            None => {
                query.push("type = ").push_bind(self.asked.clone());
            }
            // By bytes, `/` is what follows the dot: all that begins with the prefix stands between them.
            Some(prefix) => {
                query.push("type >= ").push_bind(self.asked.clone());
                query.push(" and type < ").push_bind(format!("{prefix}/"));
            }
        }
    }
}

fn push_condition(query: &mut QueryBuilder<'_, Postgres>, condition: &Condition) {
    query.push("type = ").push_bind(condition.name);
    match condition.only {
        None => {}
        Some(Only::Variant(variant)) => {
            query.push(" and variant = ").push_bind(variant.as_str());
        }
        Some(Only::Failed) => {
            query.push(" and outcome = 'failure'");
        }
        Some(Only::FailedFor(reasons)) => {
            query.push(" and reason = any(").push_bind(reasons).push(")");
        }
    }
}
