//! Evidence as a grant shows it: the list, one piece with all its revisions, and all of it as a table.

pub mod table;

use askama::Template;
use domain::access_grant::{Filters, Item, Resource};
use domain::evidence::{Evidence, EvidenceEvent, EvidenceFile, Held, Metadata};
use domain::name::EvidenceId;
use ledger::time::Timestamp;
use projections::read_models::evidence::{self, EvidenceRow, Filter, Sort, SortBy};
use store::append::Committed;

use super::asked::{Asked, Column, choices, item_address, plain, sorted};
use super::listing::{Beside, Counts, Listing};
use super::reader::{At, Reader};
use crate::app::App;
use crate::error::Result;
use crate::web::components::{Choice, Hash, Head, grouped};
use crate::web::documents::{self, Current};
use crate::web::seal::Seal;
use crate::web::shell::OfAuditor;
use crate::web::{Moment, Shell};

pub use self::table::table;

/// The columns, and by what the list can be sorted.
const COLUMNS: [Column; 6] = [
    sorted("Title", "title"),
    sorted("Effective", "effective"),
    plain("Controls"),
    plain("File"),
    sorted("Changed", "changed"),
    plain(""),
];

/// The list.
#[derive(Template)]
#[template(path = "portal/evidence.html")]
pub struct EvidencePage {
    shell: Shell<OfAuditor>,
    list: Listing,
    heads: Vec<Head>,
    files: Vec<Choice>,
    rows: Vec<Row>,
}

/// A row, and what it says where it is open.
struct Row {
    id: String,
    href: String,
    toggle: String,
    title: String,
    effective: String,
    controls: String,
    file: Option<FileShown>,
    changed: Moment,
    opened: Option<EvidenceShown>,
}

/// One piece of evidence.
#[derive(Template)]
#[template(path = "portal/evidence_item.html")]
pub struct EvidenceItemPage {
    shell: Shell<OfAuditor>,
    list_href: String,
    evidence: EvidenceShown,
    seal: Option<Seal>,
}

/// Evidence as it is shown.
pub struct EvidenceShown {
    title: String,
    description: Option<String>,
    facts: Vec<(&'static str, String)>,
    /// The newest first.
    revisions: Vec<FileShown>,
    changed: Moment,
    index: u64,
    hash: Hash,
}

/// A file of evidence as it is shown.
#[derive(Clone)]
pub struct FileShown {
    revision: u32,
    name: String,
    media_type: String,
    size: String,
    sha256: Hash,
    added: Option<Moment>,
    /// Where it is downloaded; none where the grant does not allow that.
    download: Option<String>,
}

/// Evidence that was found, whether the grant reaches it or not.
pub struct EvidenceFound {
    id: EvidenceId,
    held: Held,
    /// When revisions were added, the newest first; of very many the older ones' are left out.
    added: Vec<Timestamp>,
    newest: Committed,
}

impl EvidenceFound {
    /// As a grant is asked about it.
    pub fn item(&self) -> Item<'_> {
        Item::One(self.held.metadata.facts())
    }

    /// Its id.
    pub fn id(&self) -> &EvidenceId {
        &self.id
    }

    /// What there is of it.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// When it became what it is.
    pub fn changed_at(&self) -> Timestamp {
        self.newest.time
    }

    fn shown(&self, reader: &Reader) -> EvidenceShown {
        let Metadata { description, title, .. } = &self.held.metadata;
        let mut added = self.added.iter().map(|time| reader.clock.exact(*time));
        let revisions = self.held.revisions().rev().map(|(revision, file)| {
            let shown = FileShown::of(reader, &self.id, revision.get(), file);
            FileShown { added: added.next(), ..shown }
        });
        EvidenceShown {
            title: title.to_string(),
            description: description.as_ref().map(ToString::to_string),
            facts: facts(&self.held.metadata),
            revisions: revisions.collect(),
            changed: reader.clock.exact(self.newest.time),
            index: self.newest.index,
            hash: Hash::new(self.newest.hash.to_string()),
        }
    }
}

/// What is said of evidence besides title and description.
fn facts(metadata: &Metadata) -> Vec<(&'static str, String)> {
    let facts = [
        ("Effective", Some(metadata.effective_on.to_string())),
        ("Controls", Some(controls(metadata)).filter(|controls| !controls.is_empty())),
        ("Owner", metadata.owner.as_ref().map(ToString::to_string)),
        ("Vendor", metadata.vendor.as_ref().map(ToString::to_string)),
        ("Engagement", metadata.engagement.as_ref().map(ToString::to_string)),
        ("Reviewed", metadata.reviewed_on.map(|date| date.to_string())),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn controls(metadata: &Metadata) -> String {
    metadata.controls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl FileShown {
    fn of(reader: &Reader, id: &EvidenceId, revision: u32, file: &EvidenceFile) -> Self {
        Self {
            revision,
            name: file.name.to_string(),
            media_type: file.media_type.to_string(),
            size: size(file.bytes),
            sha256: Hash::new(file.sha256.as_str()),
            added: None,
            download: reader.download(id, revision).map(|address| format!("{}{address}", reader.base)),
        }
    }
}

/// `812 bytes`, `1.4 MiB`.
fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.into_iter().find(|(_, unit)| *unit <= bytes) {
        None => format!("{} bytes", grouped(bytes)),
        Some((name, unit)) => {
            let tenths = bytes / (unit / 10).max(1);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
    }
}

/// Finds evidence that is shown at all.
///
/// # Errors
/// As [`documents::current`].
pub async fn find(app: &App, reader: &Reader, id: &str) -> Result<Option<EvidenceFound>> {
    let Ok(id) = EvidenceId::parse(id) else { return Ok(None) };
    let current = documents::current::<Evidence>(app, reader.log, &Evidence::stream(&id)).await?;
    let Some(Current { document, newest }) = current else { return Ok(None) };
    let Some(held) = document.aggregate.live().cloned() else { return Ok(None) };
    let acts = document.acts.iter().rev();
    let added =
        acts.filter(|act| matches!(act.what, EvidenceEvent::EvidenceRevised(_))).map(|act| act.by.time).collect();
    Ok(Some(EvidenceFound { id, held, added, newest }))
}

/// Rows of the list, with how many there are.
pub struct Rows {
    /// A page of them.
    pub rows: Vec<EvidenceRow>,
    /// How many there are.
    pub counts: Counts,
    /// Where the pages beside it begin.
    pub beside: Beside,
}

/// Reads a page of the list. What the limits of the grant let through is asked about again, row by row.
///
/// # Errors
/// [`crate::error::Error::Unavailable`].
pub async fn rows(app: &App, reader: &Reader, asked: &Asked) -> Result<Rows> {
    let limits = reader.scope().filters();
    let filter = filter(asked);
    let mut tx = app.db(reader.log).await?;
    let cursor = asked.cursor();
    let page = evidence::page(&mut tx, reader.log, limits, &filter, sort(asked), cursor.as_ref()).await?;
    let unfiltered = if page.rows.is_empty() && filter != Filter::default() {
        evidence::page(&mut tx, reader.log, limits, &Filter::default(), Sort::default(), None).await?.total
    } else {
        page.total
    };
    tx.commit().await?;
    let beside = Beside::of(&page);
    let rows: Vec<_> = page.rows.into_iter().filter(|row| is_within(limits, row)).collect();
    let counts = Counts { shown: rows.len(), total: page.total, unfiltered };
    Ok(Rows { rows, counts, beside })
}

fn is_within(limits: &Filters, row: &EvidenceRow) -> bool {
    limits.admit(Resource::Evidence, row.metadata.facts()).is_ok()
}

fn filter(asked: &Asked) -> Filter {
    let has_file = match asked.status.as_str() {
        "with" => Some(true),
        "without" => Some(false),
        _ => None,
    };
    Filter { title_contains: asked.contains(), has_file, ..Filter::default() }
}

fn sort(asked: &Asked) -> Sort {
    let Some((name, direction)) = asked.sorting() else { return Sort::default() };
    let by = match name {
        "title" => SortBy::Title,
        "changed" => SortBy::Changed,
        _ => SortBy::EffectiveOn,
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
    asked: &Asked,
    opened: Option<EvidenceFound>,
    entry: Option<&Committed>,
) -> Result<EvidencePage> {
    let Rows { rows, counts, beside } = rows(app, reader, asked).await?;
    let list = Listing::new(reader, Resource::Evidence, asked, in_words);
    let list = list.counted(counts, &beside).recorded_as(&reader.clock, entry);
    let mut opened = opened;
    let row = |row: EvidenceRow| {
        let is_open = opened.as_ref().is_some_and(|found| found.id == row.evidence);
        let opened = if is_open { opened.take() } else { None };
        Row::of(reader, asked, &list.address, &row, opened)
    };
    let rows = rows.into_iter().map(row).collect();
    let files = [("with", "With a file"), ("without", "Without a file")];
    let files = files.map(|(value, label)| (value.to_owned(), label.to_owned()));
    Ok(EvidencePage {
        shell: reader.shell(At::Of(Resource::Evidence)),
        heads: asked.heads(&list.address, &COLUMNS, "-effective"),
        files: choices("With or without a file", files, &asked.status),
        rows,
        list,
    })
}

impl Row {
    fn of(reader: &Reader, asked: &Asked, address: &str, row: &EvidenceRow, opened: Option<EvidenceFound>) -> Self {
        let id = row.evidence.to_string();
        let file = row.newest.as_ref();
        Self {
            href: item_address(&reader.base, Resource::Evidence, &id),
            toggle: asked.opening(&id).at(address),
            title: row.metadata.title.to_string(),
            effective: row.metadata.effective_on.to_string(),
            controls: controls(&row.metadata),
            file: file.map(|(revision, file)| FileShown::of(reader, &row.evidence, revision.get(), file)),
            changed: reader.clock.ago(row.changed_at),
            opened: opened.map(|found| found.shown(reader)),
            id,
        }
    }
}

/// One piece of evidence as a page.
pub fn item_page(reader: &Reader, found: &EvidenceFound, seal: Option<Seal>) -> EvidenceItemPage {
    EvidenceItemPage {
        shell: reader.shell(At::Of(Resource::Evidence)),
        list_href: format!("{}/evidence", reader.base),
        evidence: found.shown(reader),
        seal,
    }
}

fn in_words(name: &str, value: &str) -> Option<String> {
    match (name, value) {
        ("q", _) => Some(format!("Has “{value}”")),
        ("status", "with") => Some("With a file".to_owned()),
        ("status", "without") => Some("Without a file".to_owned()),
        _ => None,
    }
}

/// How much evidence the grant reaches.
///
/// # Errors
/// As [`rows`].
pub async fn count(app: &App, reader: &Reader) -> Result<u64> {
    let mut tx = app.db(reader.log).await?;
    let limits = reader.scope().filters();
    let page = evidence::page(&mut tx, reader.log, limits, &Filter::default(), Sort::default(), None).await?;
    tx.commit().await?;
    Ok(page.total)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_is_told_in_the_largest_unit_that_fits() {
        let shown = [0, 812, 1024, 1_500_000, 3 << 30].map(size);
        assert_eq!(shown, ["0 bytes", "812 bytes", "1.0 KiB", "1.4 MiB", "3.0 GiB"]);
    }
}
