//! The answer of a verification: one line per question (spec §11).

use std::cmp::Reverse;

use serde_json::{Map, Value, json};

use super::shown::shown;
use super::walk::Recorded;
use crate::json::canonical;
use crate::name::Origin;

/// How many findings of one line are kept; the rest is counted. A log that fails everywhere would else fill the memory.
pub const FINDINGS_KEPT: usize = 20;

/// A question, in the order of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// Is the file in the one canonical form, whole and without additions?
    Container,
    /// Is every entry well-formed, in its place, and the manifest true?
    Format,
    /// Does each entry name the hash of the one before it?
    Chain,
    /// Did the keys in force sign, and did keys change by the rules?
    Signatures,
    /// Do tiles, proofs and entries lead to the checkpoint's root?
    Tree,
    /// Is the checkpoint well-formed and signed by the log?
    Checkpoint,
    /// Is it the log whose key the verifier was given?
    Authenticity,
    /// Does the log extend what this verifier saw before?
    Continuity,
    /// Did enough witnesses sign the checkpoint?
    Witnesses,
    /// Is nothing left out?
    Completeness,
    /// Are the times in order, and within what cosigners saw?
    Time,
    /// What became of the sealed values?
    Sealed,
    /// Do the views show what the entries say?
    Views,
}

impl Question {
    /// All of them, in the order of the verdict.
    pub const ALL: [Question; 13] = [
        Question::Container,
        Question::Format,
        Question::Chain,
        Question::Signatures,
        Question::Tree,
        Question::Checkpoint,
        Question::Authenticity,
        Question::Continuity,
        Question::Witnesses,
        Question::Completeness,
        Question::Time,
        Question::Sealed,
        Question::Views,
    ];

    /// The word of spec §11, by which a line is also waived.
    pub fn name(self) -> &'static str {
        match self {
            Question::Container => "container",
            Question::Format => "format",
            Question::Chain => "chain",
            Question::Signatures => "signatures",
            Question::Tree => "tree",
            Question::Checkpoint => "checkpoint",
            Question::Authenticity => "authenticity",
            Question::Continuity => "continuity",
            Question::Witnesses => "witnesses",
            Question::Completeness => "completeness",
            Question::Time => "time",
            Question::Sealed => "sealed",
            Question::Views => "views",
        }
    }

    /// The question with that name.
    pub fn parse(name: &str) -> Option<Question> {
        Question::ALL.into_iter().find(|question| question.name() == name)
    }
}

/// The answer to a question. Of several findings the greatest decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It holds.
    Ok,
    /// There is nothing to ask about.
    Absent,
    /// It was not looked at.
    NotChecked,
    /// What was given does not prove it.
    NotProved,
    /// It does not hold, or cannot even be asked of a file so damaged.
    Failed,
}

impl Status {
    /// The word of spec §11.
    pub fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Absent => "absent",
            Status::NotChecked => "not checked",
            Status::NotProved => "not proved",
            Status::Failed => "FAILED",
        }
    }
}

/// One thing found while answering a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it means for its line. `Ok` is a remark.
    pub status: Status,
    /// The entry concerned.
    pub index: Option<u64>,
    /// A sentence for a lay reader. Characters that could deceive a reader are escaped.
    pub text: String,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The question.
    pub question: Question,
    /// The answer.
    pub status: Status,
    /// The lowest index among the findings that decided.
    pub first_index: Option<u64>,
    /// Why, in words: the first deciding finding, or what holds.
    pub reason: String,
    /// What was found, worst first, then by index: at most [`FINDINGS_KEPT`] of each status.
    pub findings: Vec<Finding>,
    /// How many findings more there were.
    pub more: u64,
}

/// The answers to all questions that the input raises: 13 for an export, 11 for a directory of tiles, which has neither
/// container nor views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The origin of the log, where it could be read.
    pub origin: Option<Origin>,
    /// The checkpoint's tree size, where it could be read.
    pub size: Option<u64>,
    /// What the entries that were there to look at record, by their own word.
    pub recorded: Recorded,
    /// The lines, in the order of [`Question::ALL`].
    pub lines: Vec<Line>,
    /// The checkpoint to remember for next time, as a signed note: there when no line FAILED, the log is the one that the
    /// policy pins, and it goes on from what is remembered. Any other would accuse the true log next time.
    pub remember: Option<String>,
}

impl Verdict {
    /// The line of that question.
    pub fn line(&self, question: Question) -> Option<&Line> {
        self.lines.iter().find(|line| line.question == question)
    }

    /// Whether a line is FAILED.
    pub fn has_failed(&self) -> bool {
        self.lines.iter().any(|line| line.status == Status::Failed)
    }

    pub(super) fn is_to_be_remembered(&self) -> bool {
        let is =
            |question, statuses: &[Status]| self.line(question).is_some_and(|line| statuses.contains(&line.status));
        !self.has_failed()
            && is(Question::Authenticity, &[Status::Ok])
            && is(Question::Continuity, &[Status::Ok, Status::Absent])
    }

    /// The exit status of spec §11, 0, 1 or 3, when the lines of these questions are waived. (2 is an error, and has no
    /// verdict.)
    pub fn exit_status(&self, accepted: &[Question]) -> u8 {
        let open = |line: &Line| {
            matches!(line.status, Status::NotChecked | Status::NotProved) && !accepted.contains(&line.question)
        };
        if self.has_failed() {
            1
        } else if self.lines.iter().any(open) {
            3
        } else {
            0
        }
    }

    /// The verdict as canonical JSON (RFC 8785), with the exit status for these waived questions.
    pub fn to_json(&self, accepted: &[Question]) -> String {
        let value = json!({
            "entries": self.recorded.entries,
            "first_time": self.recorded.times.map(|(first, _)| first.to_string()),
            "last_time": self.recorded.times.map(|(_, last)| last.to_string()),
            "lines": self.lines.iter().map(Line::to_value).collect::<Vec<_>>(),
            "origin": self.origin.as_ref().map(Origin::as_str),
            "recoveries": self.recorded.recoveries,
            "silences": self.recorded.silences,
            "size": self.size,
            "status": self.exit_status(accepted),
        });
        String::from_utf8(canonical(&value)).expect("canonical JSON is UTF-8")
    }
}

impl Line {
    fn to_value(&self) -> Value {
        let findings = self
            .findings
            .iter()
            .map(|finding| json!({"index": finding.index, "status": finding.status.word(), "text": finding.text}));
        let mut line = Map::new();
        line.insert("findings".into(), findings.collect());
        line.insert("first_index".into(), self.first_index.into());
        line.insert("more".into(), self.more.into());
        line.insert("name".into(), self.question.name().into());
        line.insert("reason".into(), self.reason.as_str().into());
        line.insert("status".into(), self.status.word().into());
        Value::Object(line)
    }
}

/// Collects what is found about one question until its line can be written.
#[derive(Debug, Clone, Default)]
struct Answer {
    /// What to say when nothing was found, and with what status.
    standing: Option<(Status, String)>,
    findings: Vec<Finding>,
    more: u64,
    /// The worst status of the findings, and its lowest index.
    worst: Option<(Status, Option<u64>)>,
}

/// Collects what is found about all questions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    answers: [Answer; Question::ALL.len()],
    /// The question whose failure ended the reading: what was not answered by then cannot be.
    ended_by: Option<Question>,
}

impl Answers {
    /// Records something that does not hold.
    pub(crate) fn fail(&mut self, question: Question, index: impl Into<Option<u64>>, text: &str) {
        self.find(question, Status::Failed, index, text);
    }

    /// Records a finding; of each status the first are kept, the others counted.
    pub(crate) fn find(&mut self, question: Question, status: Status, index: impl Into<Option<u64>>, text: &str) {
        let index = index.into();
        let answer = &mut self.answers[question as usize];
        answer.worst = Some(match answer.worst {
            Some((worst, first)) if status < worst => (worst, first),
            Some((worst, first)) if status == worst => (worst, lower(first, index)),
            _ => (status, index),
        });
        let same = answer.findings.iter().filter(|finding| finding.status == status);
        if same.count() < FINDINGS_KEPT {
            answer.findings.push(Finding { status, index, text: shown(text) });
        } else {
            answer.more += 1;
        }
    }

    /// Takes in what was found elsewhere at the same time.
    pub(crate) fn absorb(&mut self, other: Answers) {
        self.ended_by = self.ended_by.or(other.ended_by);
        for (question, other) in Question::ALL.into_iter().zip(other.answers) {
            for Finding { status, index, text } in other.findings {
                self.find(question, status, index, &text);
            }
            let answer = &mut self.answers[question as usize];
            answer.more += other.more;
            answer.standing = answer.standing.take().or(other.standing);
        }
    }

    /// Says what the line is to say when nothing worse is found.
    pub(crate) fn stand(&mut self, question: Question, status: Status, reason: &str) {
        self.answers[question as usize].standing = Some((status, shown(reason)));
    }

    /// Says that the question could not be put, because that other line FAILED. A line has no other word for it (spec §11),
    /// but there is no finding: nothing is held against anybody.
    pub(crate) fn leave_unjudged(&mut self, question: Question, because: Question) {
        self.stand(question, Status::Failed, &unjudged(because));
    }

    /// Nothing more can be read, because that line FAILED.
    pub(crate) fn end(&mut self, by: Question) {
        self.ended_by = self.ended_by.or(Some(by));
    }

    /// Whether something was found that does not hold, or could not be judged.
    pub(crate) fn has_failed(&self, question: Question) -> bool {
        let answer = &self.answers[question as usize];
        matches!(answer.worst, Some((Status::Failed, _))) || matches!(answer.standing, Some((Status::Failed, _)))
    }

    /// Whether it was answered, and holds.
    pub(crate) fn holds(&self, question: Question) -> bool {
        let answer = &self.answers[question as usize];
        matches!(answer.standing, Some((Status::Ok, _)))
            && !matches!(answer.worst, Some((worst, _)) if worst != Status::Ok)
    }

    /// The line without which nothing can be said about the log as a whole, if it FAILED: the one that found something, where
    /// the other could not be judged.
    pub(crate) fn unsettled(&self) -> Option<Question> {
        const LINES: [Question; 2] = [Question::Tree, Question::Checkpoint];
        let has_found =
            |question: &Question| matches!(self.answers[*question as usize].worst, Some((Status::Failed, _)));
        let failed = || LINES.into_iter().filter(|question| self.has_failed(*question));
        failed().find(has_found).or_else(|| failed().next())
    }

    /// The lines of these questions. A question that nobody answered is FAILED: what was not looked at is never ok.
    pub(crate) fn into_lines(self, asked: &[Question]) -> Vec<Line> {
        let open = self.ended_by.map_or_else(|| "Not judged, because the input is damaged.".into(), unjudged);
        let answers = Question::ALL.into_iter().zip(self.answers);
        answers
            .filter(|(question, _)| asked.contains(question))
            .map(|(question, answer)| answer.into_line(question, &open))
            .collect()
    }
}

impl Answer {
    fn into_line(mut self, question: Question, open: &str) -> Line {
        // What concerns the whole comes after what names an entry.
        self.findings.sort_by_key(|finding| (Reverse(finding.status), finding.index.is_none(), finding.index));
        let (standing, said) = self.standing.unwrap_or_else(|| (Status::Failed, open.to_owned()));
        let (status, first_index) = match self.worst {
            Some((worst, first)) if standing <= worst && worst != Status::Ok => (worst, first),
            _ => (standing, None),
        };
        let decisive = self.findings.iter().find(|finding| finding.status == status && status != Status::Ok);
        let reason = decisive.map_or(said, |finding| finding.text.clone());
        Line { question, status, first_index, reason, findings: self.findings, more: self.more }
    }
}

fn unjudged(because: Question) -> String {
    format!("Not judged, because {} FAILED.", because.name())
}

/// The lower of two indices, where there are any.
fn lower(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
