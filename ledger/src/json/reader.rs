//! The strict reader: recursive descent over bytes known to be UTF-8.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::node::Node;
use super::writer::{short_escape, utf16_order};
use super::{DEPTH_MAX, JsonError, JsonProblem, NUMBER_MAX};

/// What is demanded of the text beyond being JSON of this format.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing.
    Any,
    /// That it is its own canonical form.
    Canonical,
}

pub(super) struct Reader<'a> {
    text: &'a str,
    form: Form,
    /// The next byte to read; always on the boundary of a character.
    at: usize,
    /// How many objects and arrays are open.
    depth: usize,
    /// How many more values may come.
    values_left: usize,
    values_max: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], form: Form) -> Result<Reader<'a>, JsonError> {
        let text = str::from_utf8(bytes)
            .map_err(|error| JsonError { offset: error.valid_up_to(), problem: JsonProblem::NotUtf8 })?;
        if text.starts_with('\u{feff}') {
            return Err(JsonError { offset: 0, problem: JsonProblem::ByteOrderMark });
        }
        Ok(Reader { text, form, at: 0, depth: 0, values_left: usize::MAX, values_max: usize::MAX })
    }

    /// Takes no more values than that.
    pub(super) fn within(self, values_max: usize) -> Reader<'a> {
        Reader { values_left: values_max, values_max, ..self }
    }

    /// One value and nothing after it.
    pub(super) fn document(mut self) -> Result<Node<'a>, JsonError> {
        self.white_space()?;
        let value = self.value()?;
        self.white_space()?;
        if self.at < self.text.len() { Err(self.error(JsonProblem::Trailing)) } else { Ok(value) }
    }

    fn value(&mut self) -> Result<Node<'a>, JsonError> {
        let left = self.values_left.checked_sub(1);
        self.values_left = left.ok_or_else(|| self.error(JsonProblem::TooMany(self.values_max)))?;
        match self.peek()? {
            b'{' => self.object().map(Node::Object),
            b'[' => self.array().map(Node::Array),
            b'"' => self.string().map(Node::Text),
            b'-' | b'0'..=b'9' => self.number().map(Node::Number),
            b't' => self.literal("true", Node::Bool(true)),
            b'f' => self.literal("false", Node::Bool(false)),
            b'n' => self.literal("null", Node::Null),
            _ => Err(self.error(JsonProblem::UnexpectedByte)),
        }
    }

    fn object(&mut self) -> Result<Vec<(Cow<'a, str>, Node<'a>)>, JsonError> {
        self.enter()?;
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        let mut seen = BTreeSet::new();
        if self.closes(b'}')? {
            return Ok(members);
        }
        loop {
            let offset = self.at;
            let name = self.name()?;
            match self.form {
                Form::Canonical => check_order(offset, &members, &name)?,
                Form::Any if seen.insert(name.clone()) => {}
                Form::Any => return Err(JsonError { offset, problem: JsonProblem::DuplicateMember(name.into()) }),
            }
            self.white_space()?;
            self.expect(b':')?;
            self.white_space()?;
            members.push((name, self.value()?));
            if !self.goes_on(b'}')? {
                return Ok(members);
            }
        }
    }

    fn array(&mut self) -> Result<Vec<Node<'a>>, JsonError> {
        self.enter()?;
        let mut nodes = Vec::new();
        if self.closes(b']')? {
            return Ok(nodes);
        }
        loop {
            nodes.push(self.value()?);
            if !self.goes_on(b']')? {
                return Ok(nodes);
            }
        }
    }

    /// Steps over the bracket that opens an object or array.
    fn enter(&mut self) -> Result<(), JsonError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error(JsonProblem::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        self.white_space()
    }

    /// Whether the object or array just entered is empty; steps over its end if so.
    fn closes(&mut self, close: u8) -> Result<bool, JsonError> {
        let closes = self.peek()? == close;
        if closes {
            self.leave();
        }
        Ok(closes)
    }

    /// After a member or element: whether another one follows. Steps to it, or over the end.
    fn goes_on(&mut self, close: u8) -> Result<bool, JsonError> {
        self.white_space()?;
        match self.peek()? {
            b',' => {
                self.at += 1;
                self.white_space()?;
                Ok(true)
            }
            byte if byte == close => {
                self.leave();
                Ok(false)
            }
            _ => Err(self.error(JsonProblem::UnexpectedByte)),
        }
    }

    /// Steps over the bracket that closes an object or array.
    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    fn name(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if self.peek()? == b'"' { self.string() } else { Err(self.error(JsonProblem::UnexpectedByte)) }
    }

    /// A text; without escapes, which is the usual case, it is borrowed.
    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let mut string = Cow::Borrowed(self.plain());
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(string);
                }
                b'\\' => {
                    let character = self.escape()?;
                    let string = string.to_mut();
                    string.push(character);
                    string.push_str(self.plain());
                }
                0 => return Err(self.error(JsonProblem::NulCharacter)),
                _ => return Err(self.error(JsonProblem::ControlCharacter)),
            }
        }
    }

    /// Steps over characters that stand for themselves.
    fn plain(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
        let length = rest.bytes().position(is_special).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let letter = self.peek()?;
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.numeric_escape(start),
            _ => return Err(JsonError { offset: start, problem: JsonProblem::UnknownEscape }),
        };
        self.at += 1;
        if letter == b'/' && self.form == Form::Canonical {
            return Err(JsonError { offset: start, problem: JsonProblem::EscapeForm });
        }
        Ok(character)
    }

    /// An escape by number; `self.at` is at its `u`, `start` at its backslash.
    fn numeric_escape(&mut self, start: usize) -> Result<char, JsonError> {
        let error = |problem| Err(JsonError { offset: start, problem });
        let unit = self.code_unit()?;
        let code = match unit {
            0 => return error(JsonProblem::NulCharacter),
            0xd800..=0xdbff => match self.low_surrogate()? {
                Some(low) => 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
                None => return error(JsonProblem::LoneSurrogate),
            },
            _ => unit,
        };
        let Some(character) = char::from_u32(code) else {
            return error(JsonProblem::LoneSurrogate);
        };
        if self.form == Form::Canonical && !self.is_shortest_escape(start, code) {
            return error(JsonProblem::EscapeForm);
        }
        Ok(character)
    }

    /// The four digits after a `u`, which `self.at` is at.
    fn code_unit(&mut self) -> Result<u32, JsonError> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = char::from(self.peek()?).to_digit(16);
            unit = unit << 4 | digit.ok_or_else(|| self.error(JsonProblem::UnknownEscape))?;
            self.at += 1;
        }
        Ok(unit)
    }

    /// The second half of a pair, if it follows.
    fn low_surrogate(&mut self) -> Result<Option<u32>, JsonError> {
        if !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            return Ok(None);
        }
        self.at += 1;
        let unit = self.code_unit()?;
        Ok((0xdc00..=0xdfff).contains(&unit).then_some(unit))
    }

    /// Whether the escape from `start` on is how RFC 8785 writes that character: `\u00xx` in lower case, for control
    /// characters that have no shorter escape.
    fn is_shortest_escape(&self, start: usize, code: u32) -> bool {
        let digits = &self.text.as_bytes()[start..self.at];
        u8::try_from(code).is_ok_and(|byte| byte < 0x20 && short_escape(byte).is_none())
            && !digits.iter().any(u8::is_ascii_uppercase)
    }

    fn number(&mut self) -> Result<i64, JsonError> {
        let start = self.at;
        let error = |problem| Err(JsonError { offset: start, problem });
        let negative = self.peek()? == b'-';
        self.at += usize::from(negative);
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(length);
        self.at += length;
        match (digits, after.first()) {
            ([], None) => Err(self.error(JsonProblem::UnexpectedEnd)),
            ([], Some(_)) => Err(self.error(JsonProblem::UnexpectedByte)),
            ([b'0', _, ..], _) => error(JsonProblem::LeadingZero),
            (_, Some(b'.')) => error(JsonProblem::Fraction),
            (_, Some(b'e' | b'E')) => error(JsonProblem::Exponent),
            ([b'0'], _) if negative => error(JsonProblem::MinusZero),
            _ => match digits.iter().copied().try_fold(0, append_digit) {
                Some(magnitude) => Ok(if negative { -magnitude } else { magnitude }),
                None => error(JsonProblem::NumberTooLarge),
            },
        }
    }

    fn literal(&mut self, word: &str, value: Node<'a>) -> Result<Node<'a>, JsonError> {
        for byte in word.bytes() {
            self.expect(byte)?;
        }
        Ok(value)
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek()? != byte {
            return Err(self.error(JsonProblem::UnexpectedByte));
        }
        self.at += 1;
        Ok(())
    }

    fn white_space(&mut self) -> Result<(), JsonError> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.as_bytes().get(self.at) {
            if self.form == Form::Canonical {
                return Err(self.error(JsonProblem::WhiteSpace));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn peek(&self) -> Result<u8, JsonError> {
        self.text.as_bytes().get(self.at).copied().ok_or_else(|| self.error(JsonProblem::UnexpectedEnd))
    }

    fn error(&self, problem: JsonProblem) -> JsonError {
        JsonError { offset: self.at, problem }
    }
}

/// In canonical form names ascend, and so cannot repeat: the one before is all to compare with.
fn check_order(offset: usize, members: &[(Cow<'_, str>, Node<'_>)], name: &str) -> Result<(), JsonError> {
    let Some((previous, _)) = members.last() else { return Ok(()) };
    if utf16_order(previous, name) == Ordering::Less {
        return Ok(());
    }
    let repeats = members.iter().any(|(earlier, _)| earlier == name);
    let problem = if repeats { JsonProblem::DuplicateMember } else { JsonProblem::MemberOrder };
    Err(JsonError { offset, problem: problem(name.to_owned()) })
}

/// The number with one more digit, while it is not too large.
fn append_digit(number: i64, digit: u8) -> Option<i64> {
    let number = number * 10 + i64::from(digit - b'0');
    (number <= NUMBER_MAX).then_some(number)
}
