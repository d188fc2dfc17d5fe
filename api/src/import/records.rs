//! Splits a CloudTrail log file, `{"Records": [ … ]}`, into its records while it is being read: memory holds one
//! record, however long the file is.

use std::io::{self, BufReader, Read};

use thiserror::Error;

/// `CloudTrail` itself caps an event at 1 MiB; an entry holds far less.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// Why a file cannot be read on.
#[derive(Debug, Error)]
pub enum SplitError {
    /// The file cannot be read.
    #[error("cannot be read")]
    Io(#[from] io::Error),
    /// It begins with the two bytes of gzip.
    #[error("is compressed: unpack it first, with `gunzip`")]
    Gzip,
    /// It is not an object with an array `Records`.
    #[error("is no CloudTrail log file: an object with a member \"Records\" was expected")]
    NotALog,
    /// It is cut off or damaged.
    #[error("is cut off or damaged at byte {at}")]
    Damaged {
        /// Where.
        at: u64,
    },
}

/// One record as it stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Raw {
    /// Its text without the blanks between its parts.
    Text(Vec<u8>),
    /// It is longer than 1 MiB.
    TooLong,
}

/// The records of one file, in file order.
pub struct Records<R> {
    bytes: io::Bytes<BufReader<R>>,
    peeked: Option<u8>,
    at: u64,
    state: State,
}

enum State {
    Start,
    First,
    Next,
    Done,
}

impl<R: Read> Records<R> {
    /// Reads nothing yet.
    pub fn new(file: R) -> Self {
        Self { bytes: BufReader::with_capacity(1 << 16, file).bytes(), peeked: None, at: 0, state: State::Start }
    }

    /// How many bytes of the file are read.
    pub fn bytes_read(&self) -> u64 {
        self.at
    }

    fn advance(&mut self) -> Result<Option<Raw>, SplitError> {
        if matches!(self.state, State::Start) {
            self.find_records()?;
            self.state = State::First;
        }
        if self.after_blanks()? == b']' {
            self.skip()?;
            self.finish()?;
            return Ok(None);
        }
        if matches!(self.state, State::Next) {
            self.expect(b',')?;
        }
        self.state = State::Next;
        self.value().map(Some)
    }

    /// Up to and with the `[` after `"Records":`; members before it are skipped.
    fn find_records(&mut self) -> Result<(), SplitError> {
        match self.after_blanks().map_err(not_a_log)? {
            b'{' => self.skip()?,
            0x1f => return Err(SplitError::Gzip),
            _ => return Err(SplitError::NotALog),
        }
        loop {
            let name = self.value().map_err(not_a_log)?;
            if self.after_blanks().map_err(not_a_log)? != b':' {
                return Err(SplitError::NotALog);
            }
            self.skip()?;
            if name == Raw::Text(b"\"Records\"".to_vec()) {
                return if self.after_blanks()? == b'[' { self.skip() } else { Err(SplitError::NotALog) };
            }
            self.value()?;
            if self.after_blanks()? != b',' {
                return Err(SplitError::NotALog);
            }
            self.skip()?;
        }
    }

    /// Members after `Records` are skipped; the object ends, and then the file.
    fn finish(&mut self) -> Result<(), SplitError> {
        while self.after_blanks()? == b',' {
            self.skip()?;
            self.value()?;
            self.expect(b':')?;
            self.value()?;
        }
        self.expect(b'}')?;
        match self.after_blanks() {
            Err(SplitError::Damaged { .. }) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(SplitError::Damaged { at: self.at }),
        }
    }

    /// One value by its brackets and quotes; whether it is JSON is for [`super::reader`] to say.
    fn value(&mut self) -> Result<Raw, SplitError> {
        let mut text = Vec::new();
        let mut depth = 0_usize;
        let mut length = 0_usize;
        loop {
            let before = self.at;
            let byte = self.after_blanks()?;
            if before < self.at && text.last().is_some_and(|last| is_of_word(*last)) && is_of_word(byte) {
                // Two words must not become one: the blank stays, for the reader to refuse.
                text.push(b' ');
            }
            match byte {
                b',' | b':' | b']' | b'}' if depth == 0 => break,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            let opens_text = byte == b'"';
            self.keep(&mut text, &mut length)?;
            if opens_text {
                self.rest_of_text(&mut text, &mut length)?;
            }
            if depth == 0 && (opens_text || byte == b'}' || byte == b']') {
                break;
            }
        }
        match length {
            0 => Err(SplitError::Damaged { at: self.at }),
            _ if RECORD_BYTES_MAX < length => Ok(Raw::TooLong),
            _ => Ok(Raw::Text(text)),
        }
    }

    fn rest_of_text(&mut self, text: &mut Vec<u8>, length: &mut usize) -> Result<(), SplitError> {
        loop {
            match self.peek()? {
                b'"' => return self.keep(text, length),
                b'\\' => {
                    self.keep(text, length)?;
                    self.keep(text, length)?;
                }
                _ => self.keep(text, length)?,
            }
        }
    }

    /// Takes a byte and keeps it while the record is not too long.
    fn keep(&mut self, text: &mut Vec<u8>, length: &mut usize) -> Result<(), SplitError> {
        let byte = self.peek()?;
        *length += 1;
        if *length <= RECORD_BYTES_MAX {
            text.push(byte);
        }
        self.skip()
    }

    fn expect(&mut self, byte: u8) -> Result<(), SplitError> {
        if self.after_blanks()? == byte { self.skip() } else { Err(SplitError::Damaged { at: self.at }) }
    }

    fn after_blanks(&mut self) -> Result<u8, SplitError> {
        while b" \t\r\n".contains(&self.peek()?) {
            self.skip()?;
        }
        self.peek()
    }

    fn peek(&mut self) -> Result<u8, SplitError> {
        if self.peeked.is_none() {
            self.peeked = self.bytes.next().transpose()?;
        }
        self.peeked.ok_or(SplitError::Damaged { at: self.at })
    }

    fn skip(&mut self) -> Result<(), SplitError> {
        self.peek()?;
        self.peeked = None;
        self.at += 1;
        Ok(())
    }
}

/// Of a number, `true`, `false` or `null`.
fn is_of_word(byte: u8) -> bool {
    !b"{}[]:,\"".contains(&byte)
}

/// A file that ends before its records were found is of another kind rather than cut off.
fn not_a_log(error: SplitError) -> SplitError {
    match error {
        SplitError::Damaged { .. } => SplitError::NotALog,
        other => other,
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Raw, SplitError>;

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::Done) {
            return None;
        }
        let item = self.advance().transpose();
        if !matches!(item, Some(Ok(_))) {
            self.state = State::Done;
        }
        item
    }
}

#[cfg(test)]
mod tests;
