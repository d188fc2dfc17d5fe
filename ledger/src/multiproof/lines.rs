//! The text form of a multiproof: one base64 hash a line.

use std::io::{self, Read};

use crate::tree::{Hash, HashError};

/// Length of a line: 44 characters of base64 and a newline.
pub const LINE_BYTES: usize = 45;

/// Why bytes are not the lines of a multiproof.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The bytes could not be read.
    #[error("line {line} of the proof could not be read")]
    Read {
        /// The line, from 1.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// The text ends within a line.
    #[error("line {line} of the proof ends after {bytes} of {LINE_BYTES} bytes")]
    Truncated {
        /// The line, from 1.
        line: u64,
        /// What there is of it.
        bytes: usize,
    },
    /// No newline where the line must end.
    #[error("line {line} of the proof is too long")]
    Newline {
        /// The line, from 1.
        line: u64,
    },
    /// The line is not a hash.
    #[error("line {line} of the proof")]
    Hash {
        /// The line, from 1.
        line: u64,
        /// Why.
        source: HashError,
    },
}

/// The line that says `hash`.
pub fn line(hash: &Hash) -> String {
    format!("{hash}\n")
}

/// Reads hashes line by line, and ends after the first error. Give it a buffered reader.
#[derive(Debug)]
pub struct Lines<R> {
    text: R,
    line: u64,
    ended: bool,
}

impl<R: Read> Lines<R> {
    /// The lines of that text.
    pub fn new(text: R) -> Lines<R> {
        Lines { text, line: 0, ended: false }
    }

    fn read(&mut self) -> Result<Option<Hash>, LineError> {
        self.line += 1;
        let line = self.line;
        let mut bytes = Vec::with_capacity(LINE_BYTES);
        let limited = self.text.by_ref().take(LINE_BYTES as u64).read_to_end(&mut bytes);
        limited.map_err(|source| LineError::Read { line, source })?;
        match bytes.split_last_chunk() {
            None if bytes.is_empty() => Ok(None),
            _ if bytes.len() < LINE_BYTES => Err(LineError::Truncated { line, bytes: bytes.len() }),
            Some((text, b"\n")) => {
                // What is not UTF-8 is not base64 either.
                let hash = std::str::from_utf8(text).map_err(|_| HashError::Base64).and_then(str::parse);
                hash.map(Some).map_err(|source| LineError::Hash { line, source })
            }
            _ => Err(LineError::Newline { line }),
        }
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Hash, LineError>;

    fn next(&mut self) -> Option<Result<Hash, LineError>> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
