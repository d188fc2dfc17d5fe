//! The organisation's own log, read through a grant: entries newest first, one of them, and a table. Personal values are
//! sealed in entries and stay so here.

pub mod papers;
pub mod table;

use askama::Template;
use axum::http::StatusCode;
use domain::access_grant::{Item, Resource};
use ledger::entry::Entry;
use ledger::sealed::SealedValue;
use projections::read_models::entries::{self, EntryRow, Filter};
use store::append::Committed;

use super::asked::{Asked, choices, item_address};
use super::listing::{Empty, Listing};
use super::reader::{At, Reader};
use crate::app::App;
use crate::error::{Error, Result};
use crate::log_search::Search;
use crate::web::components::{Choice, Hash, Head, Pager, Tone};
use crate::web::seal::Seal;
use crate::web::shell::OfAuditor;
use crate::web::{FieldErrors, Moment, Page, Shell};

pub use self::table::table;

/// Rows of a page.
const ROWS: usize = 50;
/// What the streams begin with whose entries hold content.
const CONTENT: [&str; 2] = ["evidence/", "record/"];
const HEADS: [&str; 5] = ["Time", "Type", "Who", "Subject", "Outcome"];

/// The list.
#[derive(Template)]
#[template(path = "portal/log.html")]
pub struct LogPage {
    shell: Shell<OfAuditor>,
    list: Listing,
    heads: Vec<Head>,
    outcomes: Vec<Choice>,
    rows: Vec<Row>,
    errors: FieldErrors,
}

/// A row, and what the entry says where it is open.
struct Row {
    index: u64,
    href: String,
    toggle: String,
    time: Moment,
    kind: String,
    who: String,
    subject: String,
    tone: Tone,
    outcome: String,
    opened: Option<EntryShown>,
}

/// One entry.
#[derive(Template)]
#[template(path = "portal/log_entry.html")]
pub struct LogEntryPage {
    shell: Shell<OfAuditor>,
    list_href: String,
    index: u64,
    entry: EntryShown,
    /// Where its receipt, proof and bytes are; a member who looks at a preview has them elsewhere.
    papers: Option<Papers>,
    seal: Option<Seal>,
}

/// What an auditor may keep of an entry.
struct Papers {
    receipt: String,
    proof: String,
    /// None where the bytes are the content of a record or of evidence.
    bytes: Option<String>,
}

/// An entry as it is shown.
pub struct EntryShown {
    kind: String,
    facts: Vec<(&'static str, String)>,
    time: Moment,
    /// Its detail, as JSON; none where it is the content of a record or of evidence, which has a grant of its own.
    detail: Option<String>,
    /// The names of what is sealed in it.
    sealed: Vec<String>,
    hash: Hash,
}

/// An entry that was found.
pub struct EntryFound(pub Committed);

impl EntryFound {
    /// As a grant is asked about it: an entry belongs to no vendor and to no engagement.
    pub fn item(&self) -> Item<'_> {
        Item::One(domain::access_grant::Facts::default())
    }

    /// Its bytes, parsed.
    ///
    /// # Errors
    /// [`Error::Internal`], where they are no entry.
    pub fn parsed(&self) -> Result<Entry> {
        Entry::parse(&self.0.bytes).map_err(Error::internal)
    }

    fn shown(&self, reader: &Reader) -> Result<EntryShown> {
        let entry = self.parsed()?;
        let facts = [
            ("Subject", Some(entry.subject.to_string())),
            ("Who", Some(who(&entry.actor))),
            ("Outcome", Some(outcome(entry.outcome.reason()))),
            ("Stream", entry.stream.as_ref().map(|place| format!("{}, version {}", place.stream, place.version))),
            ("Session", entry.context.session.clone()),
            ("Request", entry.context.request_id.clone()),
            ("Service", entry.context.service.clone()),
            ("Id", Some(entry.id.to_string())),
        ];
        Ok(EntryShown {
            kind: entry.event_type.to_string(),
            facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            time: reader.clock.exact(entry.time),
            detail: detail(&entry)?,
            sealed: entry.sealed.iter().map(SealedValue::field).map(|field| field.replace('_', " ")).collect(),
            hash: Hash::new(self.0.hash.to_string()),
        })
    }
}

fn detail(entry: &Entry) -> Result<Option<String>> {
    let detail = has_own_detail(entry).then(|| serde_json::to_string_pretty(&entry.detail));
    detail.transpose().map_err(Error::internal)
}

/// Whether what an entry says is for whoever may read the log. Entries of records and of evidence hold all of their
/// content, and who reads the log may not for that reason read what was left out of their grant.
pub fn has_own_detail(entry: &Entry) -> bool {
    let stream = entry.stream.as_ref().map_or("", |place| place.stream.as_str());
    !CONTENT.iter().any(|prefix| stream.starts_with(prefix))
}

/// Who acted: what they are, and the opaque id that the log has of them.
fn who(actor: &ledger::entry::Actor) -> String {
    let kind = actor.kind.as_str().replace('_', " ");
    let role = actor.role.as_ref().map(|role| format!(" ({})", role.replace('_', " "))).unwrap_or_default();
    format!("{kind}{role} {}", actor.id)
}

fn outcome(reason: Option<&str>) -> String {
    reason.map_or_else(|| "success".to_owned(), |reason| format!("failure: {}", reason.replace('_', " ")))
}

/// Finds an entry by its place in the log.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(app: &App, reader: &Reader, id: &str) -> Result<Option<EntryFound>> {
    // One address an entry: no leading zeros, no signs.
    let Some(index) = id.parse::<u64>().ok().filter(|index| index.to_string() == id && *index < 1 << 53) else {
        return Ok(None);
    };
    let mut tx = app.db(reader.log).await?;
    let entry = store::entries::range(&mut *tx, reader.log, index, 1).await?.pop();
    tx.commit().await?;
    Ok(entry.map(EntryFound))
}

/// What is searched for. Days are those of UTC: an auditor works for several organisations.
pub(super) fn search(asked: &Asked) -> Search<'_> {
    let Asked { kind, outcome, from, until, .. } = asked;
    Search { kind, actor: "", subject: "", stream: "", outcome, from, until, until_field: "until", zone: "UTC" }
}

/// Reads a page of the list, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn rows(app: &App, reader: &Reader, filter: &Filter, asked: &Asked) -> Result<entries::Page> {
    let before = asked.after.parse().ok();
    let mut tx = app.db(reader.log).await?;
    let page = entries::page(&mut tx, reader.log, filter, before, ROWS).await?;
    tx.commit().await?;
    Ok(page)
}

/// The page before, as an address asks for it; none on the first.
async fn newer(app: &App, reader: &Reader, filter: &Filter, asked: &Asked) -> Result<Option<Asked>> {
    let Ok(end) = asked.after.parse() else { return Ok(None) };
    let mut tx = app.db(reader.log).await?;
    let before = entries::page_before(&mut tx, reader.log, filter, end, ROWS).await?;
    tx.commit().await?;
    Ok(Some(asked.page_before(&before.map(|before| before.to_string()).unwrap_or_default())))
}

/// The list as a page; `opened` is the row that is open. Where a filter is not understood nothing is listed, and it says so.
///
/// # Errors
/// As [`rows`].
pub async fn page(
    app: &App,
    reader: &Reader,
    asked: &Asked,
    opened: Option<EntryFound>,
    entry: Option<&Committed>,
) -> Result<Page<LogPage>> {
    let mut errors = FieldErrors::default();
    let filter = search(asked).understood(&mut errors);
    let page = if errors.is_empty() {
        rows(app, reader, &filter, asked).await?
    } else {
        entries::Page { rows: Vec::new(), next: None }
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let list = Listing::new(reader, Resource::AuditLogs, asked, in_words).recorded_as(&reader.clock, entry);
    let mut opened = opened.map(|found| Ok::<_, Error>((found.0.index, found.shown(reader)?))).transpose()?;
    let row = |row: &EntryRow| {
        let is_open = opened.as_ref().is_some_and(|(index, _)| *index == row.index);
        let shown = if is_open { opened.take().map(|(_, shown)| shown) } else { None };
        Row::of(reader, asked, &list.address, row, shown)
    };
    let rows: Vec<_> = page.rows.iter().map(row).collect();
    let newer = if errors.is_empty() { newer(app, reader, &filter, asked).await? } else { None };
    let before = newer.map(|newer| newer.at(&list.address));
    let behind = page.next.map(|before| asked.page_after(&before.to_string(), rows.len()).at(&list.address));
    let outcomes = ["success", "failure"].map(|word| (word.to_owned(), word.to_owned()));
    let empty = rows.is_empty().then(|| emptiness(&list.address, asked, &errors));
    let template = LogPage {
        shell: reader.shell(At::Of(Resource::AuditLogs)),
        heads: heads(),
        outcomes: choices("Any outcome", outcomes, &asked.outcome),
        list: Listing {
            count: "newest first".to_owned(),
            pager: Pager { shown: format!("{} shown", rows.len()), before, behind },
            empty,
            ..list
        },
        rows,
        errors,
    };
    Ok(Page::with_status(status, template))
}

fn heads() -> Vec<Head> {
    let number = Head::plain("Entry").of_numbers();
    [number].into_iter().chain(HEADS.map(Head::plain)).chain([Head::plain("")]).collect()
}

fn emptiness(address: &str, asked: &Asked, errors: &FieldErrors) -> Empty {
    if !errors.is_empty() {
        return Empty {
            title: "Nothing is listed".to_owned(),
            why: "A filter was not understood, so the log was not searched.".to_owned(),
            all: Some(address.to_owned()),
        };
    }
    let span = match (asked.from.as_str(), asked.until.as_str()) {
        ("", "") => String::new(),
        (from, "") => format!(" from {from} on"),
        ("", until) => format!(" up to {until}"),
        (from, until) => format!(" from {from} to {until}"),
    };
    Empty {
        title: "No entry matches these filters".to_owned(),
        why: format!("The log has no such entry{span}. It has others."),
        all: Some(address.to_owned()),
    }
}

impl Row {
    fn of(reader: &Reader, asked: &Asked, address: &str, row: &EntryRow, opened: Option<EntryShown>) -> Self {
        let id = row.index.to_string();
        Self {
            index: row.index,
            href: item_address(&reader.base, Resource::AuditLogs, &id),
            toggle: asked.opening(&id).at(address),
            time: reader.clock.since(row.time),
            kind: row.event_type.to_string(),
            who: who(&row.actor),
            subject: row.subject.to_string(),
            tone: if row.outcome.reason().is_some() { Tone::Ended } else { Tone::Quiet },
            outcome: outcome(row.outcome.reason()),
            opened,
        }
    }
}

/// One entry as a page.
///
/// # Errors
/// [`Error::Internal`], where it does not read.
pub fn item_page(reader: &Reader, found: &EntryFound, seal: Option<Seal>) -> Result<LogEntryPage> {
    let address = item_address(&reader.base, Resource::AuditLogs, &found.0.index.to_string());
    let papers = Papers {
        receipt: format!("{address}/receipt"),
        proof: format!("{address}/proof"),
        bytes: has_own_detail(&found.parsed()?).then(|| format!("{address}/entry")),
    };
    Ok(LogEntryPage {
        papers: (!reader.is_preview()).then_some(papers),
        shell: reader.shell(At::Of(Resource::AuditLogs)),
        list_href: format!("{}/audit_logs", reader.base),
        index: found.0.index,
        entry: found.shown(reader)?,
        seal,
    })
}

fn in_words(name: &str, value: &str) -> Option<String> {
    match name {
        "type" => Some(format!("Type: {value}")),
        "outcome" => Some(format!("Outcome: {value}")),
        "from" => Some(format!("From {value}")),
        "until" => Some(format!("Until {value}")),
        _ => None,
    }
}
