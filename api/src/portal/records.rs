//! Records of one type as a grant shows them: the list, one of them, and all of them as a table.

pub mod table;

use askama::Template;
use domain::access_grant::{Filters, Item, Resource};
use domain::record::{Belonging, Content, Record, Reference};
use domain::text::Label;
use ledger::time::Timestamp;
use projections::read_models::records::{self, Filter, RecordRow, Sort, SortBy, StatusCount, Within};
use store::append::Committed;

use super::asked::{Asked, Column, choices, item_address, plain, sorted};
use super::listing::{Beside, Counts, Listing};
use super::reader::{At, Reader};
use crate::app::App;
use crate::error::Result;
use crate::web::components::{Choice, Hash, Head};
use crate::web::documents::{self, Current};
use crate::web::seal::Seal;
use crate::web::shell::OfAuditor;
use crate::web::{Moment, Shell};
use crate::words;

pub use self::table::table;
pub use self::table::too_large;

/// The columns, and by what the list can be sorted.
const COLUMNS: [Column; 6] = [
    sorted("Reference", "reference"),
    sorted("Title", "title"),
    sorted("Status", "status"),
    plain("Owner"),
    sorted("Changed", "changed"),
    plain(""),
];

/// The list.
#[derive(Template)]
#[template(path = "portal/records.html")]
pub struct RecordsPage {
    shell: Shell<OfAuditor>,
    list: Listing,
    heads: Vec<Head>,
    statuses: Vec<Choice>,
    rows: Vec<Row>,
}

/// A row, and what it says where it is open.
struct Row {
    reference: String,
    href: String,
    toggle: String,
    title: String,
    status: Option<String>,
    owner: Option<String>,
    changed: Moment,
    opened: Option<RecordShown>,
}

/// One record.
#[derive(Template)]
#[template(path = "portal/record.html")]
pub struct RecordPage {
    shell: Shell<OfAuditor>,
    list_title: &'static str,
    list_href: String,
    record: RecordShown,
    seal: Option<Seal>,
}

/// A record as it is shown.
pub struct RecordShown {
    reference: String,
    title: String,
    status: Option<String>,
    owner: Option<String>,
    body: Option<String>,
    /// Days and fields, by names that people read.
    facts: Vec<(String, String)>,
    changed: Moment,
    versions: u32,
    index: u64,
    hash: Hash,
}

/// A record that was found, whether the grant reaches it or not.
pub struct RecordFound {
    resource: Resource,
    reference: Reference,
    content: Content,
    belonging: Belonging,
    versions: u32,
    newest: Committed,
}

impl RecordFound {
    /// As a grant is asked about it.
    pub fn item(&self) -> Item<'_> {
        self.belonging.item()
    }

    /// By what it is called.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// What it says.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// When it became what it says.
    pub fn changed_at(&self) -> Timestamp {
        self.newest.time
    }

    fn shown(&self, reader: &Reader) -> RecordShown {
        let parts = self.content.parts();
        let dates = parts.dates.iter().map(|(name, date)| (name_in_words(name.as_str()), date.to_string()));
        let fields = parts.fields.iter().map(|(name, text)| (name_in_words(name.as_str()), text.to_string()));
        RecordShown {
            reference: self.reference.to_string(),
            title: parts.title.to_string(),
            status: parts.status.as_ref().map(ToString::to_string),
            owner: parts.owner.as_ref().map(ToString::to_string),
            body: parts.body.as_ref().map(ToString::to_string),
            facts: dates.chain(fields).collect(),
            changed: reader.clock.exact(self.newest.time),
            versions: self.versions,
            index: self.newest.index,
            hash: Hash::new(self.newest.hash.to_string()),
        }
    }
}

/// Finds a record that is shown at all.
///
/// # Errors
/// As [`documents::current`].
pub async fn find(app: &App, reader: &Reader, resource: Resource, id: &str) -> Result<Option<RecordFound>> {
    let Ok(reference) = Reference::parse(id) else { return Ok(None) };
    let current = documents::current::<Record>(app, reader.log, &Record::stream(resource, &reference)).await?;
    let Some(Current { document, newest }) = current else { return Ok(None) };
    let Some(content) = document.aggregate.live().cloned() else { return Ok(None) };
    let belonging = Belonging::of(resource, &reference, &content);
    Ok(Some(RecordFound { resource, reference, content, belonging, versions: document.stream_version, newest }))
}

/// Rows of the list, with how many there are.
pub struct Rows {
    /// A page of them.
    pub rows: Vec<RecordRow>,
    /// How many there are.
    pub counts: Counts,
    /// Where the pages beside it begin.
    pub beside: Beside,
    statuses: Vec<StatusCount>,
}

/// Reads a page of the list. What the limits of the grant let through is asked about again, row by row.
///
/// # Errors
/// [`crate::error::Error::Unavailable`].
pub async fn rows(app: &App, reader: &Reader, resource: Resource, asked: &Asked) -> Result<Rows> {
    let within = Within { log: reader.log, resource, limits: reader.scope().filters() };
    let mut tx = app.db(reader.log).await?;
    let page = records::page(&mut tx, within, &filter(asked), sort(asked), asked.cursor().as_ref()).await?;
    let statuses = records::statuses(&mut tx, within).await?;
    tx.commit().await?;
    let beside = Beside::of(&page);
    let unfiltered = statuses.iter().map(|status| status.count).sum();
    let rows: Vec<_> = page.rows.into_iter().filter(|row| is_within(reader.scope().filters(), row)).collect();
    let counts = Counts { shown: rows.len(), total: page.total, unfiltered };
    Ok(Rows { rows, counts, beside, statuses })
}

fn is_within(limits: &Filters, row: &RecordRow) -> bool {
    match row.belonging().item() {
        Item::One(facts) => limits.admit(row.resource, facts).is_ok(),
        Item::Unknown => limits.admit_unknown(row.resource).is_ok(),
        Item::List => false,
    }
}

fn filter(asked: &Asked) -> Filter {
    Filter { contains: asked.contains(), status: Label::try_from(asked.status.clone()).ok(), ..Filter::default() }
}

fn sort(asked: &Asked) -> Sort {
    let Some((name, direction)) = asked.sorting() else { return Sort::default() };
    let by = match name {
        "title" => SortBy::Title,
        "status" => SortBy::Status,
        "changed" => SortBy::Changed,
        _ => SortBy::Reference,
    };
    Sort { by, direction }
}

/// The list as a page; `opened` is the row that is open.
///
/// # Errors
/// As [`rows`].
pub async fn page(
    app: &App,
    reader: &Reader,
    resource: Resource,
    asked: &Asked,
    opened: Option<RecordFound>,
    entry: Option<&Committed>,
) -> Result<RecordsPage> {
    let Rows { rows, counts, beside, statuses } = rows(app, reader, resource, asked).await?;
    let list = Listing::new(reader, resource, asked, in_words);
    let list = list.counted(counts, &beside).recorded_as(&reader.clock, entry);
    let address = list.address.clone();
    let mut opened = opened;
    let row = |row: &RecordRow| {
        let is_open = opened.as_ref().is_some_and(|found| found.reference == row.reference);
        let opened = if is_open { opened.take() } else { None };
        Row::of(reader, asked, &address, row, opened)
    };
    Ok(RecordsPage {
        shell: reader.shell(At::Of(resource)),
        heads: asked.heads(&address, &COLUMNS, "reference"),
        statuses: offered(&statuses, asked),
        rows: rows.iter().map(row).collect(),
        list,
    })
}

impl Row {
    fn of(reader: &Reader, asked: &Asked, address: &str, row: &RecordRow, opened: Option<RecordFound>) -> Self {
        let reference = row.reference.to_string();
        let parts = row.parts();
        Self {
            href: item_address(&reader.base, row.resource, &reference),
            toggle: asked.opening(&reference).at(address),
            title: parts.title.to_string(),
            status: parts.status.as_ref().map(ToString::to_string),
            owner: parts.owner.as_ref().map(ToString::to_string),
            changed: reader.clock.ago(row.changed_at),
            opened: opened.map(|found| found.shown(reader)),
            reference,
        }
    }
}

/// One record as a page.
pub fn item_page(reader: &Reader, found: &RecordFound, seal: Option<Seal>) -> RecordPage {
    RecordPage {
        shell: reader.shell(At::Of(found.resource)),
        list_title: words::resource_short(found.resource),
        list_href: format!("{}/{}", reader.base, found.resource),
        record: found.shown(reader),
        seal,
    }
}

fn offered(statuses: &[StatusCount], asked: &Asked) -> Vec<Choice> {
    let options = statuses.iter().filter_map(|count| {
        let status = count.status.as_ref()?.to_string();
        Some((status.clone(), format!("{status} ({})", count.count)))
    });
    choices("Any status", options, &asked.status)
}

fn in_words(name: &str, value: &str) -> Option<String> {
    match name {
        "q" => Some(format!("Has “{value}”")),
        "status" => Some(format!("Status: {value}")),
        _ => None,
    }
}

/// `risk_tier` is "Risk tier".
fn name_in_words(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect::<String>().replace('_', " ")
}

/// How many records of a type the grant reaches.
///
/// # Errors
/// As [`rows`].
pub async fn count(app: &App, reader: &Reader, resource: Resource) -> Result<u64> {
    let within = Within { log: reader.log, resource, limits: reader.scope().filters() };
    let mut tx = app.db(reader.log).await?;
    let statuses = records::statuses(&mut tx, within).await?;
    tx.commit().await?;
    Ok(statuses.iter().map(|status| status.count).sum())
}
