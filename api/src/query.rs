//! The parameters of a query.

use crate::error::{Error, Result};

/// The parameters of a query, each at most once: a filter that is silently dropped would show too much.
pub struct Parameters(pub Vec<(String, String)>);

impl Parameters {
    /// Reads a query, of which there may be none.
    ///
    /// # Errors
    /// [`Error::BadRequest`], where it is not percent-encoded UTF-8; [`Error::Invalid`] by name, where one stands twice.
    pub fn parse(query: Option<&str>) -> Result<Self> {
        let mut found: Vec<(String, String)> = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = percent_decode(name).zip(percent_decode(value));
            let (name, value) =
                decoded.ok_or_else(|| Error::BadRequest("the query is not percent-encoded UTF-8".to_owned()))?;
            if found.iter().any(|(earlier, _)| *earlier == name) {
                return Err(Error::invalid(name, "may stand once"));
            }
            found.push((name, value));
        }
        Ok(Self(found))
    }

    /// The same, where none but these may stand.
    ///
    /// # Errors
    /// [`Error::Invalid`], by the name of another.
    pub fn among(self, names: &[&str]) -> Result<Self> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            None => Ok(self),
            Some((name, _)) => Err(Error::invalid(name, "there is no such parameter")),
        }
    }

    /// The value of a parameter that is given and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    // No text that is recorded has U+0000, and PostgreSQL takes none.
    String::from_utf8(decoded).ok().filter(|text| !text.contains('\0'))
}

/// A text as it may stand in a query, in upper-case hex where it must be encoded.
pub fn percent_encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
