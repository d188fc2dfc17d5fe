//! A verdict, written down for people and for programs.

use std::fmt::Write;

use ledger::json::canonical;
use ledger::time::Timestamp;
use ledger::verify::{Finding, Line, Question, Recorded, Status, Verdict, shown};
use serde_json::{Value, json};

use crate::wording::{conclusion, meaning, summary};

/// Where the sentences begin: beyond the longest name and the longest status.
const INDENT: usize = 27;
/// Of a terminal as it opens.
const COLUMNS: usize = 80;
/// Findings written out under one line; `--json` has more.
const FINDINGS_SHOWN: usize = 3;
const WRITES: &str = "writing to a String succeeds";

/// What is said about one input.
#[derive(Clone, Copy)]
pub(crate) struct Report<'a> {
    /// The input, as it was named on the command line.
    pub(crate) name: &'a str,
    pub(crate) verdict: &'a Verdict,
    /// Lines that may be left open.
    pub(crate) accepted: &'a [Question],
}

impl Report<'_> {
    /// Canonical JSON: what [`Verdict::to_json`] says, and which input it is about.
    pub(crate) fn to_json(self) -> String {
        let verdict = self.verdict.to_json(self.accepted);
        let mut value: Value = serde_json::from_str(&verdict).expect("canonical JSON is JSON");
        value["file"] = shown(self.name).into();
        to_text(&value)
    }

    /// One line for each question, and under it what is to be known about it.
    pub(crate) fn to_text(self, is_coloured: bool) -> String {
        let mut out = format!("{}\n", shown(self.name));
        if let (Some(origin), Some(size)) = (&self.verdict.origin, self.verdict.size) {
            let Recorded { entries, times, .. } = self.verdict.recorded;
            let times = times.map(|(first, last)| {
                format!("{} to {}, by the log's word, ", to_the_second(first), to_the_second(last))
            });
            let times = times.unwrap_or_default();
            wrap(&[format!("{origin}: {entries} entries, {times}under a checkpoint of {size}")], 0, &mut out);
        }
        out.push('\n');
        for line in &self.verdict.lines {
            let word = painted(line.status, is_coloured);
            write!(out, "{:13} {word} ", line.question.name()).expect(WRITES);
            wrap(&sentences(line), INDENT, &mut out);
        }
        out.push('\n');
        wrap(&[conclusion(self.verdict, self.accepted)], 0, &mut out);
        out
    }
}

/// What is said at the end of several inputs.
pub(crate) fn summary_text(ended: &[(&str, u8)]) -> String {
    let mut out = String::from("\n");
    wrap(&[shown(&summary(ended))], 0, &mut out);
    out
}

/// The JSON for an input about which nothing could be found out.
pub(crate) fn unanswered_json(name: &str, error: &str) -> String {
    to_text(&json!({"error": shown(error), "file": shown(name), "status": crate::UNANSWERED}))
}

fn to_text(value: &Value) -> String {
    String::from_utf8(canonical(value)).expect("canonical JSON is UTF-8")
}

/// A time as it is read: without the fraction, which matters to nobody here.
fn to_the_second(time: Timestamp) -> String {
    let text = time.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{}Z", seconds.replace('T', " "))
}

/// The status as a word of fixed width. The colour repeats the word.
fn painted(status: Status, is_coloured: bool) -> String {
    let word = format!("{:12}", status.word());
    let colour = match status {
        _ if !is_coloured => return word,
        Status::Ok => "32",
        Status::Absent => "2",
        Status::NotChecked | Status::NotProved => "33",
        Status::Failed => "1;31",
    };
    format!("\u{1b}[{colour}m{word}\u{1b}[0m")
}

/// What is said about one question, a paragraph each: why it is answered so, what else was found, what that means.
fn sentences(line: &Line) -> Vec<String> {
    let decided = |finding: &&Finding| finding.status == line.status && line.status != Status::Ok;
    let mut said: Vec<String> = line.findings.iter().filter(decided).map(|finding| finding.text.clone()).collect();
    // Without such a finding the reason is what the line says as a whole.
    if said.is_empty() {
        said.push(line.reason.clone());
    }
    let remarks = line.findings.iter().filter(|finding| finding.status == Status::Ok);
    said.extend(remarks.map(|finding| finding.text.clone()));
    let more = said.len().saturating_sub(FINDINGS_SHOWN) as u64 + line.more;
    said.truncate(FINDINGS_SHOWN);
    if 0 < more {
        said.push(format!("And {more} more like these (--json lists some of them)."));
    }
    if let Some(index) = line.first_index {
        said[0] = format!("First entry concerned: {index}. {}", said[0]);
    }
    if line.status == Status::Failed {
        said.extend(meaning(line).map(str::to_owned));
    }
    said.iter().map(|text| shown(text)).collect()
}

/// Breaks paragraphs into lines that begin at the column `indent`, where the first of them is already.
fn wrap(paragraphs: &[String], indent: usize, out: &mut String) {
    let margin = " ".repeat(indent);
    for (place, paragraph) in paragraphs.iter().enumerate() {
        if 0 < place {
            out.push_str(&margin);
        }
        let mut column = indent;
        for word in paragraph.split(' ') {
            let width = word.chars().count();
            if indent < column && COLUMNS < column + 1 + width {
                write!(out, "\n{margin}").expect(WRITES);
                column = indent;
            } else if indent < column {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += width;
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use ledger::verify::Status;

    use super::{painted, wrap};

    #[test]
    fn a_colour_never_stands_for_a_word() {
        for status in [Status::Ok, Status::Absent, Status::NotChecked, Status::NotProved, Status::Failed] {
            let [plain, coloured] = [false, true].map(|is_coloured| painted(status, is_coloured));
            assert_eq!(plain.trim_end(), status.word());
            assert_eq!(plain.len(), 12);
            assert!(coloured.starts_with("\u{1b}[") && coloured.contains(&plain), "{coloured:?}");
        }
    }

    #[test]
    fn paragraphs_are_broken_between_words_under_their_beginning() {
        let mut out = String::from("ab ");
        wrap(&["x".repeat(77), format!("{} {} y", "x".repeat(70), "z".repeat(100))], 3, &mut out);
        let [x77, x70, z100] = ["x".repeat(77), "x".repeat(70), "z".repeat(100)];
        assert_eq!(out, format!("ab {x77}\n   {x70}\n   {z100}\n   y\n"));
    }
}
