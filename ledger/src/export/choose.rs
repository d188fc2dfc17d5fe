//! Which entries a selection includes (spec §10): those that match, and those that the format requires besides.

use std::io;

use super::query::Query;
use crate::entry::{Entry, LedgerEvent};
use crate::source::{LogSource, stored_entries};
use crate::tile::WIDTH_MAX;

/// The entries of a selection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// Indices of all entries to include, ascending.
    pub included: Vec<u64>,
    /// How many of them match the query.
    pub matched: u64,
    /// Lowest and highest index that matches; `None` when none does.
    pub span: Option<(u64, u64)>,
}

/// What is required besides, as far as the log was gone through.
#[derive(Default)]
struct Required {
    heartbeat: Option<u64>,
    attestation: Option<u64>,
    before: Option<u64>,
    after: Option<u64>,
}

/// Goes through the first `size` entries of a log and chooses those for a query.
///
/// # Errors
/// The source's own, and `InvalidData` where an entry is missing or malformed.
pub fn choose<S: LogSource>(log: &S, size: u64, query: &Query) -> io::Result<Chosen> {
    let mut chosen = Chosen::default();
    let mut required = Required::default();
    for tile in 0..size.div_ceil(WIDTH_MAX.into()) {
        for bytes in stored_entries(log, tile, size)? {
            let entry = Entry::parse(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            let is_match = query.matches(&entry);
            if is_match {
                chosen.add_match(entry.sequence);
            }
            if is_match || entry.sequence == 0 || entry.event_type.is_key_change() {
                chosen.included.push(entry.sequence);
            }
            required.look_at(&entry, query);
        }
    }
    let Required { heartbeat, attestation, before, after } = required;
    chosen.included.extend([heartbeat, attestation, before, after].into_iter().flatten());
    chosen.included.sort_unstable();
    chosen.included.dedup();
    Ok(chosen)
}

impl Chosen {
    fn add_match(&mut self, index: u64) {
        self.matched += 1;
        self.span = Some((self.span.map_or(index, |(first, _)| first), index));
    }
}

impl Required {
    fn look_at(&mut self, entry: &Entry, query: &Query) {
        let index = entry.sequence;
        match (entry.ledger_event.as_deref(), query) {
            (Some(LedgerEvent::Heartbeat(_)), _) => self.heartbeat = Some(index),
            (Some(LedgerEvent::StreamAttested(attested)), Query::Stream(stream)) if attested.stream == *stream => {
                self.attestation = Some(index);
            }
            _ => {}
        }
        if let Query::Times { from, to } = query {
            if entry.time < *from {
                self.before = Some(index);
            } else if *to <= entry.time {
                self.after = self.after.or(Some(index));
            }
        }
    }
}
