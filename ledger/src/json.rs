//! JSON as this format takes it (spec §2): a reader stricter than the standard, and the one canonical form (RFC 8785).
//!
//! Numbers are integers within ±(2^53 − 1), so the canonical form needs no floating point. The reader checks the
//! canonical form while it reads, in one pass: an entry is never serialised again to be compared.

mod node;
mod object;
mod reader;
mod writer;

use serde_json::Value;
use thiserror::Error;

pub(crate) use self::node::Node;
pub use self::node::Tree;
pub use self::object::{Object, ShapeError};
use self::reader::{Form, Reader};
pub(crate) use self::writer::{write_text, write_value};

/// Levels of nesting at most; the outermost object or array is level 1.
pub const DEPTH_MAX: usize = 32;

/// The greatest number, which every language's floating point holds exactly: 2^53 − 1.
pub const NUMBER_MAX: i64 = (1 << 53) - 1;

/// Why bytes are not JSON of this format, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{problem} (at byte {offset})")]
pub struct JsonError {
    /// The first byte concerned, counted from 0.
    pub offset: usize,
    /// What is wrong there.
    pub problem: JsonProblem,
}

/// What the reader rejects.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JsonProblem {
    /// The text begins with U+FEFF.
    #[error("a byte order mark")]
    ByteOrderMark,
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The text ends inside a value.
    #[error("the text ends too early")]
    UnexpectedEnd,
    /// Not what JSON's grammar has here.
    #[error("an unexpected character")]
    UnexpectedByte,
    /// Something follows the value.
    #[error("something follows the end")]
    Trailing,
    /// Nesting deeper than [`DEPTH_MAX`].
    #[error("nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// More values, counting those within values, than the reader was asked to take.
    #[error("more than {0} values")]
    TooMany(usize),
    /// A name occurs twice in one object.
    #[error("the member {0:?} occurs twice")]
    DuplicateMember(String),
    /// A number with a fraction, also where it is zero.
    #[error("a number with a fraction")]
    Fraction,
    /// A number with an exponent.
    #[error("a number with an exponent")]
    Exponent,
    /// The number `-0`.
    #[error("the number -0")]
    MinusZero,
    /// A number with zeros before it.
    #[error("a number with leading zeros")]
    LeadingZero,
    /// A number beyond ±[`NUMBER_MAX`].
    #[error("a number beyond 2^53 - 1")]
    NumberTooLarge,
    /// U+0000 in a text or name, escaped or not.
    #[error("the character U+0000")]
    NulCharacter,
    /// Another character below U+0020 that is not escaped.
    #[error("a control character that is not escaped")]
    ControlCharacter,
    /// An escape that JSON does not have.
    #[error("an unknown escape")]
    UnknownEscape,
    /// One half of a surrogate pair without the other.
    #[error("a lone surrogate")]
    LoneSurrogate,
    /// Canonical form only: space between the tokens.
    #[error("not canonical: white space")]
    WhiteSpace,
    /// Canonical form only: names not in the order of their UTF-16 code units.
    #[error("not canonical: the member {0:?} stands too late")]
    MemberOrder(String),
    /// Canonical form only: a character escaped that need not be, or escaped in another way.
    #[error("not canonical: another escape than the shortest")]
    EscapeForm,
}

/// Why a value in memory cannot be written in this format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// A number with a fraction or an exponent, or one beyond ±[`NUMBER_MAX`].
    #[error("{0} is no integer within 2^53 - 1")]
    Number(String),
    /// A text or name holds U+0000.
    #[error("a text holds the character U+0000")]
    NulCharacter,
    /// Nesting deeper than [`DEPTH_MAX`].
    #[error("nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
}

/// Reads a JSON text that need not be canonical, such as the body of a request: white space and any order of members.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    parse_within(bytes, usize::MAX)
}

/// [`parse`] for a text from anybody: in memory a value takes many times the two bytes that it may have as text, so a
/// bound in bytes alone bounds little. Counts every object, array, text, number and literal.
pub fn parse_within(bytes: &[u8], values_max: usize) -> Result<Value, JsonError> {
    Reader::new(bytes, Form::Any)?.within(values_max).document().map(Value::from)
}

/// Reads a JSON text in canonical form, such as an entry or a manifest.
pub fn parse_canonical(bytes: &[u8]) -> Result<Value, JsonError> {
    read_canonical(bytes).map(Value::from)
}

/// [`parse_canonical`] without copies, for what is looked at once.
pub(crate) fn read_canonical(bytes: &[u8]) -> Result<Node<'_>, JsonError> {
    Reader::new(bytes, Form::Canonical)?.document()
}

/// The canonical form of a value that came from [`parse`] or is made of what [`parse`] takes.
///
/// # Panics
/// Where [`try_canonical`] fails.
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    try_canonical(value).expect("values of this format have a canonical form")
}

/// The canonical form of a value from elsewhere.
///
/// # Errors
/// [`ValueError`], when [`parse`] would not take the result.
pub fn try_canonical(value: &Value) -> Result<Vec<u8>, ValueError> {
    let mut text = String::new();
    write_value(&mut text, value, 1)?;
    Ok(text.into_bytes())
}
