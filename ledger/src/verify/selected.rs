//! Whether a selection holds what its query asks for, what the format requires besides, and nothing else (spec §10).

use super::verdict::{Answers, Question, Status};
use crate::export::{Manifest, Query};
use crate::time::Timestamp;

/// What an included entry is to a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Entry 0 and changes of keys, which every selection includes.
    Opening,
    KeyChange,
    /// A heartbeat; the last one of the log is required.
    Heartbeat,
    /// An attestation of the stream that the query asks for; the newest one is required.
    Attestation {
        version: u32,
    },
    /// Anything else.
    Ordinary,
}

/// An included entry, in the order of indices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Included {
    pub(super) index: u64,
    pub(super) time: Timestamp,
    pub(super) role: Role,
    pub(super) is_match: bool,
    pub(super) stream_version: Option<u32>,
}

/// An entry beside a time range.
#[derive(Debug, Clone, Copy)]
struct Edge {
    index: u64,
    /// It is included for no other reason than being the edge.
    only_edge: bool,
}

/// Goes through a selection's entries and keeps what decides about it: some numbers, whatever its size.
#[derive(Debug)]
pub(super) struct Selected<'a> {
    manifest: &'a Manifest,
    included: u64,
    matched: u64,
    span: Option<(u64, u64)>,
    /// The first index that is missing within the matched run.
    gap: Option<u64>,
    /// First and last index of the unbroken run that ends with the entry looked at last.
    run: Option<(u64, u64)>,
    heartbeat: Option<u64>,
    /// A heartbeat that does not match is required only if no other one follows.
    heartbeat_unless_later: Option<u64>,
    attestation: Option<(u64, u32)>,
    attestation_unless_later: Option<u64>,
    /// The highest version of the stream asked for.
    version: u32,
    before: Option<Edge>,
    after: Option<Edge>,
}

impl<'a> Selected<'a> {
    pub(super) fn new(manifest: &'a Manifest) -> Selected<'a> {
        Selected {
            manifest,
            included: 0,
            matched: 0,
            span: None,
            gap: None,
            run: None,
            heartbeat: None,
            heartbeat_unless_later: None,
            attestation: None,
            attestation_unless_later: None,
            version: 0,
            before: None,
            after: None,
        }
    }

    /// Looks at the next entry.
    pub(super) fn entry(&mut self, entry: &Included, answers: &mut Answers) {
        self.included += 1;
        self.run = match self.run {
            Some((start, last)) if last.checked_add(1) == Some(entry.index) => Some((start, entry.index)),
            _ => Some((entry.index, entry.index)),
        };
        if entry.is_match {
            self.matching(entry, answers);
        }
        if let Query::Times { from, .. } = self.manifest.query
            && !entry.is_match
        {
            self.beside_times(entry, from, answers);
        } else if !entry.is_match && entry.role == Role::Ordinary {
            unrelated(entry.index, answers);
        }
        match entry.role {
            Role::Heartbeat => {
                self.heartbeat = Some(entry.index);
                let unless_later = (!entry.is_match).then_some(entry.index);
                let earlier = std::mem::replace(&mut self.heartbeat_unless_later, unless_later);
                let is_edge = |index| [self.before, self.after].iter().flatten().any(|edge| edge.index == index);
                earlier.filter(|index| !is_edge(*index)).into_iter().for_each(|index| unrelated(index, answers));
            }
            Role::Attestation { version } => {
                self.attestation = Some((entry.index, version));
                let unless_later = (!entry.is_match).then_some(entry.index);
                let earlier = std::mem::replace(&mut self.attestation_unless_later, unless_later);
                if let Some(index) = earlier {
                    unrelated(index, answers);
                }
            }
            Role::Opening | Role::KeyChange | Role::Ordinary => {}
        }
    }

    fn matching(&mut self, entry: &Included, answers: &mut Answers) {
        self.matched += 1;
        self.span = Some(match self.span {
            Some((first, last)) => {
                if last + 1 != entry.index {
                    self.gap = self.gap.or(Some(last + 1));
                }
                (first, entry.index)
            }
            None => (entry.index, entry.index),
        });
        if let (Query::Stream(_), Some(version)) = (&self.manifest.query, entry.stream_version) {
            if self.version.checked_add(1) != Some(version) {
                let text = format!(
                    "Entry {} has version {version} of the stream, but the highest version included before it is {}: \
                     entries of the stream are missing or repeated.",
                    entry.index, self.version
                );
                answers.fail(Question::Completeness, entry.index, &text);
            }
            self.version = version;
        }
    }

    /// An entry outside of the time range: only the two that enclose the run are required for that.
    fn beside_times(&mut self, entry: &Included, from: Timestamp, answers: &mut Answers) {
        let edge = Edge { index: entry.index, only_edge: entry.role == Role::Ordinary };
        if entry.time < from {
            let earlier = self.before.replace(edge);
            earlier.filter(|edge| edge.only_edge).into_iter().for_each(|edge| unrelated(edge.index, answers));
        } else if self.after.is_none() {
            self.after = Some(edge);
        } else if edge.only_edge {
            unrelated(edge.index, answers);
        }
    }

    /// Concludes when all entries have been looked at.
    pub(super) fn finish(self, answers: &mut Answers) {
        self.compare_counts(answers);
        match &self.manifest.query {
            Query::All => {}
            Query::Indices { first, last } => self.finish_indices(*first, *last, answers),
            Query::Times { .. } => self.finish_times(answers),
            Query::Stream(_) => self.finish_stream(answers),
            Query::Actor(_) => not_provable("actor", answers),
            Query::Subject(_) => not_provable("subject", answers),
            Query::Type(_) => not_provable("type", answers),
        }
        let since = self.heartbeat.unwrap_or(0);
        if !self.reaches_end_from(since) {
            let text = format!(
                "That no key changed after entry {since} is not proved: not every entry from there to the end of the \
                 log is included."
            );
            answers.find(Question::Completeness, Status::NotProved, None, &text);
        }
    }

    fn compare_counts(&self, answers: &mut Answers) {
        if self.manifest.entries != self.included {
            let text = format!(
                "The manifest says that {} entries are included, there are {}.",
                self.manifest.entries, self.included
            );
            answers.fail(Question::Format, None, &text);
        }
        if self.manifest.matched != self.matched || self.manifest.span != self.span {
            let text = format!(
                "The manifest says that {} entries match its query, with {}; there are {}, with {}.",
                self.manifest.matched,
                spanned(self.manifest.span),
                self.matched,
                spanned(self.span)
            );
            answers.fail(Question::Format, None, &text);
        }
    }

    fn finish_indices(&self, first: u64, last: u64, answers: &mut Answers) {
        if Some((first, last)) != self.span || self.gap.is_some() {
            let missing = match self.span {
                Some((found, _)) if found == first => self.gap.unwrap_or(self.span.map_or(first, |(_, last)| last + 1)),
                _ => first,
            };
            let text = format!("The range from {first} to {last} has a gap: entry {missing} is missing.");
            answers.fail(Question::Completeness, missing, &text);
        }
    }

    fn finish_times(&self, answers: &mut Answers) {
        if let Some(gap) = self.gap {
            let text = format!("The time range has a gap: entry {gap} is missing.");
            answers.fail(Question::Completeness, gap, &text);
        }
        // Where the run begins, or would begin when nothing happened in that time.
        let start = self.span.map_or_else(|| self.after.map(|after| after.index), |(first, _)| Some(first));
        let before = self.before.map(|before| before.index);
        if let Some(start) = start.filter(|start| start.checked_sub(1) != before) {
            let missing = start.saturating_sub(1);
            let text = format!(
                "The time range has a gap: entry {missing}, which would show that nothing is left out at its \
                 beginning, is missing."
            );
            answers.fail(Question::Completeness, missing, &text);
        }
        let end = self.span.map_or(before, |(_, last)| Some(last));
        let follows = |index: u64| end.is_none_or(|end| end.checked_add(1) == Some(index));
        match self.after {
            Some(after) if follows(after.index) => {}
            Some(Edge { index, only_edge: true }) if self.span.is_some() => {
                let missing = index - 1;
                let text = format!("The time range has a gap: entry {missing} is missing.");
                answers.fail(Question::Completeness, missing, &text);
            }
            _ => {
                let text = "The later edge of the time range is not proved: the entry that follows the range is not \
                            included.";
                answers.find(Question::Completeness, Status::NotProved, None, text);
            }
        }
    }

    fn finish_stream(&self, answers: &mut Answers) {
        let highest = self.version;
        let text = match self.attestation {
            None => "That the stream ends there is not proved: the log's attestation of its last version is not \
                     included."
                .to_owned(),
            Some((index, version)) if version != highest => format!(
                "That the stream is whole is not proved: entry {index} attests {version} versions of it, the highest \
                 one included is {highest}."
            ),
            Some((index, _)) if !self.reaches_end_from(index) => format!(
                "That the stream did not go on after its attestation by entry {index} is not proved: not every entry \
                 from there to the end of the log is included."
            ),
            Some(_) => return,
        };
        answers.find(Question::Completeness, Status::NotProved, None, &text);
    }

    /// Whether every entry from `index` to the end of the log is included.
    fn reaches_end_from(&self, index: u64) -> bool {
        self.run.is_some_and(|(start, last)| start <= index && last + 1 == self.manifest.size)
    }
}

fn unrelated(index: u64, answers: &mut Answers) {
    let text = format!("Entry {index} neither matches the query nor is it required beside it.");
    answers.fail(Question::Format, index, &text);
}

fn not_provable(what: &str, answers: &mut Answers) {
    let text = format!(
        "That no entry of that {what} is left out is not proved: a selection by {what} cannot prove it, only the \
         whole log can."
    );
    answers.find(Question::Completeness, Status::NotProved, None, &text);
}

fn spanned(span: Option<(u64, u64)>) -> String {
    span.map_or_else(|| "no indices".to_owned(), |(first, last)| format!("indices from {first} to {last}"))
}
