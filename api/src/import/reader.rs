//! Reads JSON that others wrote. Stricter than most readers (no member twice, no broken text), but unlike the ledger's
//! own it takes any number: one that is no integer of at most 2^53 − 1 becomes a text of its digits as they stand, so
//! that nothing is rounded on the way into an entry (spec §2 knows integers only).

use serde_json::{Map, Value};
use thiserror::Error;

/// Deeper than any audit record; it bounds the stack.
const DEPTH_MAX: usize = 128;
/// 2^53 − 1
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Where and why a text is no JSON that we take. Offsets are in bytes from 0.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It ends too early.
    #[error("the text ends within a value")]
    End,
    /// Something else was expected.
    #[error("unexpected character at byte {at}")]
    Unexpected {
        /// Where.
        at: usize,
    },
    /// A text with a control character, a broken escape or broken UTF-8.
    #[error("broken text in quotes at byte {at}")]
    Text {
        /// Where its opening quote stands.
        at: usize,
    },
    /// Not a JSON number.
    #[error("broken number at byte {at}")]
    Number {
        /// Where it begins.
        at: usize,
    },
    /// Two members of one name: which one counts would be anybody's guess.
    #[error("a member stands twice in one object, again at byte {at}")]
    Twice {
        /// Where the second name begins.
        at: usize,
    },
    /// Nested too deeply.
    #[error("nested deeper than {DEPTH_MAX}")]
    Depth,
    /// Something follows the value.
    #[error("the value ends at byte {at}, but the text goes on")]
    Trailing {
        /// Where the rest begins.
        at: usize,
    },
}

/// Reads one value and nothing after it but blanks.
///
/// # Errors
/// [`ReadError`], where the text first goes wrong.
pub fn read(text: &[u8]) -> Result<Value, ReadError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(DEPTH_MAX)?;
    reader.skip_blanks();
    if reader.at < text.len() { Err(ReadError::Trailing { at: reader.at }) } else { Ok(value) }
}

/// The form of a JSON number, of whatever size.
pub(super) fn is_number(digits: &str) -> bool {
    let of_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    digits.bytes().all(of_number) && serde_json::from_str::<serde::de::IgnoredAny>(digits).is_ok()
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, ReadError> {
        self.skip_blanks();
        match self.peek()? {
            b'{' => self.object(depth.checked_sub(1).ok_or(ReadError::Depth)?),
            b'[' => self.array(depth.checked_sub(1).ok_or(ReadError::Depth)?),
            b'"' => self.text().map(Value::String),
            b't' => self.literal(b"true", Value::Bool(true)),
            b'f' => self.literal(b"false", Value::Bool(false)),
            b'n' => self.literal(b"null", Value::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, ReadError> {
        let mut members = Map::new();
        self.at += 1;
        if self.next_is(b'}')? {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_blanks();
            let at = self.at;
            let name = self.text()?;
            if !self.next_is(b':')? {
                return Err(ReadError::Unexpected { at: self.at });
            }
            if members.insert(name, self.value(depth)?).is_some() {
                return Err(ReadError::Twice { at });
            }
            if self.next_is(b'}')? {
                return Ok(Value::Object(members));
            }
            self.comma()?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ReadError> {
        let mut items = Vec::new();
        self.at += 1;
        if self.next_is(b']')? {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.next_is(b']')? {
                return Ok(Value::Array(items));
            }
            self.comma()?;
        }
    }

    /// The quotes are found here; what stands between them is serde's to judge and to unescape.
    fn text(&mut self) -> Result<String, ReadError> {
        let start = self.at;
        if self.peek()? != b'"' {
            return Err(ReadError::Unexpected { at: start });
        }
        self.at += 1;
        while self.peek()? != b'"' {
            self.at += if self.peek()? == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        serde_json::from_slice(&self.text[start..self.at]).map_err(|_| ReadError::Text { at: start })
    }

    fn number(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
        if length == 0 {
            return Err(ReadError::Unexpected { at: start });
        }
        self.at += length;
        let digits = std::str::from_utf8(&rest[..length]).expect("only ASCII was taken");
        if !is_number(digits) {
            return Err(ReadError::Number { at: start });
        }
        let integer =
            digits.parse::<i64>().ok().filter(|integer| integer.unsigned_abs() <= INTEGER_MAX && digits != "-0");
        Ok(integer.map_or_else(|| Value::from(digits), Value::from))
    }

    fn literal(&mut self, word: &[u8], value: Value) -> Result<Value, ReadError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(ReadError::Unexpected { at: self.at });
        }
        self.at += word.len();
        Ok(value)
    }

    fn comma(&mut self) -> Result<(), ReadError> {
        if self.next_is(b',')? { Ok(()) } else { Err(ReadError::Unexpected { at: self.at }) }
    }

    /// Skips blanks, and `byte` if it stands there.
    fn next_is(&mut self, byte: u8) -> Result<bool, ReadError> {
        self.skip_blanks();
        let is = self.peek()? == byte;
        self.at += usize::from(is);
        Ok(is)
    }

    fn skip_blanks(&mut self) {
        while self.text.get(self.at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, ReadError> {
        self.text.get(self.at).copied().ok_or(ReadError::End)
    }
}

#[cfg(test)]
mod tests;
