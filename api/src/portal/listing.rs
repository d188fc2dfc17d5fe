//! What every list of the portal has around its rows.

use domain::access_grant::{Capability, Filters, Resource};
use store::append::Committed;

use super::asked::Asked;
use super::reader::Reader;
use crate::web::Clock;
use crate::web::components::{Chip, Hash, Pager, grouped};
use crate::web::seal::{Seal, Step};
use crate::words;

/// A list around its rows.
pub struct Listing {
    /// What is listed, in a word or two.
    pub title: &'static str,
    /// Whose records.
    pub organisation: String,
    /// Its address without a query.
    pub address: String,
    /// What was asked.
    pub asked: Asked,
    /// What of it hides rows.
    pub chips: Vec<Chip>,
    /// Where the rows can be taken out as a table; none where that was not given.
    pub export: Option<String>,
    /// What the grant leaves out, in sentences.
    pub limits: Vec<String>,
    /// How many rows there are on all pages.
    pub count: String,
    /// What follows.
    pub pager: Pager,
    /// Why there are none.
    pub empty: Option<Empty>,
    /// The entry of this view; a preview has none.
    pub seal: Option<Seal>,
}

/// Why a list is empty, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empty {
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub why: String,
    /// The list without filters, where filters hide something.
    pub all: Option<String>,
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// On this page.
    pub shown: usize,
    /// On all pages together.
    pub total: u64,
    /// Without the filters of the page.
    pub unfiltered: u64,
}

/// Where the pages beside a page of a list begin, as addresses ask for them.
pub struct Beside {
    /// The one before; nothing said of it is the first.
    pub before: Option<String>,
    /// The one that follows.
    pub next: Option<String>,
}

impl Beside {
    /// A page.
    pub fn of<T>(page: &projections::list::Page<T>) -> Self {
        Self {
            before: page.before.as_ref().map(ToString::to_string),
            next: page.next.as_ref().map(ToString::to_string),
        }
    }
}

impl Listing {
    /// A list with its filters in words.
    pub fn new(
        reader: &Reader,
        resource: Resource,
        asked: &Asked,
        in_words: impl Fn(&str, &str) -> Option<String>,
    ) -> Self {
        let address = format!("{}/{resource}", reader.base);
        let may_export = !reader.is_preview() && reader.scope().gives(Capability::Export, resource);
        Self {
            title: words::resource_short(resource),
            organisation: reader.organisation.clone(),
            export: may_export.then(|| asked.filters().at(&format!("{address}/export"))),
            limits: limits(reader.scope().filters(), resource),
            chips: asked.chips(&address, in_words),
            address,
            asked: asked.clone(),
            count: String::new(),
            pager: Pager::default(),
            empty: None,
            seal: None,
        }
    }

    /// With its rows counted, and the ways to the pages beside them.
    #[must_use]
    pub fn counted(mut self, counts: Counts, beside: &Beside) -> Self {
        let first = self.asked.rows_before() + 1;
        let last = self.asked.rows_before() + counts.shown as u64;
        let is_all = counts.shown as u64 == counts.total;
        let shown = format!("{} to {} of {}", grouped(first), grouped(last), grouped(counts.total));
        self.count = if is_all { grouped(counts.total) } else { shown.clone() };
        let before = beside.before.as_ref().map(|cursor| self.asked.page_before(cursor).at(&self.address));
        let behind = beside.next.as_ref().map(|cursor| self.asked.page_after(cursor, counts.shown).at(&self.address));
        self.pager = Pager { shown, before, behind };
        self.empty = (counts.shown == 0).then(|| self.emptiness(counts));
        self
    }

    /// With the entry that recorded the view.
    #[must_use]
    pub fn recorded_as(mut self, clock: &Clock, entry: Option<&Committed>) -> Self {
        self.seal = entry.map(|entry| own_seal(clock, entry, Step::Accepted));
        self
    }

    /// The list from its beginning.
    pub fn beginning(&self) -> Option<String> {
        (0 < self.asked.rows_before()).then(|| self.asked.begun().at(&self.address))
    }

    fn emptiness(&self, counts: Counts) -> Empty {
        let things = self.title.to_lowercase();
        if 0 < counts.unfiltered {
            let hidden = counts.unfiltered;
            let rows = if hidden == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(hidden)) };
            return Empty {
                title: "Nothing matches these filters".to_owned(),
                why: format!("The filters hide {rows} that you may see."),
                all: Some(self.address.clone()),
            };
        }
        let ask = format!("If you expected something, ask {}.", self.organisation);
        let (title, why) = if self.limits.is_empty() {
            (format!("No {things} on record"), format!("{} has recorded none so far. {ask}", self.organisation))
        } else {
            let limits = self.limits.join(" ");
            (format!("No {things} within your access"), format!("{limits} There is nothing in it. {ask}"))
        };
        Empty { title, why, all: None }
    }
}

/// What the filters of a grant leave out of a type, in sentences.
pub fn limits(filters: &Filters, resource: Resource) -> Vec<String> {
    let mut limits = Vec::new();
    if let Some(window) = filters.window.filter(|_| resource == Resource::Evidence) {
        limits.push(match (window.from(), window.until()) {
            (Some(from), Some(until)) => format!("You see evidence effective from {from} to {until}."),
            (Some(from), None) => format!("You see evidence effective from {from} on."),
            (None, Some(until)) => format!("You see evidence effective up to {until}."),
            (None, None) => String::new(),
        });
    }
    if resource.has_vendors() && !filters.vendors.is_empty() {
        let vendors: Vec<_> = filters.vendors.iter().map(ToString::to_string).collect();
        limits.push(format!("You see what is about {}.", among(&vendors)));
    }
    if filters.engagement.is_some() && resource != Resource::AuditLogs {
        limits.push("What was made for other engagements is left out.".to_owned());
    }
    limits
}

/// A few by name, many by number.
fn among(vendors: &[String]) -> String {
    match vendors {
        [one] => format!("the vendor {one}"),
        few if few.len() <= 5 => format!("the vendors {}", few.join(", ")),
        many => format!("{} vendors", many.len()),
    }
}

/// The seal of an entry of the auditor's own.
pub fn own_seal(clock: &Clock, entry: &Committed, reached: Step) -> Seal {
    let address = format!("/auditor/activity/{}", entry.index);
    Seal {
        index: entry.index,
        hash: Hash::new(entry.hash.to_string()),
        recorded: clock.exact(entry.time),
        reached,
        receipt: Some(format!("{address}/receipt")),
        proof: (Step::Sealed <= reached).then(|| format!("{address}/proof")),
        bytes: Some(format!("{address}/entry")),
        check: Some("/auditor/help#check".to_owned()),
    }
}
