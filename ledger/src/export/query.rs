//! What a selection was asked for (spec §10).

use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::entry::Entry;
use crate::name::{EventType, Reference, ReferenceError, is_word};
use crate::time::{Timestamp, TimestampError};

/// The query of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The whole log: `{}`.
    All,
    /// Entries by index, both ends included.
    Indices {
        /// The lowest index.
        first: u64,
        /// The highest index, not below `first`.
        last: u64,
    },
    /// Entries by time.
    Times {
        /// The earliest time.
        from: Timestamp,
        /// The first time that is too late, above `from`.
        to: Timestamp,
    },
    /// Entries of one stream.
    Stream(Reference),
    /// Entries of one actor, by `data.actor.id`.
    Actor(String),
    /// Entries with one subject.
    Subject(Reference),
    /// Entries by type.
    Type(TypeFilter),
}

/// A type, or a group of types: a prefix that ends in `.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeFilter(String);

/// Why a JSON object is not a query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryError {
    /// The value is no object, or its members are not exactly those of one kind of query.
    #[error("a query has exactly the members of one kind")]
    Members,
    /// A member is no number or no text, or a text is empty.
    #[error("the query's {0} has another form")]
    Form(&'static str),
    /// A time that is not in the form of `time`.
    #[error("the query's {member} is no time")]
    Time {
        /// `from` or `to`.
        member: &'static str,
        /// Why.
        source: TimestampError,
    },
    /// A stream or subject that is none.
    #[error("the query's {member} is no reference")]
    Reference {
        /// `stream` or `subject`.
        member: &'static str,
        /// Why.
        source: ReferenceError,
    },
    /// A range that contains nothing.
    #[error("the query's range is empty")]
    Range,
}

impl Query {
    /// Reads the `query` of a manifest. Accepts exactly what [`Query::to_value`] gives.
    pub fn from_value(value: &Value) -> Result<Query, QueryError> {
        let members = value.as_object().ok_or(QueryError::Members)?;
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        match names.as_slice() {
            [] => Ok(Query::All),
            ["first", "last"] => Query::indices(number(members, "first")?, number(members, "last")?),
            ["from", "to"] => Query::times(time(members, "from")?, time(members, "to")?),
            ["stream"] => reference(members, "stream").map(Query::Stream),
            ["actor"] => text(members, "actor").map(|actor| Query::Actor(actor.to_owned())),
            ["subject"] => reference(members, "subject").map(Query::Subject),
            ["type"] => TypeFilter::parse(text(members, "type")?).map(Query::Type),
            _ => Err(QueryError::Members),
        }
    }

    /// Entries from `first` to `last`, both included.
    pub fn indices(first: u64, last: u64) -> Result<Query, QueryError> {
        if first <= last { Ok(Query::Indices { first, last }) } else { Err(QueryError::Range) }
    }

    /// Entries from `from` on and before `to`.
    pub fn times(from: Timestamp, to: Timestamp) -> Result<Query, QueryError> {
        if from < to { Ok(Query::Times { from, to }) } else { Err(QueryError::Range) }
    }

    /// The query as it stands in a manifest.
    pub fn to_value(&self) -> Value {
        match self {
            Query::All => json!({}),
            Query::Indices { first, last } => json!({"first": first, "last": last}),
            Query::Times { from, to } => json!({"from": from.to_string(), "to": to.to_string()}),
            Query::Stream(stream) => json!({"stream": stream.as_str()}),
            Query::Actor(actor) => json!({"actor": actor}),
            Query::Subject(subject) => json!({"subject": subject.as_str()}),
            Query::Type(filter) => json!({"type": filter.as_str()}),
        }
    }

    /// Whether the query asks for that entry.
    pub fn matches(&self, entry: &Entry) -> bool {
        match self {
            Query::All => true,
            Query::Indices { first, last } => (*first..=*last).contains(&entry.sequence),
            Query::Times { from, to } => (*from..*to).contains(&entry.time),
            Query::Stream(stream) => entry.stream.as_ref().is_some_and(|place| place.stream == *stream),
            Query::Actor(actor) => entry.actor.id == *actor,
            Query::Subject(subject) => entry.subject == *subject,
            Query::Type(filter) => filter.matches(&entry.event_type),
        }
    }
}

impl TypeFilter {
    /// Reads a type, or one or more of its first parts followed by `.`.
    pub fn parse(text: &str) -> Result<TypeFilter, QueryError> {
        let parts = text.strip_suffix('.').unwrap_or(text);
        if text.contains('.') && parts.split('.').all(is_word) {
            Ok(TypeFilter(text.to_owned()))
        } else {
            Err(QueryError::Form("type"))
        }
    }

    /// Whether that type is meant.
    pub fn matches(&self, event_type: &EventType) -> bool {
        if self.0.ends_with('.') { event_type.as_str().starts_with(&self.0) } else { event_type.as_str() == self.0 }
    }

    /// The type or prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn number(members: &Map<String, Value>, name: &'static str) -> Result<u64, QueryError> {
    members[name].as_u64().ok_or(QueryError::Form(name))
}

fn text<'a>(members: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, QueryError> {
    let text = members[name].as_str().filter(|text| !text.is_empty());
    text.ok_or(QueryError::Form(name))
}

fn time(members: &Map<String, Value>, member: &'static str) -> Result<Timestamp, QueryError> {
    Timestamp::parse(text(members, member)?).map_err(|source| QueryError::Time { member, source })
}

fn reference(members: &Map<String, Value>, member: &'static str) -> Result<Reference, QueryError> {
    Reference::parse(text(members, member)?).map_err(|source| QueryError::Reference { member, source })
}
