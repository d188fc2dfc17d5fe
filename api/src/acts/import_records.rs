//! Lists of records, brought again and again: each row is put as a record by itself, and a row that is as it was records
//! nothing. A row that breaks a rule is passed over whole and named; the others go in.

use std::collections::HashMap;

use domain::access_grant::Resource;
use domain::engagement::Engagement;
use domain::name::EngagementId;
use domain::record::{Belonging, ENGAGEMENT, Reference};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use store::append::IdempotencyKey;
use utoipa::ToSchema;

use super::{By, record};
use crate::error::Result;
use crate::record_set::{Fault, NewRecord, Row};

/// Rows that are decided at the same time. They share commits; more would only wait for connections.
const AT_ONCE_MAX: usize = 16;
/// Longest key of a request whose rows have keys of their own, each a little longer.
pub const KEY_CHARS_MAX: usize = 240;

/// Whether it is done, or only said what would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is recorded.
    DryRun,
    /// Rows are recorded.
    Record,
}

/// What became of the rows, or would become of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub struct Report {
    /// How many rows there are.
    pub rows: u32,
    /// Records that are new, or back again.
    pub added: u32,
    /// Records that say something else than before.
    pub changed: u32,
    /// Rows that are as they were; nothing is recorded of them.
    pub unchanged: u32,
    /// Rows that broke a rule; nothing is recorded of them.
    pub refused: u32,
    /// Every rule that a row broke, in the order of the rows.
    pub errors: Vec<RowError>,
    /// The index of the last entry that was recorded, for reading one's own writes.
    pub last_index: Option<u64>,
}

/// A rule that a row broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowError {
    /// The row: as a spreadsheet counts, where the head is row 1; in JSON the element, from 1.
    pub row: u32,
    /// Where in the row: a column's name, or a JSON pointer into the body. Empty for the whole row.
    pub field: String,
    /// What holds there.
    pub rule: String,
}

impl Report {
    fn count(&mut self, outcome: &Outcome) {
        let counted = match outcome.word {
            "added" => &mut self.added,
            "changed" => &mut self.changed,
            _ => &mut self.unchanged,
        };
        *counted += 1;
        self.last_index = self.last_index.max(outcome.index);
    }

    fn refuse(&mut self, row: u32, faults: Vec<Fault>) {
        self.refused += 1;
        self.errors.extend(faults.into_iter().map(|Fault { field, rule }| RowError { row, field, rule }));
    }
}

/// In a sentence: `3 added, 1 changed, 996 unchanged, 0 refused`.
impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { added, changed, unchanged, refused, .. } = self;
        write!(f, "{added} added, {changed} changed, {unchanged} unchanged, {refused} refused")
    }
}

/// Puts the rows of a list, in their order as far as the log has one. `settled` is told how many are done.
///
/// # Errors
/// What stands in the way of recording. Rows before it stay, and the list may simply be brought again.
pub async fn import(
    by: &By<'_>,
    resource: Resource,
    rows: Vec<Row>,
    mode: Mode,
    idempotency: Option<&IdempotencyKey>,
    mut settled: impl FnMut(u32),
) -> Result<Report> {
    let mut report = Report { rows: u32::try_from(rows.len()).unwrap_or(u32::MAX), ..Report::default() };
    let good = sift(by, resource, rows, &mut report).await?;
    let put = good.into_iter().map(|(number, record)| {
        let key = idempotency.map(|key| of_row(key, number));
        async move { put(by, resource, record, mode, key).await }
    });
    let mut outcomes = stream::iter(put).buffered(AT_ONCE_MAX);
    while let Some(outcome) = outcomes.try_next().await? {
        report.count(&outcome);
        settled(report.added + report.changed + report.unchanged);
    }
    Ok(report)
}

struct Outcome {
    word: &'static str,
    index: Option<u64>,
}

async fn put(
    by: &By<'_>,
    resource: Resource,
    record: NewRecord,
    mode: Mode,
    idempotency: Option<IdempotencyKey>,
) -> Result<Outcome> {
    if mode == Mode::DryRun {
        return Ok(Outcome { word: record::foresee(by, resource, record).await?, index: None });
    }
    let put = record::put_checked(by, resource, record, idempotency).await?;
    let index = put.appended().map(|appended| appended.last().index);
    Ok(Outcome { word: put.as_str(), index })
}

/// A row is a request of its own: sent again, it gets its own first answer.
fn of_row(key: &IdempotencyKey, number: u32) -> IdempotencyKey {
    IdempotencyKey { key: format!("{}#{number}", key.key), ..key.clone() }
}

/// The rows that can be put; the others are named in the report.
async fn sift(by: &By<'_>, resource: Resource, rows: Vec<Row>, report: &mut Report) -> Result<Vec<(u32, NewRecord)>> {
    let mut engagements = HashMap::new();
    let mut seen: HashMap<Reference, u32> = HashMap::new();
    let mut good = Vec::with_capacity(rows.len());
    for Row { number, read } in rows {
        let record = match read {
            Ok(record) => record,
            Err(faults) => {
                report.refuse(number, faults);
                continue;
            }
        };
        let engagement = match Belonging::of(resource, &record.reference, &record.content) {
            Belonging::To { engagement, .. } => engagement,
            Belonging::Unknown => None,
        };
        let fault = match (seen.get(&record.reference), engagement) {
            (Some(first), _) => Some(("reference", format!("row {first} has it already"))),
            (None, Some(named)) if !is_there(by, &named, &mut engagements).await? => {
                Some((ENGAGEMENT, "there is no such engagement".to_owned()))
            }
            (None, _) => None,
        };
        if let Some((field, rule)) = fault {
            report.refuse(number, vec![Fault { field: field.to_owned(), rule }]);
        } else {
            seen.insert(record.reference.clone(), number);
            good.push((number, record));
        }
    }
    Ok(good)
}

async fn is_there(by: &By<'_>, named: &EngagementId, known: &mut HashMap<EngagementId, bool>) -> Result<bool> {
    if let Some(is_there) = known.get(named) {
        return Ok(*is_there);
    }
    let is_there = by.load::<Engagement>(&Engagement::stream(named)).await?.plan().is_some();
    known.insert(named.clone(), is_there);
    Ok(is_there)
}
