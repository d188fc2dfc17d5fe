//! What goes into the parts of pages (`templates/components.html`).

use std::fmt;

use ledger::entry::ActorType;

use super::moment::Moment;

/// Digits of a hash that stand at its beginning and at its end.
const HASH_ENDS: (usize, usize) = (8, 4);

/// The state of something. It always comes with an icon and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It holds, and that was checked.
    Good,
    /// It waits for somebody.
    Waiting,
    /// To be known.
    Info,
    /// Broken, or ended.
    Ended,
    /// Neither here nor there.
    Quiet,
}

impl Tone {
    /// Its class.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Info => "info",
            Self::Ended => "ended",
            Self::Quiet => "quiet",
        }
    }

    /// Its icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Good => "check",
            Self::Waiting => "clock",
            Self::Info => "info",
            Self::Ended => "ended",
            Self::Quiet => "dot",
        }
    }
}

/// One of several that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What it means; may be empty.
    pub explanation: String,
    /// Whether it is chosen now.
    pub is_chosen: bool,
}

impl Choice {
    /// A choice that explains itself.
    pub fn new(value: impl Into<String>, label: impl Into<String>, is_chosen: bool) -> Self {
        Self { value: value.into(), label: label.into(), explanation: String::new(), is_chosen }
    }

    /// With what it means.
    #[must_use]
    pub fn explained(self, explanation: impl Into<String>) -> Self {
        Self { explanation: explanation.into(), ..self }
    }
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its word; empty for a column of actions.
    pub word: &'static str,
    /// How one sorts by it, where one may.
    pub sorting: Option<Sorting>,
    /// Whether it holds numbers, which stand at the right.
    pub is_number: bool,
}

/// How a column sorts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorting {
    /// The same list, sorted by this column, or the other way round.
    pub href: String,
    /// How it is sorted by this column now.
    pub order: Option<Order>,
}

/// The way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest, the first of the alphabet, the oldest first.
    Ascending,
    /// The other way round.
    Descending,
}

impl Head {
    /// A column by which nothing is sorted.
    pub const fn plain(word: &'static str) -> Self {
        Self { word, sorting: None, is_number: false }
    }

    /// A column by which the list can be sorted.
    pub fn sorted(word: &'static str, href: impl Into<String>, order: Option<Order>) -> Self {
        Self { word, sorting: Some(Sorting { href: href.into(), order }), is_number: false }
    }

    /// A column of numbers.
    #[must_use]
    pub fn of_numbers(self) -> Self {
        Self { is_number: true, ..self }
    }

    /// For `aria-sort`, where the list is sorted by it.
    pub fn aria_sort(&self) -> Option<&'static str> {
        self.sorting.as_ref()?.order.map(|order| match order {
            Order::Ascending => "ascending",
            Order::Descending => "descending",
        })
    }

    /// Its icon.
    pub fn icon(&self) -> &'static str {
        match self.aria_sort() {
            Some("ascending") => "up",
            Some(_) => "down",
            None => "sort",
        }
    }
}

/// A filter that is in force, and the list without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// What is shown only: "State: active".
    pub word: String,
    /// The list without it.
    pub href: String,
}

/// Before and behind what a page of a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pager {
    /// What is shown: "26 to 50 of 212".
    pub shown: String,
    /// The page before.
    pub before: Option<String>,
    /// The page behind.
    pub behind: Option<String>,
}

/// A long hash, of which pages show the ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash(String);

impl Hash {
    /// A hash in its text form.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// All of it.
    pub fn whole(&self) -> &str {
        &self.0
    }

    /// First eight and last four: `1f0c52aa…9d3e`.
    pub fn short(&self) -> String {
        let chars: Vec<char> = self.0.chars().collect();
        let (first, last) = HASH_ENDS;
        if chars.len() <= first + last + 1 {
            return self.0.clone();
        }
        let ends = [&chars[..first], &['…'], &chars[chars.len() - last..]];
        ends.concat().into_iter().collect()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

/// Who did something, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A member of the organisation.
    Member,
    /// An auditor.
    Auditor,
    /// A program with an API key.
    Key,
    /// The service itself.
    Service,
}

impl From<ActorType> for ActorKind {
    fn from(kind: ActorType) -> Self {
        match kind {
            ActorType::User => Self::Member,
            ActorType::Auditor => Self::Auditor,
            ActorType::ApiKey => Self::Key,
            ActorType::Service | ActorType::System => Self::Service,
        }
    }
}

impl ActorKind {
    /// Its icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Member => "person",
            Self::Auditor => "auditor",
            Self::Key => "key",
            Self::Service => "gear",
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Auditor => "Auditor",
            Self::Key => "API key",
            Self::Service => "Service",
        }
    }
}

/// What happened on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// `22 November 2026`.
    pub date: String,
    /// Newest first.
    pub events: Vec<Happening>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Who did it.
    pub actor: ActorKind,
    /// Their address, or what is known of them; empty where that is plain from the page.
    pub who: String,
    /// What, in a sentence.
    pub sentence: String,
    /// When.
    pub at: Moment,
    /// What the sentence rests on.
    pub seal: Option<super::seal::Seal>,
}

/// A line of what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What is there now and was not.
    Added(String),
    /// What was there and is no longer.
    Removed(String),
    /// What stayed.
    Kept(String),
}

impl Change {
    /// Its class, its icon and its word for who does not see them.
    pub const fn signs(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Added(_) => ("added", "plus", "Added: "),
            Self::Removed(_) => ("removed", "minus", "Removed: "),
            Self::Kept(_) => ("kept", "dot", "Unchanged: "),
        }
    }

    /// What it is about.
    pub fn text(&self) -> &str {
        match self {
            Self::Added(text) | Self::Removed(text) | Self::Kept(text) => text,
        }
    }
}

/// A count with its thousands apart: `1,284`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_hash_shows_its_ends_and_a_short_one_all_of_it() {
        assert_eq!(Hash::new("1f0c52aa77b9e4d1c0ffee00aa559d3e").short(), "1f0c52aa…9d3e");
        assert_eq!(Hash::new("1f0c52aa79d3e").short(), "1f0c52aa79d3e");
    }

    #[test]
    fn thousands_are_apart() {
        let shown = [0, 999, 1000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }
}
