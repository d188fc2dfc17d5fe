//! `docs/coverage.md`: which tests show which row of the requirements.
//!
//! A test says it itself, directly above its attributes: `// rows: S1-57, S2-16`. `coverage.txt` lists the rows that have
//! to be shown. Where a row fixes a text, a number or a name, its literals stand there too, and each has to stand in one
//! of the row's tests: in the attributes or the body, or in a constant of the same file that these name.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::ratchet::blessing;
use crate::sources::{Source, sources};
use crate::{assert_none, read, root};

const LIST: &str = "api/tests/tidy/coverage.txt";
const PAGE: &str = "docs/coverage.md";
const REQUIREMENTS: &str = "../shared/requirements/reference-systems.md";

const MARK: &str = "// rows: ";

const SYSTEMS: [(&str, &str); 6] = [
    ("S1-", "S1, the grant workflow WF-006"),
    ("S2-", "S2, the Meridian auditor portal"),
    ("S3-", "S3, continuous compliance"),
    ("S4-", "S4, the audit-log guide"),
    ("S5-", "S5, the magic link"),
    ("C", "C, where the systems differ"),
];

/// `S1-57` or `C19`: what stands before the number, and the number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row(String, u32);

impl Row {
    fn parse(text: &str) -> Option<Self> {
        let system = text.trim_end_matches(|it: char| it.is_ascii_digit());
        let known = SYSTEMS.iter().any(|(name, _)| *name == system);
        known.then(|| Some(Self(system.to_owned(), text.strip_prefix(system)?.parse().ok()?)))?
    }

    fn id(&self) -> String {
        let Self(system, number) = self;
        if system.ends_with('-') { format!("{system}{number:02}") } else { format!("{system}{number}") }
    }
}

/// A row that has to be shown, from `<row> [(<row whose text holds the literals>)][ | <literal>]…`.
struct Required {
    row: Row,
    fixed_by: Row,
    literals: Vec<String>,
}

/// A test that shows rows.
struct Shows {
    rows: Vec<Row>,
    path: String,
    name: String,
    /// Attributes and body, and the constants that they name.
    text: String,
}

fn required() -> Vec<Required> {
    let text = read(LIST);
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| required_row(line).unwrap_or_else(|| panic!("{LIST}: {line}"))).collect()
}

fn required_row(line: &str) -> Option<Required> {
    let mut parts = line.split(" | ");
    let head = parts.next()?;
    let (row, fixed_by) = head.split_once(' ').unwrap_or((head, head));
    let fixed_by = fixed_by.trim_start_matches('(').trim_end_matches(')');
    let literals = parts.map(str::to_owned).collect();
    Some(Required { row: Row::parse(row)?, fixed_by: Row::parse(fixed_by)?, literals })
}

fn shown() -> Vec<Shows> {
    sources(None).iter().flat_map(marked).collect()
}

fn marked(source: &Source) -> Vec<Shows> {
    let lines: Vec<&str> = source.text.lines().collect();
    let marks = lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.trim_start().strip_prefix(MARK)?)));
    let shows = marks.map(|(at, rows)| {
        let rows = rows.split(", ").map(|row| Row::parse(row).unwrap_or_else(|| panic!("{}: {row}", source.path)));
        let below = lines.get(at + 1..).unwrap_or_default();
        let (name, body) = test(below).unwrap_or_else(|| panic!("{}:{} stands above no test", source.path, at + 1));
        let named = constants(&lines).into_iter().filter(|(constant, _)| holds(&body, constant));
        let text = named.map(|(_, text)| text).fold(body.clone(), |all, text| format!("{all}\n{text}"));
        Shows { rows: rows.collect(), path: source.path.clone(), name, text }
    });
    shows.collect()
}

/// Name and text of the test that begins here with its attributes.
fn test(lines: &[&str]) -> Option<(String, String)> {
    let declared = |line: &str| line.trim_start().trim_start_matches("async ").starts_with("fn ");
    let at = lines.iter().take_while(|line| !line.is_empty()).position(|line| declared(line))?;
    let (above, rest) = lines.split_at(at);
    above.iter().find(|line| line.trim_start().starts_with("#[") && line.contains("test"))?;
    let first = rest.first()?;
    // rustfmt closes a function at the indentation that it began with.
    let close = format!("{}}}", " ".repeat(first.len() - first.trim_start().len()));
    let end = rest.iter().position(|line| *line == close)?;
    let name = first.split_once("fn ")?.1.split(['(', '<']).next()?;
    Some((name.to_owned(), joined(lines.get(..=at + end)?)))
}

/// Names and texts of a file's constants.
fn constants(lines: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((before, rest)) = line.split_once("const ") else { continue };
        let declared = before.trim().is_empty() || before.trim().starts_with("pub");
        if let (true, Some((name, _))) = (declared, rest.split_once(':')) {
            let below = lines.get(at..).unwrap_or_default();
            let end = below.iter().position(|line| line.ends_with(';')).unwrap_or_default();
            found.push((name.to_owned(), joined(below.get(..=end).unwrap_or_default())));
        }
    }
    found
}

/// As the compiler reads it: a text that is continued on the next line is one.
fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        match text.strip_suffix("\\\n") {
            Some(begun) => text = format!("{begun}{}", line.trim_start()),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// Whether the literal stands there as a whole: `30` does not stand in `300`, nor `view` in `view_controls`.
fn holds(text: &str, literal: &str) -> bool {
    let word = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices(literal).any(|(at, found)| {
        let (before, rest) = text.split_at(at);
        let begins = !(literal.starts_with(word) && before.ends_with(word));
        begins && !(literal.ends_with(word) && rest.split_at(found.len()).1.starts_with(word))
    })
}

#[test]
fn every_row_is_shown_by_a_test_that_holds_what_the_row_fixes() {
    let shown = shown();
    let mut remarks = Vec::new();
    for Required { row, literals, .. } in required() {
        let tests: Vec<_> = shown.iter().filter(|test| test.rows.contains(&row)).collect();
        if tests.is_empty() {
            remarks.push(format!("{}: no test", row.id()));
            continue;
        }
        let missing = literals.iter().filter(|literal| !tests.iter().any(|test| holds(&test.text, literal)));
        remarks.extend(missing.map(|literal| format!("{}: {literal:?} stands in none of its tests", row.id())));
    }
    assert_none(&remarks, &format!("rows of {LIST} that are not shown:"));
}

#[test]
fn the_page_of_coverage_is_current() {
    let current = page(&shown());
    if blessing() {
        return std::fs::write(root().join(PAGE), current).expect("blessing may write");
    }
    let kept = read(PAGE);
    let changed = current.lines().filter(|line| !kept.lines().any(|of_kept| of_kept == *line)).map(str::to_owned);
    assert_none(&changed.collect::<Vec<_>>(), &format!("{PAGE} is out of date, `make bless` refreshes it:"));
    assert_eq!(kept, current, "{PAGE} is out of date: `make bless` refreshes it");
}

/// One line a row, by system.
fn page(shown: &[Shows]) -> String {
    let mut rows = BTreeMap::<&Row, Vec<String>>::new();
    for Shows { rows: shows, path, name, .. } in shown {
        let line = format!("{} (`{path}`)", name.replace('_', " "));
        for row in shows {
            rows.entry(row).or_default().push(line.clone());
        }
    }
    let mut text = format!(
        "# Coverage\n\nWhich tests show which row of the requirements: {} rows, {} tests. Generated from the\n\
         lines `{}` above the tests: `make bless` refreshes it. The rows that have to be here, and the\nliterals that \
         their tests have to hold, stand in `{LIST}`.\n",
        rows.len(),
        shown.len(),
        MARK.trim()
    );
    for (system, title) in SYSTEMS {
        write!(text, "\n## {title}\n\n").expect("a string takes everything");
        for (row, tests) in rows.iter().filter(|(row, _)| row.0 == system) {
            writeln!(text, "- **{}** {}", row.id(), tests.join("; ")).expect("a string takes everything");
        }
    }
    text
}

/// The requirements are no part of the repository; where they lie beside it, the list is held to them.
#[test]
fn every_literal_stands_in_the_row_that_fixes_it() {
    let Ok(requirements) = std::fs::read_to_string(root().join(REQUIREMENTS)) else {
        println!("skipped: {REQUIREMENTS} is not there");
        return;
    };
    let texts = texts(&requirements);
    let mut remarks = Vec::new();
    for Required { row, fixed_by, literals } in required() {
        let text = texts.get(&fixed_by).map_or("", String::as_str);
        if !texts.contains_key(&row) || text.is_empty() {
            remarks.push(format!("{}: no such row", row.id()));
        }
        // Words that a system writes in capitals are ours in small letters.
        let text = text.to_lowercase();
        let foreign = literals.iter().filter(|literal| !holds(&text, &literal.to_lowercase()));
        remarks.extend(foreign.map(|literal| format!("{}: {literal:?} is not in {}", row.id(), fixed_by.id())));
    }
    let unknown = shown().into_iter().flat_map(|test| test.rows).filter(|row| !texts.contains_key(row));
    remarks.extend(unknown.map(|row| format!("{}: no such row", row.id())));
    assert_none(&remarks, &format!("{LIST} and {REQUIREMENTS} differ:"));
}

/// The text of each row. A line can hold several rows: each begins a sentence or a part of one.
fn texts(requirements: &str) -> BTreeMap<Row, String> {
    let mut texts = BTreeMap::new();
    for line in requirements.lines() {
        if let Some(rest) = line.strip_prefix("| C") {
            let (number, text) = rest.split_once(" | ").unwrap_or_default();
            texts.extend(Row::parse(&format!("C{number}")).map(|row| (row, text.to_owned())));
        }
        let mut current: Option<Row> = None;
        let mut begins = line.starts_with("- ");
        for word in line.split(' ').skip(1).filter(|_| line.starts_with("- ")) {
            current = Row::parse(word).filter(|_| begins).or(current);
            let Some(row) = &current else { break };
            let text: &mut String = texts.entry(row.clone()).or_default();
            text.push_str(word);
            text.push(' ');
            begins = word.ends_with(['.', ';']);
        }
    }
    texts
}
