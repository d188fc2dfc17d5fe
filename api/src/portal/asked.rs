//! What the address of a list asks for: a search, filters, an order, from where on, and which row is open.

use domain::access_grant::Resource;
use projections::list::{Cursor, Direction, ROWS_PER_PAGE_MAX};

use crate::error::Result;
use crate::query::{Parameters, percent_encode};
use crate::web::components::{Chip, Choice, Head, Order};

/// The parameters, as they were given. What is asked wrongly is passed over, but for filters of the log, which are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// What reference or title have in them.
    pub q: String,
    /// A status, exactly as written; of evidence `with` or `without` a file.
    pub status: String,
    /// A type of entry.
    pub kind: String,
    /// Whether an entry came about.
    pub outcome: String,
    /// The first day, or instant.
    pub from: String,
    /// The last day, or the instant before which.
    pub until: String,
    /// A column, with `-` before it for the other way round.
    pub sort: String,
    /// Where the page before ended.
    pub after: String,
    /// How many rows stood on the pages before.
    pub shown: String,
    /// The row that is open.
    pub open: String,
}

/// A part of what is asked.
type Part = (&'static str, fn(&mut Asked) -> &mut String);

/// Every parameter by its name.
const PARTS: [Part; 10] = [
    ("q", |asked| &mut asked.q),
    ("status", |asked| &mut asked.status),
    ("type", |asked| &mut asked.kind),
    ("outcome", |asked| &mut asked.outcome),
    ("from", |asked| &mut asked.from),
    ("until", |asked| &mut asked.until),
    ("sort", |asked| &mut asked.sort),
    ("after", |asked| &mut asked.after),
    ("shown", |asked| &mut asked.shown),
    ("open", |asked| &mut asked.open),
];

impl Asked {
    /// Reads a query, of which there may be none.
    ///
    /// # Errors
    /// As [`Parameters::parse`].
    pub fn read(query: Option<&str>) -> Result<Self> {
        let mut asked = Self::default();
        for (name, value) in Parameters::parse(query)?.0 {
            if let Some((_, part)) = PARTS.iter().find(|(known, _)| *known == name) {
                value.trim().clone_into(part(&mut asked));
            }
        }
        Ok(asked)
    }

    /// The list at an address that asks for this.
    pub fn at(&self, address: &str) -> String {
        let mut copy = self.clone();
        let given = PARTS.iter().filter_map(|(name, part)| {
            let value = std::mem::take(part(&mut copy));
            (!value.is_empty()).then(|| format!("{name}={}", percent_encode(&value)))
        });
        let given: Vec<_> = given.collect();
        if given.is_empty() { address.to_owned() } else { format!("{address}?{}", given.join("&")) }
    }

    /// The same from the beginning, with nothing open.
    #[must_use]
    pub fn begun(&self) -> Self {
        Self { after: String::new(), shown: String::new(), open: String::new(), ..self.clone() }
    }

    /// The same filters, for an export: all rows in their own order.
    #[must_use]
    pub fn filters(&self) -> Self {
        Self { sort: String::new(), ..self.begun() }
    }

    /// The page that follows.
    #[must_use]
    pub fn page_after(&self, cursor: &str, rows: usize) -> Self {
        let shown = self.rows_before() + rows as u64;
        Self { after: cursor.to_owned(), shown: shown.to_string(), ..self.begun() }
    }

    /// The page that comes before; the first one where nothing is said of where it begins.
    #[must_use]
    pub fn page_before(&self, cursor: &str) -> Self {
        if cursor.is_empty() {
            return self.begun();
        }
        let shown = self.rows_before().saturating_sub(ROWS_PER_PAGE_MAX as u64);
        Self { after: cursor.to_owned(), shown: shown.to_string(), ..self.begun() }
    }

    /// The same page with a row open, or with none where it is open now.
    #[must_use]
    pub fn opening(&self, id: &str) -> Self {
        let open = if self.open == id { String::new() } else { id.to_owned() };
        Self { open, ..self.clone() }
    }

    /// How many rows stood on the pages before, as the address says; it is only told.
    pub fn rows_before(&self) -> u64 {
        if self.after.is_empty() { 0 } else { self.shown.parse().unwrap_or(0) }
    }

    /// Where the page before ended.
    pub fn cursor(&self) -> Option<Cursor> {
        Cursor::parse(&self.after)
    }

    /// The text searched for, if any.
    pub fn contains(&self) -> Option<String> {
        Some(self.q.clone()).filter(|text| !text.is_empty())
    }

    /// What hides rows: each filter in words, with the list without it.
    pub fn chips(&self, address: &str, words: impl Fn(&str, &str) -> Option<String>) -> Vec<Chip> {
        let mut copy = self.clone();
        let chips = PARTS.iter().filter_map(|(name, part)| {
            let value = part(&mut copy).clone();
            let word = if value.is_empty() { None } else { words(name, &value) }?;
            let mut without = self.begun();
            part(&mut without).clear();
            Some(Chip { word, href: without.at(address) })
        });
        chips.collect()
    }

    /// The heads of the columns. `sorted` are those that can be sorted by, by their names here, with the one that is the
    /// order where nothing is said.
    pub fn heads(&self, address: &str, columns: &[Column], usual: &str) -> Vec<Head> {
        let current = if self.sort.is_empty() { usual } else { self.sort.as_str() };
        let head = |column: &Column| {
            let Column { word, sort } = *column;
            let Some(sort) = sort else { return Head::plain(word) };
            let order = match current.strip_prefix('-') {
                Some(name) if name == sort => Some(Order::Descending),
                None if current == sort => Some(Order::Ascending),
                _ => None,
            };
            let next = if order == Some(Order::Ascending) { format!("-{sort}") } else { sort.to_owned() };
            Head::sorted(word, Self { sort: next, ..self.begun() }.at(address), order)
        };
        columns.iter().map(head).collect()
    }

    /// The column that is sorted by and which way; none where nothing is said.
    pub fn sorting(&self) -> Option<(&str, Direction)> {
        match self.sort.strip_prefix('-') {
            Some(name) => Some((name, Direction::Descending)),
            None if self.sort.is_empty() => None,
            None => Some((&self.sort, Direction::Ascending)),
        }
    }
}

/// A column of a list.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its head.
    pub word: &'static str,
    /// By what name the list is sorted by it.
    pub sort: Option<&'static str>,
}

/// A column that nothing is sorted by.
pub const fn plain(word: &'static str) -> Column {
    Column { word, sort: None }
}

/// A column that the list can be sorted by.
pub const fn sorted(word: &'static str, by: &'static str) -> Column {
    Column { word, sort: Some(by) }
}

/// What a filter offers, after what it is without.
pub fn choices(all: &str, options: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    let first = Choice::new("", all, chosen.is_empty());
    let rest = options.into_iter().map(|(value, label)| {
        let is_chosen = value == chosen;
        Choice::new(value, label, is_chosen)
    });
    std::iter::once(first).chain(rest).collect()
}

/// Where one thing is. A reference is part of the path as it is, its slashes too; one that would be the word of another
/// page has its first letter in hex, which no page's has.
pub fn item_address(base: &str, resource: Resource, id: &str) -> String {
    let mut path = percent_encode(id);
    if path == "export" {
        path.replace_range(..1, "%65");
    }
    format!("{base}/{resource}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_what_was_read_of_it() {
        let query = "q=a%20%26%20b&status=in+progress&sort=-title&after=x~y&shown=50&open=R-1&other=1";
        let asked = Asked::read(Some(query)).unwrap();
        assert_eq!((asked.q.as_str(), asked.status.as_str()), ("a & b", "in progress"));
        let again = "/l?q=a%20%26%20b&status=in%20progress&sort=-title&after=x~y&shown=50&open=R-1";
        assert_eq!(asked.at("/l"), again);
        assert_eq!(asked.filters().at("/l"), "/l?q=a%20%26%20b&status=in%20progress");
        assert_eq!(asked.opening("R-1").open, "");
        let third = asked.page_after("z~w", 50);
        assert_eq!(third.shown, "100");
        assert_eq!(
            (third.page_before("x~y").shown.as_str(), third.page_before("").at("/l")),
            ("50", asked.begun().at("/l"))
        );
    }

    #[test]
    fn each_filter_can_be_taken_back_by_itself() {
        let asked = Asked::read(Some("q=x&status=open&after=a~b")).unwrap();
        let chips = asked.chips("/l", |name, value| (name != "after").then(|| format!("{name}: {value}")));
        let shown: Vec<_> = chips.iter().map(|chip| (chip.word.as_str(), chip.href.as_str())).collect();
        assert_eq!(shown, [("q: x", "/l?status=open"), ("status: open", "/l?q=x")]);
    }

    #[test]
    fn heads_sort_and_then_the_other_way_round() {
        let heads = |query| Asked::read(Some(query)).unwrap().heads("/l", &[sorted("Title", "title")], "title");
        let href = |query| heads(query)[0].sorting.as_ref().unwrap().href.clone();
        assert_eq!(href(""), "/l?sort=-title", "it is the usual order");
        assert_eq!(href("sort=-title"), "/l?sort=title");
        assert_eq!(heads("sort=title")[0].aria_sort(), Some("ascending"));
    }

    #[test]
    fn a_record_that_is_called_like_a_page_has_an_address_of_its_own() {
        assert_eq!(item_address("/p", Resource::Risks, "export"), "/p/risks/%65xport");
        assert_eq!(item_address("/p", Resource::Risks, "2026/R-1"), "/p/risks/2026/R-1");
    }
}
