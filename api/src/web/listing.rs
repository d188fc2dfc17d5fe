//! Lists whose filters, order and place stand in their address, so that it can be kept and handed on.

use projections::list::Direction;

use super::components::{Chip, Choice, Head, Order, Pager};
use crate::query::percent_encode;

/// An address with those parameters that say something.
pub fn address(page: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<_> = given.map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
    if query.is_empty() { page.to_owned() } else { format!("{page}?{}", query.join("&")) }
}

/// The ways from a page of a list to those beside it; `at` is the list from there on.
pub fn pager<T>(page: &projections::list::Page<T>, at: impl Fn(&str) -> String) -> Pager {
    Pager {
        shown: String::new(),
        before: page.before.as_ref().map(|before| at(&before.to_string())),
        behind: page.next.as_ref().map(|next| at(&next.to_string())),
    }
}

/// How `sort` is read: `title` ascends, `-title` descends.
pub fn direction(sort: &str) -> (&str, Direction) {
    match sort.strip_prefix('-') {
        Some(word) => (word, Direction::Descending),
        None => (sort, Direction::Ascending),
    }
}

/// The head of a column that `sort` calls `name`; `now` is how the list is sorted by it, if it is.
pub fn head(word: &'static str, name: &str, now: Option<Direction>, at: impl FnOnce(&str) -> String) -> Head {
    let order = now.map(|direction| match direction {
        Direction::Ascending => Order::Ascending,
        Direction::Descending => Order::Descending,
    });
    let next = if order == Some(Order::Ascending) { format!("-{name}") } else { name.to_owned() };
    Head::sorted(word, at(&next), order)
}

/// The list as a filter offers it, `all` first.
pub fn choices(options: impl IntoIterator<Item = (String, String)>, chosen: &str, all: &str) -> Vec<Choice> {
    let first = Choice::new("", all, chosen.is_empty());
    let options = options.into_iter().map(|(value, label)| {
        let is_chosen = value == chosen;
        Choice::new(value, label, is_chosen)
    });
    std::iter::once(first).chain(options).collect()
}

/// One chip for each filter that says something: its word, its value, and the parameter that goes.
pub fn chips(page: &str, parameters: &[(&str, &str)], words: &[(&str, &str, String)]) -> Vec<Chip> {
    let is_given = |name: &str| parameters.iter().any(|(found, value)| *found == name && !value.is_empty());
    let given = words.iter().filter(|(name, ..)| is_given(name));
    let chip = |(name, word, value): &(&str, &str, String)| {
        let others: Vec<_> = parameters.iter().filter(|(found, _)| found != name).copied().collect();
        Chip { word: format!("{word}: {value}"), href: address(page, &others) }
    };
    given.map(chip).collect()
}

#[cfg(test)]
mod tests {
    use projections::list::{Before, Cursor, Page};

    use super::*;

    #[test]
    fn a_page_in_the_middle_leads_both_ways_and_the_second_back_to_the_list_as_it_was_asked_for() {
        let at = |from: &str| address("/x", &[("state", "open"), ("from", from)]);
        let page = |before| Page::<()> { rows: Vec::new(), total: 120, next: Cursor::parse("c~3"), before };
        let second = pager(&page(Some(Before::Start)), at);
        assert_eq!(
            (second.before.as_deref(), second.behind.as_deref()),
            (Some("/x?state=open"), Some("/x?state=open&from=c~3"))
        );
        let third = pager(&page(Cursor::parse("a~1").map(Before::Behind)), at);
        assert_eq!(third.before.as_deref(), Some("/x?state=open&from=a~1"));
        assert_eq!(pager(&page(None), at).before, None);
    }

    #[test]
    fn an_address_has_what_is_asked_and_a_chip_leads_to_the_list_without_it() {
        let asked = [("q", "a b&c"), ("state", ""), ("sort", "-title")];
        assert_eq!(address("/x", &asked), "/x?q=a%20b%26c&sort=-title");
        let chips = chips("/x", &asked, &[("q", "Search", "a b&c".to_owned()), ("state", "State", String::new())]);
        assert_eq!(chips, [Chip { word: "Search: a b&c".to_owned(), href: "/x?sort=-title".to_owned() }]);
    }
}
