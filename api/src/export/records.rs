//! Records and evidence as tables: what a list shows, whole, for a file.

use std::collections::BTreeSet;

use domain::record::{FieldName, Parts};
use projections::read_models::evidence::EvidenceRow;
use projections::read_models::records::RecordRow;

use super::table::{TooLarge, Writer, Written};

/// What every record has before its dates and fields.
const FIRST: [&str; 4] = ["reference", "title", "status", "owner"];

/// Records as a table that can be imported again: the columns that all have, every date and every field that one of them
/// has, and the text last.
///
/// # Errors
/// [`TooLarge`]: nothing is handed out.
pub fn records(rows: &[RecordRow]) -> Result<Written, TooLarge> {
    let dates: BTreeSet<&FieldName> = rows.iter().flat_map(|row| row.parts().dates.keys()).collect();
    let fields: BTreeSet<&FieldName> = rows.iter().flat_map(|row| row.parts().fields.keys()).collect();
    let names = dates.iter().chain(&fields).map(|name| name.as_str());
    let mut table = Writer::new(FIRST.into_iter().chain(names).chain(["body"]))?;
    for row in rows {
        table.row(cells(row, &dates, &fields))?;
    }
    Ok(table.finish())
}

fn cells(row: &RecordRow, dates: &BTreeSet<&FieldName>, fields: &BTreeSet<&FieldName>) -> Vec<String> {
    let Parts { body, owner, status, title, .. } = row.parts();
    let text = |text: Option<&dyn std::fmt::Display>| text.map(ToString::to_string).unwrap_or_default();
    let first = [
        row.reference.to_string(),
        title.to_string(),
        text(status.as_ref().map(|status| status as _)),
        text(owner.as_ref().map(|owner| owner as _)),
    ];
    let dates = dates.iter().map(|name| text(row.parts().dates.get(*name).map(|date| date as _)));
    let fields = fields.iter().map(|name| text(row.parts().fields.get(*name).map(|field| field as _)));
    let last = [text(body.as_ref().map(|body| body as _))];
    first.into_iter().chain(dates).chain(fields).chain(last).collect()
}

/// Evidence as a table: what is said of each piece, and which file is its newest.
///
/// # Errors
/// [`TooLarge`]: nothing is handed out.
pub fn evidence(rows: &[EvidenceRow]) -> Result<Written, TooLarge> {
    let mut table = Writer::new([
        "evidence",
        "title",
        "effective_on",
        "owner",
        "reviewed_on",
        "controls",
        "vendor",
        "engagement",
        "description",
        "revision",
        "file",
        "media_type",
        "bytes",
        "sha256",
    ])?;
    for row in rows {
        let metadata = &row.metadata;
        let text = |text: Option<&dyn std::fmt::Display>| text.map(ToString::to_string).unwrap_or_default();
        let controls: Vec<_> = metadata.controls.iter().map(ToString::to_string).collect();
        let (revision, file) = row.newest.as_ref().map(|(revision, file)| (revision, file)).unzip();
        table.row([
            row.evidence.to_string(),
            metadata.title.to_string(),
            metadata.effective_on.to_string(),
            text(metadata.owner.as_ref().map(|owner| owner as _)),
            text(metadata.reviewed_on.as_ref().map(|date| date as _)),
            controls.join(" "),
            text(metadata.vendor.as_ref().map(|vendor| vendor as _)),
            text(metadata.engagement.as_ref().map(|engagement| engagement as _)),
            text(metadata.description.as_ref().map(|description| description as _)),
            text(revision.map(|revision| revision as _)),
            text(file.map(|file| &file.name as _)),
            text(file.map(|file| &file.media_type as _)),
            text(file.map(|file| &file.bytes as _)),
            text(file.map(|file| &file.sha256 as _)),
        ])?;
    }
    Ok(table.finish())
}

#[cfg(test)]
mod tests {
    use domain::access_grant::Resource;
    use domain::record::Reference;
    use ledger::time::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::record_set;

    fn row(reference: &str, content: Value) -> RecordRow {
        RecordRow {
            resource: Resource::Risks,
            reference: Reference::parse(reference).unwrap(),
            content: serde_json::from_value(content).unwrap(),
            added_at: Timestamp::EPOCH,
            changed_at: Timestamp::EPOCH,
            withdrawn_at: None,
        }
    }

    #[test]
    fn a_table_of_records_has_every_column_that_one_of_them_has_and_can_be_imported_again() {
        let rows = [
            row("R-1", json!({ "title": "=1+1", "dates": { "due_on": "2026-01-31" }, "fields": {}, "status": "open" })),
            row("R-2", json!({ "title": "Keys, lost", "dates": {}, "fields": { "tier": "high" }, "body": "One\ntwo" })),
        ];
        let table = records(&rows).unwrap();
        let text = "reference,title,status,owner,due_on,tier,body\r\n\
            R-1,'=1+1,open,,2026-01-31,,\r\nR-2,\"Keys, lost\",,,,high,\"One\ntwo\"\r\n";
        assert_eq!(String::from_utf8(table.bytes.clone()).unwrap(), text);
        assert_eq!(table.rows, 2);
        let again = record_set::csv::rows(&table.bytes).unwrap();
        let again: Vec<_> = again.into_iter().map(|row| row.read.unwrap()).collect();
        let same = again
            .iter()
            .zip(&rows)
            .all(|(again, row)| again.reference == row.reference && again.content == row.content);
        assert!(same, "{again:?}");
    }
}
