//! A record as texts in named places, and what becomes of it.

use std::collections::BTreeMap;

use domain::access_grant::Resource;
use domain::date::Date;
use domain::name::EngagementId;
use domain::record::{Body, Content, ENGAGEMENT, FieldName, FieldText, Parts, Reference, VENDOR};
use domain::text::{Label, Title};

/// A record that can be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRecord {
    /// By what it is called within its type.
    pub reference: Reference,
    /// What it says.
    pub content: Content,
}

/// A rule that is broken in one place of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place: a JSON pointer, or a column's name.
    pub field: String,
    /// What holds there.
    pub rule: String,
}

/// One of a list of records.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its place: as a spreadsheet counts, where the head is row 1, or from 1 where there is no head.
    pub number: u32,
    /// The record, or all that is wrong with it.
    pub read: Result<NewRecord, Vec<Fault>>,
}

impl Fault {
    pub(super) fn new(field: impl Into<String>, rule: &impl ToString) -> Self {
        Self { field: field.into(), rule: rule.to_string() }
    }
}

/// A text, and what its place is called by whoever sent it.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) at: String,
    pub(super) text: String,
}

/// A record in texts. What is empty is not here.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    pub(super) reference: Option<Cell>,
    pub(super) title: Option<Cell>,
    pub(super) status: Option<Cell>,
    pub(super) owner: Option<Cell>,
    pub(super) body: Option<Cell>,
    /// By the names of dates.
    pub(super) dates: Vec<(String, Cell)>,
    /// By the names of fields.
    pub(super) fields: Vec<(String, Cell)>,
}

/// What is called what, in the words of whoever sent it.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) whole: &'a str,
    pub(super) reference: &'a str,
    pub(super) title: &'a str,
}

impl Cells {
    /// The record.
    pub(super) fn record(mut self, places: Places<'_>) -> Result<NewRecord, Vec<Fault>> {
        let mut faults = Vec::new();
        let reference = required(self.reference.take(), places.reference, Reference::parse, &mut faults);
        match (reference, self.content(places)) {
            (Some(reference), Ok(content)) => Ok(NewRecord { reference, content }),
            (_, content) => {
                faults.extend(content.err().unwrap_or_default());
                Err(faults)
            }
        }
    }

    /// What the record says, where its reference is known otherwise.
    pub(super) fn content(self, places: Places<'_>) -> Result<Content, Vec<Fault>> {
        let mut faults = Vec::new();
        let title = required(self.title, places.title, Title::parse, &mut faults);
        let status = optional(self.status, Label::parse, &mut faults);
        let owner = optional(self.owner, Label::parse, &mut faults);
        let body = optional(self.body, |text| Body::parse(&in_lines(text)), &mut faults);
        let dates = named(self.dates, |_, text| Date::parse(text).map_err(|error| error.to_string()), &mut faults);
        let fields = named(self.fields, field, &mut faults);
        let Some(title) = title.filter(|_| faults.is_empty()) else { return Err(faults) };
        let parts = Parts { body, dates, fields, owner, status, title };
        Content::new(parts).map_err(|error| vec![Fault::new(places.whole, &error)])
    }
}

fn required<T, E: ToString>(
    cell: Option<Cell>,
    at: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    if cell.is_none() {
        faults.push(Fault::new(at, &"is required"));
    }
    optional(cell, parse, faults)
}

fn optional<T, E: ToString>(
    cell: Option<Cell>,
    parse: impl FnOnce(&str) -> Result<T, E>,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let cell = cell?;
    parse(&cell.text).map_err(|error| faults.push(Fault::new(cell.at, &error))).ok()
}

fn named<T>(
    cells: Vec<(String, Cell)>,
    parse: impl Fn(&str, &str) -> Result<T, String>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<FieldName, T> {
    let mut read = BTreeMap::new();
    for (name, cell) in cells {
        let pair = FieldName::parse(&name).map_err(|error| error.to_string());
        match pair.and_then(|key| parse(&name, &cell.text).map(|value| (key, value))) {
            Ok((key, value)) => drop(read.insert(key, value)),
            Err(rule) => faults.push(Fault::new(cell.at, &rule)),
        }
    }
    read
}

/// Two fields decide who may see a record (`domain::record::Belonging`): a name that nobody understands there would
/// let in whom it was to keep out.
fn field(name: &str, text: &str) -> Result<FieldText, String> {
    match name {
        VENDOR => drop(Reference::parse(text).map_err(|error| format!("names a vendor's record: {error}"))?),
        ENGAGEMENT => drop(EngagementId::parse(text).map_err(|error| error.to_string())?),
        _ => {}
    }
    FieldText::parse(&in_lines(text)).map_err(|error| error.to_string())
}

/// Forms and spreadsheets end lines otherwise than the log does.
fn in_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Types of records that can be handed in: what else there is has events of its own, or is the log.
pub(crate) fn is_record_set(resource: Resource) -> bool {
    !matches!(resource, Resource::AuditLogs | Resource::Evidence | Resource::Packages | Resource::Requests)
}
