//! What is known of a person; all of it is personal and none of it stands in the log in the clear (spec §2).

#[cfg(test)]
mod tests;

use std::fmt;

use ledger::vocabulary::{Kind, Of, Personal, PersonalPart, ReadError, Stored};
use thiserror::Error;

use crate::name::PersonId;

/// Longest address that mail systems carry (RFC 5321 §4.5.3.1.3, less the angle brackets).
const EMAIL_BYTES_MAX: usize = 254;
/// Longest local part (RFC 5321 §4.5.3.1.1).
const EMAIL_LOCAL_BYTES_MAX: usize = 64;
/// Longest name of a person or of a firm: what a form and a table still show.
const NAME_CHARS_MAX: usize = 200;
/// Longest user agent kept; browsers send 100 to 250 characters, and a log is no place for more.
const USER_AGENT_CHARS_MAX: usize = 512;

/// An e-mail address, as it was written. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address: one `@`, a local part of 1 to 64 bytes, a domain with a dot, no blanks, no control
    /// characters, at most 254 bytes. Whether it receives mail shows only when mail is sent.
    ///
    /// # Errors
    /// [`EmailError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let (local, domain) = text.split_once('@').ok_or(EmailError::At)?;
        if domain.contains('@') {
            return Err(EmailError::At);
        }
        if EMAIL_BYTES_MAX < text.len() {
            return Err(EmailError::TooLong { bytes: text.len() });
        }
        if local.is_empty() || EMAIL_LOCAL_BYTES_MAX < local.len() {
            return Err(EmailError::Local);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(EmailError::Blank);
        }
        if domain.split('.').count() < 2 || domain.split('.').any(str::is_empty) {
            return Err(EmailError::Domain);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

/// Why a text is not an e-mail address. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EmailError {
    /// No `@`, or more than one.
    #[error("an e-mail address has exactly one @")]
    At,
    /// Over 254 bytes.
    #[error("an e-mail address has at most {EMAIL_BYTES_MAX} bytes, not {bytes}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Nothing or too much before the `@`.
    #[error("an e-mail address has 1 to {EMAIL_LOCAL_BYTES_MAX} bytes before the @")]
    Local,
    /// Blanks or control characters.
    #[error("an e-mail address has neither blanks nor control characters")]
    Blank,
    /// Not two or more parts joined by dots.
    #[error("an e-mail address has a domain of two or more parts after the @")]
    Domain,
}

/// The name of a person. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a name: 1 to 200 characters, no control characters, no blank at either end.
    ///
    /// # Errors
    /// [`NameError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check_name(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(..)")
    }
}

/// The name of an audit firm: a label, and not personal.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Firm(String);

impl Firm {
    const NONE: &str = "No firm";

    /// Reads a name of a firm, by the rules of [`PersonName::parse`].
    ///
    /// # Errors
    /// [`NameError`], the first rule that does not hold.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check_name(text)?;
        Ok(Self(text.to_owned()))
    }

    /// What is recorded where an auditor was invited to an engagement and no firm was named.
    pub fn none() -> Self {
        Self(Self::NONE.to_owned())
    }

    /// The name, for sentences; nothing where none was given.
    pub fn named(&self) -> Option<&str> {
        (self.0 != Self::NONE).then_some(&self.0)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Firm {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<Firm> for String {
    fn from(firm: Firm) -> Self {
        firm.0
    }
}

/// Why a text is not a name. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Empty or over 200 characters.
    #[error("a name has 1 to {NAME_CHARS_MAX} characters, not {chars}")]
    Length {
        /// How many it has.
        chars: usize,
    },
    /// Line breaks, tabs and other characters that cannot be seen.
    #[error("a name has no control characters")]
    Control,
    /// Blanks at an end.
    #[error("a name neither begins nor ends with a blank")]
    Blank,
}

fn check_name(text: &str) -> Result<(), NameError> {
    let chars = text.chars().count();
    if chars == 0 || NAME_CHARS_MAX < chars {
        return Err(NameError::Length { chars });
    }
    if text.chars().any(char::is_control) {
        return Err(NameError::Control);
    }
    if text.trim() != text {
        return Err(NameError::Blank);
    }
    Ok(())
}

/// What a browser says it is. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// Keeps the first 512 characters without control characters; nothing if none are left. It never refuses: a
    /// header that somebody else's program sends must not decide whether an act is recorded.
    pub fn new(header: &str) -> Option<Self> {
        let kept: String = header.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS_MAX).collect();
        if kept.is_empty() { None } else { Some(Self(kept)) }
    }

    /// The text kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserAgent(..)")
    }
}

/// Address and name as they are sealed for their person; what is erased or was not given is not.
pub(crate) fn sealed(
    person: &PersonId,
    email: &Personal<Email>,
    name: Option<&Personal<PersonName>>,
) -> Vec<PersonalPart> {
    let email = email.known().map(|email| ("email", email.as_str()));
    let name = name.and_then(Personal::known).map(|name| ("name", name.as_str()));
    let part = |(field, text): (&'static str, &str)| PersonalPart {
        field,
        of: Of::Subject,
        person: person.to_string(),
        plaintext: text.to_owned(),
    };
    [email, name].into_iter().flatten().map(part).collect()
}

/// The same back again. An address always stands there, a name where it was given.
pub(crate) fn read_sealed(
    kind: Kind,
    stored: &Stored<'_>,
) -> Result<(Personal<Email>, Option<Personal<PersonName>>), ReadError> {
    let form = |field| ReadError::Personal { kind, field };
    let email = stored.personal("email", Of::Subject).ok_or(ReadError::NotSealed { kind, field: "email" })?;
    let email = email.try_map(|text| Email::parse(&text)).map_err(|_| form("email"))?;
    let name = stored.personal("name", Of::Subject).map(|name| name.try_map(|text| PersonName::parse(&text)));
    let name = name.transpose().map_err(|_| form("name"))?;
    Ok((email, name))
}
