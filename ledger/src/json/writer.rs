//! The canonical form (RFC 8785), for values without floating-point numbers.

use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::{Number, Value};

use super::{DEPTH_MAX, NUMBER_MAX, ValueError};

/// Appends the canonical form of `value`. An object or array at the place of `value` is of level `level`.
pub(crate) fn write_value(out: &mut String, value: &Value, level: usize) -> Result<(), ValueError> {
    if DEPTH_MAX < level && (value.is_object() || value.is_array()) {
        return Err(ValueError::TooDeep);
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => write_text(out, text)?,
        Value::Array(values) => {
            out.push('[');
            for (place, value) in values.iter().enumerate() {
                if 0 < place {
                    out.push(',');
                }
                write_value(out, value, level + 1)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by(|(a, _), (b, _)| utf16_order(a, b));
            out.push('{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                if 0 < place {
                    out.push(',');
                }
                write_text(out, name)?;
                out.push(':');
                write_value(out, value, level + 1)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Appends a text in quotation marks, with the shortest escapes and no needless ones.
pub(crate) fn write_text(out: &mut String, text: &str) -> Result<(), ValueError> {
    out.push('"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if 0x20 <= byte && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain_from..at]);
        plain_from = at + 1;
        match short_escape(byte) {
            Some(letter) => out.extend(['\\', letter]),
            None if byte == 0 => return Err(ValueError::NulCharacter),
            None => write!(out, "\\u{byte:04x}").expect("a string takes all"),
        }
    }
    out.push_str(&text[plain_from..]);
    out.push('"');
    Ok(())
}

/// The letter after the backslash, for characters that have an escape of two characters.
pub(super) fn short_escape(byte: u8) -> Option<char> {
    match byte {
        b'"' => Some('"'),
        b'\\' => Some('\\'),
        0x08 => Some('b'),
        0x09 => Some('t'),
        0x0a => Some('n'),
        0x0c => Some('f'),
        0x0d => Some('r'),
        _ => None,
    }
}

/// Compares texts by their UTF-16 code units, as RFC 8785 orders names.
///
/// That is the order of the UTF-8 bytes but for one case: characters beyond U+FFFF (first byte F0 and up) begin in
/// UTF-16 with a surrogate and come before U+E000 to U+FFFF (first byte EE or EF).
pub(super) fn utf16_order(a: &str, b: &str) -> Ordering {
    let rank = |byte: u8| if matches!(byte, 0xee | 0xef) { byte + 0x10 } else { byte };
    match a.bytes().zip(b.bytes()).find(|(a, b)| a != b) {
        Some((a, b)) => rank(a).cmp(&rank(b)),
        None => a.len().cmp(&b.len()),
    }
}

fn write_number(out: &mut String, number: &Number) -> Result<(), ValueError> {
    match number.as_i64() {
        Some(integer) if (-NUMBER_MAX..=NUMBER_MAX).contains(&integer) => {
            write!(out, "{integer}").expect("a string takes all");
            Ok(())
        }
        _ => Err(ValueError::Number(number.to_string())),
    }
}
