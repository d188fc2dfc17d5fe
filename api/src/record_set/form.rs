//! A record as a form has it.

use std::collections::BTreeSet;

use domain::record::{Content, Reference};
use serde::Deserialize;

use super::csv::name_of;
use super::row::{Cell, Cells, Fault, NewRecord, Places};
use crate::web::FieldErrors;

/// Empty rows that a form has for further dates and fields. Whoever needs more saves and goes on.
const ROWS_TO_SPARE: usize = 3;

/// The fields, as they were typed. Dates and fields are pairs of texts, as many as there are rows.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Fields {
    #[serde(default)]
    pub(crate) reference: String,
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) owner: String,
    #[serde(default)]
    pub(crate) body: String,
    #[serde(default)]
    date_name: Vec<String>,
    #[serde(default)]
    date_value: Vec<String>,
    #[serde(default)]
    field_name: Vec<String>,
    #[serde(default)]
    field_value: Vec<String>,
    /// The version of the record's stream that the form was drawn from.
    #[serde(default)]
    pub(crate) version: u32,
}

/// A row of a form: what something is called, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Fields {
    /// As a record stands at a version of its stream.
    pub(crate) fn of(reference: &Reference, content: &Content, version: u32) -> Self {
        let parts = content.parts();
        let text = |text: Option<String>| text.unwrap_or_default();
        Self {
            reference: reference.to_string(),
            title: parts.title.to_string(),
            status: text(parts.status.as_ref().map(ToString::to_string)),
            owner: text(parts.owner.as_ref().map(ToString::to_string)),
            body: text(parts.body.as_ref().map(ToString::to_string)),
            date_name: parts.dates.keys().map(ToString::to_string).collect(),
            date_value: parts.dates.values().map(ToString::to_string).collect(),
            field_name: parts.fields.keys().map(ToString::to_string).collect(),
            field_value: parts.fields.values().map(ToString::to_string).collect(),
            version,
        }
    }

    /// The rows of dates, and some to spare.
    pub(crate) fn dates(&self) -> Vec<Pair> {
        rows(&self.date_name, &self.date_value)
    }

    /// The rows of fields, and some to spare.
    pub(crate) fn fields(&self) -> Vec<Pair> {
        rows(&self.field_name, &self.field_value)
    }

    /// The record, by the rules of every list that is handed in; or what is wrong, each at its place in the form.
    pub(crate) fn read(&self) -> Result<NewRecord, FieldErrors> {
        let mut faults = Vec::new();
        let cells = Cells {
            reference: cell("reference", &self.reference),
            title: cell("title", &self.title),
            status: cell("status", &self.status),
            owner: cell("owner", &self.owner),
            body: cell("body", &self.body),
            dates: named("dates", &pairs(&self.date_name, &self.date_value), &mut faults),
            fields: named("fields", &pairs(&self.field_name, &self.field_value), &mut faults),
        };
        match cells.record(Places { whole: "title", reference: "reference", title: "title" }) {
            Ok(record) if faults.is_empty() => Ok(record),
            read => Err(errors(read.err().into_iter().flatten().chain(faults))),
        }
    }
}

fn cell(at: &str, text: &str) -> Option<Cell> {
    let text = text.trim();
    (!text.is_empty()).then(|| Cell { at: at.to_owned(), text: text.to_owned() })
}

fn pairs(names: &[String], values: &[String]) -> Vec<Pair> {
    let pair = |(name, value): (&String, &String)| Pair { name: name.clone(), value: value.clone() };
    names.iter().zip(values).map(pair).collect()
}

fn rows(names: &[String], values: &[String]) -> Vec<Pair> {
    let given = pairs(names, values).into_iter().filter(|pair| !(pair.name.is_empty() && pair.value.is_empty()));
    given.chain(std::iter::repeat_n(Pair { name: String::new(), value: String::new() }, ROWS_TO_SPARE)).collect()
}

/// What is named by what. A row without a value is left out; a name may be written as above a column.
fn named(at: &str, pairs: &[Pair], faults: &mut Vec<Fault>) -> Vec<(String, Cell)> {
    let mut seen = BTreeSet::new();
    let mut cells = Vec::new();
    for Pair { name, value } in pairs {
        let name = name_of(name.trim());
        let Some(value) = cell(&format!("{at}/{name}"), value) else { continue };
        if name.is_empty() {
            faults.push(Fault::new(format!("{at}/{}", value.text), &"has no name"));
        } else if seen.insert(name.clone()) {
            cells.push((name, value));
        } else {
            faults.push(Fault::new(value.at, &"stands there twice"));
        }
    }
    cells
}

/// Rules as the form says them: with the label, and of a date or field with its name.
fn errors(faults: impl Iterator<Item = Fault>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for Fault { field, rule } in faults {
        let (at, name) = field.split_once('/').map_or((field.as_str(), None), |(at, name)| (at, Some(name)));
        let (at, label) = match at {
            "reference" => ("reference", "Reference"),
            "status" => ("status", "Status"),
            "owner" => ("owner", "Owner"),
            "body" => ("body", "Text"),
            "dates" => ("dates", "Dates"),
            "fields" => ("fields", "Fields"),
            _ => ("title", "Title"),
        };
        errors.add(at, name.map_or_else(|| format!("{label}: {rule}"), |name| format!("{label}: {name}: {rule}")));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(dates: &[(&str, &str)], fields: &[(&str, &str)]) -> Fields {
        let of = |pairs: &[(&str, &str)]| -> (Vec<String>, Vec<String>) {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).unzip()
        };
        let ((date_name, date_value), (field_name, field_value)) = (of(dates), of(fields));
        let (reference, title) = ("R-1".to_owned(), " Access is reviewed ".to_owned());
        Fields { reference, title, date_name, date_value, field_name, field_value, ..Fields::default() }
    }

    #[test]
    fn a_form_that_comes_back_as_it_went_out_says_the_same() {
        let dates = [("Due date", "2026-03-31"), ("", ""), ("review_on", " ")];
        let record = typed(&dates, &[("risk tier", "high\r\nvery"), ("", "")]).read().unwrap();
        let again = Fields::of(&record.reference, &record.content, 7);
        assert_eq!(again.dates()[0], Pair { name: "due_date".to_owned(), value: "2026-03-31".to_owned() });
        assert_eq!((again.dates().len(), again.fields()[0].value.as_str()), (1 + ROWS_TO_SPARE, "high\nvery"));
        assert_eq!((again.read().unwrap(), again.version), (record, 7));
    }

    #[test]
    fn each_rule_is_named_at_its_place() {
        let dates = [("due_on", "yesterday"), ("Due on", "2026-03-31")];
        let fields = Fields { title: String::new(), ..typed(&dates, &[("", "high"), ("vendor", "no vendor")]) };
        let errors = fields.read().unwrap_err();
        let shown: Vec<_> = errors.iter().map(|error| format!("{} {}", error.field, error.rule)).collect();
        for begin in [
            "title Title: is required",
            "dates Dates: due_on: ",
            "dates Dates: due_on: stands there twice",
            "fields Fields: vendor: names a vendor's record",
            "fields Fields: high: has no name",
        ] {
            assert!(shown.iter().any(|error| error.starts_with(begin)), "{begin}: {shown:?}");
        }
    }
}
