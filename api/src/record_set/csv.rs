//! Records in CSV (RFC 4180): a head with the columns' names, then a record a row.
//!
//! The columns `reference` and `title` must be there; `status`, `owner` and `body` are known; a column whose name ends in
//! `_on` or `_date` holds days, and every other is a field of that name. Names are read without regard to case, blanks
//! and hyphens, so that `Due date` is `due_date`. A cell that is empty is not there.

use super::row::{Cell, Cells, Fault, NewRecord, Places, Row};
use crate::error::{Error, Result};
use crate::export::table::plain;

/// What some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What stands between cells: spreadsheets of many countries write semicolons, some programs tabs.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A column of the file.
struct Column {
    /// As it stands in the head.
    label: String,
    holds: Holds,
}

enum Holds {
    Reference,
    Title,
    Status,
    Owner,
    Body,
    Date(String),
    Field(String),
}

/// The rows of a file.
///
/// # Errors
/// [`Error::Invalid`], where the head cannot be understood. What is wrong within a row stands in the row.
pub fn rows(file: &[u8]) -> Result<Vec<Row>> {
    let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(file)).from_reader(file);
    let mut records = (1_u32..).zip(reader.byte_records());
    let Some((_, head)) = records.next() else { return Err(Error::invalid("", "the file is empty")) };
    let columns = columns(&head.map_err(|error| Error::invalid("", error.to_string()))?)?;
    let mut rows = Vec::new();
    for (number, record) in records {
        let record = record.map_err(|error| Error::invalid("", error.to_string()))?;
        if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
            rows.push(Row { number, read: row(&columns, &record) });
        }
    }
    Ok(rows)
}

/// The one that stands most often in the first line.
fn delimiter(file: &[u8]) -> u8 {
    let head = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: &u8| head.split(|byte| byte == delimiter).count();
    // Of several that stand as often the last is taken: the comma.
    DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

fn columns(head: &csv::ByteRecord) -> Result<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::with_capacity(head.len());
    let mut names = Vec::new();
    for (place, label) in (1..).zip(head) {
        let label = std::str::from_utf8(label).map_err(|_| Error::invalid("", not_utf8()))?.trim();
        let name = name_of(label);
        if name.is_empty() {
            return Err(Error::invalid("", format!("column {place} has no name in the head")));
        }
        if names.contains(&name) {
            return Err(Error::invalid(label, "stands in the head twice"));
        }
        columns.push(Column { label: label.to_owned(), holds: Holds::of(&name) });
        names.push(name);
    }
    for required in ["reference", "title"] {
        if !names.iter().any(|name| name == required) {
            return Err(Error::invalid(required, format!("is no column of the head, which has {}", names.join(", "))));
        }
    }
    Ok(columns)
}

/// `Due date` and `due-date` are `due_date`.
pub(super) fn name_of(label: &str) -> String {
    label.to_lowercase().split([' ', '-', '_']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

impl Holds {
    fn of(name: &str) -> Self {
        match name {
            "reference" => Self::Reference,
            "title" => Self::Title,
            "status" => Self::Status,
            "owner" => Self::Owner,
            "body" => Self::Body,
            name if name.ends_with("_on") || name.ends_with("_date") => Self::Date(name.to_owned()),
            name => Self::Field(name.to_owned()),
        }
    }
}

fn row(columns: &[Column], record: &csv::ByteRecord) -> Result<NewRecord, Vec<Fault>> {
    if record.len() != columns.len() {
        let rule = format!("has {} cells, and the head has {}", record.len(), columns.len());
        return Err(vec![Fault::new("", &rule)]);
    }
    let mut cells = Cells::default();
    for (column, cell) in columns.iter().zip(record) {
        let Ok(text) = std::str::from_utf8(cell) else { return Err(vec![Fault::new(&column.label, &not_utf8())]) };
        let text = plain(text.trim());
        if !text.is_empty() {
            cells.put(column, &text);
        }
    }
    cells.record(Places { whole: "", reference: "reference", title: "title" })
}

impl Cells {
    fn put(&mut self, column: &Column, text: &str) {
        let cell = Cell { at: column.label.clone(), text: text.to_owned() };
        match &column.holds {
            Holds::Reference => self.reference = Some(cell),
            Holds::Title => self.title = Some(cell),
            Holds::Status => self.status = Some(cell),
            Holds::Owner => self.owner = Some(cell),
            Holds::Body => self.body = Some(cell),
            Holds::Date(name) => self.dates.push((name.clone(), cell)),
            Holds::Field(name) => self.fields.push((name.clone(), cell)),
        }
    }
}

fn not_utf8() -> &'static str {
    "is not UTF-8: save the file as CSV in UTF-8"
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_file_has_a_record_a_row_below_its_head() {
        let file = "reference,Title,Due date,effective_on,Risk tier,owner\r\n\
            R-1,\"Keys, lost\",2026-03-01,,high,Security Team\r\n\r\n\
            R-2,Another,,2026-01-01,,\r\n";
        let rows = rows(file.as_bytes()).unwrap();
        let read: Vec<_> = rows.iter().map(|row| (row.number, row.read.clone().unwrap())).collect();
        let (number, first) = &read[0];
        assert_eq!((*number, first.reference.as_str(), first.content.parts().title.as_str()), (2, "R-1", "Keys, lost"));
        let first = serde_json::to_value(&first.content).unwrap();
        let expected = serde_json::json!({
            "dates": { "due_date": "2026-03-01" }, "fields": { "risk_tier": "high" }, "owner": "Security Team",
            "title": "Keys, lost",
        });
        assert_eq!(first, expected);
        assert_eq!(read[1].1.reference.as_str(), "R-2");
    }

    #[rstest]
    #[case::semicolons("reference;title\nA;B, C\n")]
    #[case::tabs("reference\ttitle\nA\tB, C\n")]
    #[case::mark("\u{feff}reference,title\nA,\"B, C\"\n")]
    #[case::no_last_line_feed("reference,title\nA,\"B, C\"")]
    fn files_of_many_programs_are_read(#[case] file: &str) {
        let rows = rows(file.as_bytes()).unwrap();
        let record = rows[0].read.clone().unwrap();
        assert_eq!((record.reference.as_str(), record.content.parts().title.as_str()), ("A", "B, C"));
    }

    #[test]
    fn a_broken_row_names_every_column_and_rule_and_the_others_are_read() {
        let file =
            "Reference,Title,Due date,Engagement,vendor\nA,,2026-02-30,2026,\nB,fine,,,\nC,short\n,x,,,no vendor\n";
        let rows = rows(file.as_bytes()).unwrap();
        let faults = |row: &Row| -> Vec<String> {
            let faults = row.read.clone().err().unwrap_or_default();
            faults.into_iter().map(|fault| format!("{} {}: {}", row.number, fault.field, fault.rule)).collect()
        };
        let said: Vec<_> = rows.iter().flat_map(faults).collect();
        assert_eq!(
            said,
            [
                "2 title: is required",
                "2 Due date: there is no day 2026-02-30",
                "2 Engagement: \"2026\" is no id of an engagement (a UUID in lower case)",
                "4 : has 2 cells, and the head has 5",
                "5 reference: is required",
                "5 vendor: names a vendor's record: a reference is letters, digits and . _ : - /",
            ]
        );
    }

    #[rstest]
    #[case("", "the file is empty")]
    #[case("title\nx\n", "is no column of the head, which has title")]
    #[case("reference,title,Due date,due-date\n", "stands in the head twice")]
    #[case("reference,title,\n", "column 3 has no name in the head")]
    fn a_head_that_cannot_be_understood_is_refused(#[case] file: &str, #[case] rule: &str) {
        let Err(Error::Invalid { rule: said, .. }) = rows(file.as_bytes()) else { panic!("it is refused") };
        assert_eq!(said, rule);
    }

    #[test]
    fn another_encoding_is_named_with_its_row_and_column() {
        let rows = rows(b"reference,title\nA,Gr\xf6\xdfe\nB,fine\n").unwrap();
        assert_eq!(rows[0].read.clone().unwrap_err(), [Fault::new("title", &not_utf8())]);
        assert!(rows[1].read.is_ok());
    }

    #[test]
    fn a_cell_that_an_export_made_harmless_is_read_as_it_was() {
        let rows = rows("reference,title,note\nA,'=1+1,''-5\n".as_bytes()).unwrap();
        let content = serde_json::to_value(&rows[0].read.clone().unwrap().content).unwrap();
        assert_eq!((content["title"].as_str(), content["fields"]["note"].as_str()), (Some("=1+1"), Some("'-5")));
    }
}
