//! One event a line, in the shape that `POST /v1/orgs/{org}/events` takes. Blank lines are passed over.

use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use ledger::json;
use sha2::{Digest as _, Sha256};

use super::records::{RECORD_BYTES_MAX, Raw};
use super::source::{Offered, Refusal, sha256_of};
use crate::ingest::AuditEvent;

/// Longest idempotency key that the log keeps.
const KEY_CHARS_MAX: usize = 255;

/// The lines of one file that are not blank, with their numbers from 1.
pub struct Lines<R> {
    file: BufReader<R>,
    number: u64,
    bytes_read: u64,
    broken: bool,
}

impl<R: Read> Lines<R> {
    /// Reads nothing yet.
    pub fn new(file: R) -> Self {
        Self { file: BufReader::with_capacity(1 << 16, file), number: 0, bytes_read: 0, broken: false }
    }

    /// How many bytes of the file are read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// One line without its end, of which at most the longest allowed is kept.
    fn line(&mut self) -> io::Result<Option<Raw>> {
        let mut line = Vec::new();
        let most = RECORD_BYTES_MAX as u64 + 1;
        let mut length = self.file.by_ref().take(most).read_until(b'\n', &mut line)? as u64;
        let too_long = length == most && line.last() != Some(&b'\n');
        if too_long {
            length += self.file.skip_until(b'\n')? as u64;
        }
        self.bytes_read += length;
        match length {
            0 => Ok(None),
            _ if too_long => Ok(Some(Raw::TooLong)),
            _ => Ok(Some(Raw::Text(line.trim_ascii().to_vec()))),
        }
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = (u64, io::Result<Raw>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.broken {
            self.number += 1;
            match self.line() {
                Ok(None) => return None,
                Ok(Some(Raw::Text(line))) if line.is_empty() => {}
                Ok(Some(raw)) => return Some((self.number, Ok(raw))),
                Err(error) => {
                    self.broken = true;
                    return Some((self.number, Err(error)));
                }
            }
        }
        None
    }
}

/// The event of one line. Its key is the source's name and id of it; where there is no id, the line at its place in a
/// file of that name, so that importing a file again, or one that has grown, adds nothing twice.
pub(super) fn offer(line: &[u8], number: u64, file: &Path) -> Result<Offered, Refusal> {
    let value = json::parse(line)?;
    let sha256 = sha256_of(&value);
    let event = AuditEvent::read(value)?;
    let key = if let Some(id) = event.ingest("id") {
        format!("jsonl:{}:{id}", event.ingest("source").unwrap_or_default())
    } else {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        format!("jsonl:{name}:{number}:{}", hex::encode(sha256))
    };
    Ok(Offered { event, key: bounded(key), sha256 })
}

fn bounded(key: String) -> String {
    if key.chars().count() <= KEY_CHARS_MAX { key } else { format!("jsonl:{}", hex::encode(Sha256::digest(key))) }
}

#[cfg(test)]
mod tests;
