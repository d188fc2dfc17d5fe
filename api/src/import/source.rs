//! From files to events: reads, maps, and says where each came from. Blocking; runs on a thread of its own.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use ledger::draft::DraftError;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::AppendError;
use thiserror::Error;
use tokio::sync::mpsc;

use super::Format;
use super::cloudtrail::{self, Unmapped};
use super::files::File;
use super::jsonl::{self, Lines};
use super::pseudonym::Pseudonyms;
use super::reader::{self, ReadError};
use super::records::{RECORD_BYTES_MAX, Raw, Records, SplitError};
use crate::ingest::{AuditEvent, Refused};

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file.
    pub file: Arc<Path>,
    /// Which record or line, from 1; 0 for the file as a whole.
    pub record: u64,
    /// The record's own id, where it was read.
    pub id: Option<String>,
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file.display())?;
        if 0 < self.record {
            write!(f, ": record {}", self.record)?;
        }
        self.id.as_ref().map_or(Ok(()), |id| write!(f, " ({id})"))
    }
}

/// A record that can be appended.
#[derive(Debug)]
pub struct Offered {
    /// The event it gives.
    pub event: AuditEvent,
    /// The same for the same record, however often it is imported.
    pub key: String,
    /// Of the record's members and values, whatever the blanks between them.
    pub sha256: [u8; 32],
}

/// What stands at a spot.
#[derive(Debug)]
pub struct Item {
    /// Where.
    pub spot: Spot,
    /// The event, or why there is none.
    pub outcome: Result<Offered, Refusal>,
    /// How much of all files was read so far, in bytes.
    pub read_bytes: u64,
}

/// Why a record, or the rest of a file, is not imported.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The file cannot be read on.
    #[error("the file {0}")]
    File(#[from] SplitError),
    /// Longer than any record may be.
    #[error("longer than {RECORD_BYTES_MAX} bytes")]
    TooLong,
    /// Not JSON.
    #[error("not JSON: {0}")]
    NotJson(#[from] ReadError),
    /// Not JSON of the form that entries have.
    #[error("not JSON as entries have it: {0}")]
    NotStrictJson(#[from] ledger::json::JsonError),
    /// Not a record of `CloudTrail`.
    #[error("{0}")]
    Unmapped(#[from] Unmapped),
    /// Not an event.
    #[error("{0}")]
    Event(#[from] Refused),
    /// The event makes no entry.
    #[error("{0}")]
    Draft(#[from] DraftError),
    /// The log refuses this entry, and would refuse it again.
    #[error("{0}")]
    Append(AppendError),
}

/// Nobody listens any more.
struct Gone;

/// Reads all files in order and sends what stands in them, until all is read or nobody listens.
pub fn read_all(files: &[File], format: Format, pseudonyms: &Pseudonyms, items: &mpsc::Sender<Item>) {
    let mut before = 0;
    for file in files {
        let sink = Sink { file: &file.path, before, items };
        let read = match fs::File::open(&file.path) {
            Err(error) => sink.send(0, None, Err(SplitError::Io(error).into()), 0),
            Ok(opened) => match format {
                Format::Cloudtrail => read_records(opened, pseudonyms, &sink),
                Format::Jsonl => read_lines(opened, &sink),
            },
        };
        if read.is_err() {
            return;
        }
        before += file.bytes;
    }
}

/// Where the records of one file go.
struct Sink<'a> {
    file: &'a Arc<Path>,
    /// Bytes of the files before it.
    before: u64,
    items: &'a mpsc::Sender<Item>,
}

impl Sink<'_> {
    fn send(&self, record: u64, id: Option<String>, outcome: Result<Offered, Refusal>, read: u64) -> Result<(), Gone> {
        let spot = Spot { file: Arc::clone(self.file), record, id };
        self.items.blocking_send(Item { spot, outcome, read_bytes: self.before + read }).map_err(|_| Gone)
    }
}

fn read_records(file: impl Read, pseudonyms: &Pseudonyms, sink: &Sink<'_>) -> Result<(), Gone> {
    let mut records = Records::new(file);
    let mut number = 0;
    while let Some(raw) = records.next() {
        number += 1;
        let (id, outcome) = match raw {
            Ok(Raw::Text(text)) => offer_record(text, pseudonyms),
            Ok(Raw::TooLong) => (None, Err(Refusal::TooLong)),
            Err(error) => {
                let whole_file = matches!(error, SplitError::NotALog | SplitError::Gzip);
                return sink.send(if whole_file { 0 } else { number }, None, Err(error.into()), records.bytes_read());
            }
        };
        sink.send(number, id, outcome, records.bytes_read())?;
    }
    Ok(())
}

/// The event of one record, and the record's id as far as it can be read.
fn offer_record(text: Vec<u8>, pseudonyms: &Pseudonyms) -> (Option<String>, Result<Offered, Refusal>) {
    let record = match reader::read(&text) {
        Ok(record) => record,
        Err(error) => return (None, Err(error.into())),
    };
    let id = match cloudtrail::event_id(&record) {
        Ok(id) => id.to_owned(),
        Err(error) => return (None, Err(error.into())),
    };
    let text = String::from_utf8(text).expect("the reader takes UTF-8 only");
    let event = cloudtrail::map(&record, text, pseudonyms);
    let offered =
        event.map(|event| Offered { event, key: format!("{}:{id}", cloudtrail::SOURCE), sha256: sha256_of(&record) });
    (Some(id), offered.map_err(Refusal::from))
}

fn read_lines(file: impl Read, sink: &Sink<'_>) -> Result<(), Gone> {
    let mut lines = Lines::new(file);
    while let Some((number, line)) = lines.next() {
        let outcome = match line {
            Ok(Raw::Text(line)) => jsonl::offer(&line, number, sink.file),
            Ok(Raw::TooLong) => Err(Refusal::TooLong),
            Err(error) => Err(SplitError::Io(error).into()),
        };
        sink.send(number, None, outcome, lines.bytes_read())?;
    }
    Ok(())
}

/// SHA-256 of a value with its members in order.
pub(super) fn sha256_of(value: &Value) -> [u8; 32] {
    Sha256::digest(serde_json::to_vec(value).expect("a value read from JSON can be written")).into()
}
