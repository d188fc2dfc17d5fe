//! Records in JSON.

use domain::record::Content;
use serde_json::Value;

use super::row::{Cell, Cells, Fault, Places, Row};
use crate::error::{Error, Result};
use crate::json::Members;

/// The rows of a list: an array, or an object whose only member `records` is one.
///
/// # Errors
/// [`Error::Invalid`], where there is no list. What is wrong within a row stands in the row.
pub fn rows(value: Value) -> Result<Vec<Row>> {
    let (at, records) = match value {
        Value::Object(_) => {
            let mut members = Members::of("", value)?;
            let records = members.take("records").ok_or_else(|| members.refuse("records", "is required"))?;
            members.finish()?;
            ("/records", records)
        }
        records => ("", records),
    };
    let Value::Array(records) = records else { return Err(Error::invalid(at, "must be an array")) };
    let row = |(place, value)| {
        let pointer = format!("{at}/{place}");
        let read = cells(&pointer, value, true).map_err(|fault| vec![fault]);
        let (reference, title) = (format!("{pointer}/reference"), format!("{pointer}/title"));
        let places = Places { whole: &pointer, reference: &reference, title: &title };
        let number = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
        Row { number, read: read.and_then(|cells| cells.record(places)) }
    };
    Ok(records.into_iter().enumerate().map(row).collect())
}

/// What one record says, whose reference stands in the path.
///
/// # Errors
/// [`Error::Invalid`], the first rule that is broken.
pub fn content(value: Value) -> Result<Content> {
    let places = Places { whole: "", reference: "/reference", title: "/title" };
    let read = cells("", value, false).map_err(|fault| vec![fault]);
    read.and_then(|cells| cells.content(places)).map_err(|faults| {
        let fault = faults.into_iter().next().unwrap_or_else(|| Fault::new("", &"cannot be read"));
        Error::invalid(fault.field, fault.rule)
    })
}

fn cells(pointer: &str, value: Value, is_named: bool) -> Result<Cells, Fault> {
    read(pointer, value, is_named).map_err(|error| match error {
        Error::Invalid { field, rule } => Fault { field, rule },
        other => Fault::new(pointer, &other),
    })
}

fn read(pointer: &str, value: Value, is_named: bool) -> Result<Cells> {
    let mut members = Members::of(pointer, value)?;
    let cells = Cells {
        reference: if is_named { text(&mut members, "reference")? } else { None },
        title: text(&mut members, "title")?,
        status: text(&mut members, "status")?,
        owner: text(&mut members, "owner")?,
        body: text(&mut members, "body")?,
        dates: texts(&mut members, "dates")?,
        fields: texts(&mut members, "fields")?,
    };
    members.finish()?;
    Ok(cells)
}

fn text(members: &mut Members, name: &str) -> Result<Option<Cell>> {
    let at = members.at(name);
    Ok(members.optional_text(name)?.map(|text| Cell { at, text }))
}

fn texts(members: &mut Members, name: &str) -> Result<Vec<(String, Cell)>> {
    let Some(mut object) = members.optional_object(name)? else { return Ok(Vec::new()) };
    let names = object.names();
    let cell = |name: String| Ok((name.clone(), Cell { at: object.at(&name), text: object.text(&name)? }));
    names.into_iter().map(cell).collect()
}
