//! All records of a type that a grant reaches, as a table that an import would read again.

use std::collections::BTreeSet;

use domain::access_grant::Resource;
use domain::record::{FieldName, Parts};
use futures::TryStreamExt as _;
use projections::read_models::records::{self, RecordRow, Within};

use super::{filter, is_within};
use crate::app::App;
use crate::error::{Error, Result};
use crate::export::table::{TABLE_BYTES_MAX, TooLarge, Writer, Written};
use crate::portal::asked::Asked;
use crate::portal::reader::Reader;

/// What every record has.
const COLUMNS: [&str; 4] = ["reference", "title", "status", "owner"];

/// Makes the table of what the filters of the page find, by reference.
///
/// # Errors
/// [`Error::Invalid`], where it would be too large; [`Error::Unavailable`].
pub async fn table(app: &App, reader: &Reader, resource: Resource, asked: &Asked) -> Result<Written> {
    let rows = all(app, reader, resource, asked).await?;
    let dates: BTreeSet<FieldName> = rows.iter().flat_map(|row| row.parts().dates.keys().cloned()).collect();
    let fields: BTreeSet<FieldName> = rows.iter().flat_map(|row| row.parts().fields.keys().cloned()).collect();
    let named = dates.iter().chain(&fields).map(FieldName::as_str);
    let head: Vec<&str> = COLUMNS.into_iter().chain(named).chain(["body", "changed_at"]).collect();
    let mut writer = Writer::new(head).map_err(too_large)?;
    for row in &rows {
        writer.row(cells(row, &dates, &fields)).map_err(too_large)?;
    }
    Ok(writer.finish())
}

/// What is told where a table would be too large.
pub fn too_large(error: TooLarge) -> Error {
    Error::invalid("export", error.to_string())
}

/// Every row, as the database has them at one moment. They are in memory together, for the head names every column that
/// any of them has.
async fn all(app: &App, reader: &Reader, resource: Resource, asked: &Asked) -> Result<Vec<RecordRow>> {
    let limits = reader.scope().filters();
    let (within, filter) = (Within { log: reader.log, resource, limits }, filter(asked));
    let mut tx = app.requests().snapshot_of(reader.log).await?;
    let mut rows = Vec::new();
    let mut bytes = 0;
    let mut found = records::export(&mut tx, within, &filter);
    while let Some(row) = found.try_next().await? {
        bytes += row.parts().body.as_ref().map_or(0, |body| body.as_str().len());
        if TABLE_BYTES_MAX < bytes {
            return Err(too_large(TooLarge));
        }
        if is_within(limits, &row) {
            rows.push(row);
        }
    }
    drop(found);
    tx.commit().await?;
    Ok(rows)
}

fn cells(row: &RecordRow, dates: &BTreeSet<FieldName>, fields: &BTreeSet<FieldName>) -> Vec<String> {
    let Parts { body, dates: days, fields: texts, owner, status, title } = row.parts();
    let mut cells = vec![row.reference.to_string(), title.to_string()];
    cells.extend([status.as_ref(), owner.as_ref()].map(|label| label.map(ToString::to_string).unwrap_or_default()));
    cells.extend(dates.iter().map(|name| days.get(name).map(ToString::to_string).unwrap_or_default()));
    cells.extend(fields.iter().map(|name| texts.get(name).map(ToString::to_string).unwrap_or_default()));
    cells.push(body.as_ref().map(ToString::to_string).unwrap_or_default());
    cells.push(row.changed_at.to_string());
    cells
}
