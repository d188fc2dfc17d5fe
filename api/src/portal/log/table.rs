//! The entries that a list finds, as a table.

use std::collections::HashMap;

use ledger::hash::EntryHash;
use projections::read_models::entries::{self, EntryRow, ROWS_PER_PAGE_MAX};

use super::search;
use crate::app::App;
use crate::error::{Error, Result};
use crate::export::table::{Writer, Written};
use crate::portal::asked::Asked;
use crate::portal::reader::Reader;
use crate::portal::records::too_large;

const COLUMNS: [&str; 11] =
    ["index", "time", "type", "subject", "actor_type", "actor_id", "actor_role", "outcome", "reason", "id", "hash"];

/// Makes the table of what the filters of the page find, newest first.
///
/// # Errors
/// [`Error::Invalid`], where it would be too large or a filter was not understood; [`Error::Unavailable`].
pub async fn table(app: &App, reader: &Reader, asked: &Asked) -> Result<Written> {
    let filter = search(asked).required()?;
    let mut writer = Writer::new(COLUMNS).map_err(too_large)?;
    let mut tx = app.requests().snapshot_of(reader.log).await?;
    let mut before = None;
    loop {
        let page = entries::page(&mut tx, reader.log, &filter, before, ROWS_PER_PAGE_MAX).await?;
        let indices: Vec<u64> = page.rows.iter().map(|row| row.index).collect();
        let entries = store::entries::at(&mut *tx, reader.log, &indices).await?;
        let hashes: HashMap<u64, EntryHash> = entries.iter().map(|entry| (entry.index, entry.hash)).collect();
        for row in &page.rows {
            let hash =
                hashes.get(&row.index).ok_or_else(|| Error::internal("a list names an entry that is not there"))?;
            writer.row(cells(row, hash)).map_err(too_large)?;
        }
        match page.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    tx.commit().await?;
    Ok(writer.finish())
}

fn cells(row: &EntryRow, hash: &EntryHash) -> [String; 11] {
    [
        row.index.to_string(),
        row.time.to_string(),
        row.event_type.to_string(),
        row.subject.to_string(),
        row.actor.kind.as_str().to_owned(),
        row.actor.id.clone(),
        row.actor.role.clone().unwrap_or_default(),
        row.outcome.as_str().to_owned(),
        row.outcome.reason().unwrap_or_default().to_owned(),
        row.id.to_string(),
        hash.to_string(),
    ]
}
