//! Personal values as pages show them: opened at display, from the entries that hold them.
//!
//! No read model has them. So whoever destroys a data key has erased them from every page at once.

use std::collections::HashMap;

use ledger::vocabulary::{OpenedPart, Personal};

use crate::append::LogId;
use crate::entries;
use crate::open::Ledger;
use crate::recording::{self, LoadError};

/// The sealed values of the entries at these places, each in its entry's order; erased where the data key is gone. An
/// entry without any has an empty list, a place beyond the log's end has none.
///
/// For a page's worth of entries: all of them are in memory. At most two queries, however many entries and persons.
///
/// # Errors
/// [`LoadError`], at the first entry or value that does not read.
pub async fn of(ledger: &Ledger, log: LogId, indices: &[u64]) -> Result<HashMap<u64, Vec<OpenedPart>>, LoadError> {
    if indices.is_empty() {
        return Ok(HashMap::new());
    }
    let mut conn = ledger.reader().acquire().await?;
    let entries = entries::at(&mut *conn, log, indices).await?;
    let (entries, keys) = recording::with_keys(&mut conn, log, &entries).await?;
    entries.iter().map(|entry| Ok((entry.sequence, recording::opened(entry, &keys)?))).collect()
}

/// Name and address out of what is sealed in the entry by which somebody became known, a member or an auditor; nothing where
/// they were not given or are erased.
pub fn person(parts: &[OpenedPart]) -> (Option<String>, Option<String>) {
    let known = |field: &str| match &parts.iter().find(|part| part.field == field)?.value {
        Personal::Known(text) => Some(text.clone()),
        Personal::Erased => None,
    };
    (known("name"), known("email"))
}
