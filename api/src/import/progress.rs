//! What a person at the command line sees while records go in: a bar on a terminal, lines otherwise, and every record
//! that was refused.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use super::Summary;
use super::files::File;
use super::source::{Refusal, Spot};

/// Without a terminal, a line after so many records: a log file of it stays readable.
const RECORDS_PER_LINE: u64 = 10_000;

/// Shows how far an import is. Writes to standard error.
#[derive(Debug)]
pub struct Progress {
    shown: Shown,
    records: u64,
}

#[derive(Debug)]
enum Shown {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

impl Progress {
    /// A bar if standard error is a terminal, lines otherwise.
    pub fn on_stderr() -> Self {
        let bar = || {
            let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}  {msg}  {eta} left");
            ProgressBar::new(0).with_style(style.expect("the template is well formed"))
        };
        let shown = if std::io::stderr().is_terminal() { Shown::Bar(bar()) } else { Shown::Lines };
        Self { shown, records: 0 }
    }

    /// For callers that show the summary only. Refusals are lost on nobody: the summary counts them.
    pub fn hidden() -> Self {
        Self { shown: Shown::Nothing, records: 0 }
    }

    pub(super) fn begin(&mut self, files: &[File]) {
        let bytes = files.iter().map(|file| file.bytes).sum();
        match &self.shown {
            Shown::Bar(bar) => bar.set_length(bytes),
            Shown::Lines => eprintln!("reading {} files, {bytes} bytes", files.len()),
            Shown::Nothing => {}
        }
    }

    pub(super) fn read(&mut self, bytes: u64) {
        if let Shown::Bar(bar) = &self.shown {
            bar.set_position(bytes);
        }
    }

    pub(super) fn settled(&mut self, summary: &Summary) {
        self.records += 1;
        match &self.shown {
            Shown::Bar(bar) => bar.set_message(format!("{} records", self.records)),
            Shown::Lines if self.records.is_multiple_of(RECORDS_PER_LINE) => eprintln!("{}: {summary}", self.records),
            Shown::Lines | Shown::Nothing => {}
        }
    }

    pub(super) fn refused(&mut self, spot: &Spot, refusal: &Refusal) {
        let line = format!("refused: {spot}: {refusal}");
        match &self.shown {
            Shown::Bar(bar) => bar.println(line),
            Shown::Lines => eprintln!("{line}"),
            Shown::Nothing => {}
        }
    }

    pub(super) fn finish(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}
