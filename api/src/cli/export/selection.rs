//! Which entries `countersign export` takes: all of them, or by one kind of query (spec §10).

use anyhow::Context as _;
use clap::{ArgGroup, Args};
use ledger::name::Reference;
use ledger::time::Timestamp;
use store::export::{Query, TypeFilter};

/// At most one kind of query.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("query").args(["kind", "stream", "subject", "actor", "first", "from"])))]
pub(super) struct Selection {
    /// Only entries of this type; with a dot at its end, of all types that begin so. `auditor.` is the auditors' trail.
    #[arg(long = "type", value_name = "TYPE", value_parser = type_filter)]
    kind: Option<TypeFilter>,
    /// Only entries of this stream, with a statement of how many there are.
    #[arg(long, value_name = "STREAM", value_parser = reference)]
    stream: Option<Reference>,
    /// Only entries about this.
    #[arg(long, value_name = "SUBJECT", value_parser = reference)]
    subject: Option<Reference>,
    /// Only entries of who has this id.
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// Only entries from this number on.
    #[arg(long, value_name = "NUMBER", requires = "last")]
    first: Option<u64>,
    /// Up to this number.
    #[arg(long, value_name = "NUMBER", requires = "first")]
    last: Option<u64>,
    /// Only entries from this time on.
    #[arg(long, value_name = "TIME", requires = "to", value_parser = timestamp)]
    from: Option<Timestamp>,
    /// Before this time.
    #[arg(long, value_name = "TIME", requires = "from", value_parser = timestamp)]
    to: Option<Timestamp>,
}

impl Selection {
    /// What is asked of the log.
    ///
    /// # Errors
    /// A range that holds nothing, or an empty id.
    pub(super) fn query(self) -> anyhow::Result<Query> {
        if let Some((first, last)) = self.first.zip(self.last) {
            return Query::indices(first, last).context("--first is at most --last");
        }
        if let Some((from, to)) = self.from.zip(self.to) {
            return Query::times(from, to).context("--from is before --to");
        }
        // What is asked for is recorded for ever.
        let is_id = self.actor.as_deref().is_none_or(|actor| !actor.is_empty() && !actor.contains(['@', ' ']));
        anyhow::ensure!(is_id, "--actor is an id, and no name or address");
        let kinds = [
            self.kind.map(Query::Type),
            self.stream.map(Query::Stream),
            self.subject.map(Query::Subject),
            self.actor.map(Query::Actor),
        ];
        Ok(kinds.into_iter().flatten().next().unwrap_or(Query::All))
    }
}

fn type_filter(text: &str) -> Result<TypeFilter, String> {
    TypeFilter::parse(text)
        .map_err(|_| "a type is words with dots, such as auditor.access.granted or auditor.".to_owned())
}

fn reference(text: &str) -> Result<Reference, String> {
    Reference::parse(text).map_err(|error| error.to_string())
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}
