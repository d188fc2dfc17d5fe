//! An object taken apart by its members' names, knowing where in the body it stands.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// The members of an object that were not taken yet. [`Members::finish`] refuses what nobody took.
pub struct Members {
    pointer: String,
    members: Map<String, Value>,
}

impl Members {
    /// The object at a place of the body, a JSON pointer (RFC 6901).
    ///
    /// # Errors
    /// [`Error::Invalid`] where something else stands there.
    pub fn of(pointer: impl Into<String>, value: Value) -> Result<Self> {
        let pointer = pointer.into();
        match value {
            Value::Object(members) => Ok(Self { pointer, members }),
            _ => Err(Error::invalid(pointer, "must be an object")),
        }
    }

    /// The pointer to a member.
    pub fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    /// A refusal of a member.
    pub fn refuse(&self, name: &str, rule: impl Into<String>) -> Error {
        Error::invalid(self.at(name), rule)
    }

    /// A member, whatever it is.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    /// Whether there is a member of that name.
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Texts that must be there, asked for before any of them is read: what is missing is said before what is malformed.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the first that is absent or blank.
    pub fn require(&self, names: &[&str]) -> Result<()> {
        let is_there = |name: &&str| match self.members.get(*name) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(_) => true,
        };
        match names.iter().find(|name| !is_there(name)) {
            None => Ok(()),
            Some(name) => Err(self.refuse(name, "is required")),
        }
    }

    /// The names of the members that are left, in order.
    pub fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// A text, if there is one.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the member is something else.
    pub fn optional_text(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.refuse(name, "must be a text")),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn text(&mut self, name: &str) -> Result<String> {
        self.optional_text(name)?.ok_or_else(|| self.refuse(name, "is required"))
    }

    /// A text that must be there and be readable as something.
    ///
    /// # Errors
    /// [`Error::Invalid`], with what `parse` says as the rule.
    pub fn parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T> {
        let text = self.text(name)?;
        parse(&text).map_err(|error| self.refuse(name, error.to_string()))
    }

    /// The same of a text that may be absent.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn optional_parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>> {
        let text = self.optional_text(name)?;
        text.map(|text| parse(&text)).transpose().map_err(|error| self.refuse(name, error.to_string()))
    }

    /// A whole number of at least 0, if there is one.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn optional_number(&mut self, name: &str) -> Result<Option<u64>> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| self.refuse(name, "must be a whole number from 0")),
        }
    }

    /// An object that must be there.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn object(&mut self, name: &str) -> Result<Self> {
        self.optional_object(name)?.ok_or_else(|| self.refuse(name, "is required"))
    }

    /// An object, if there is one.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn optional_object(&mut self, name: &str) -> Result<Option<Self>> {
        let at = self.at(name);
        self.take(name).map(|value| Self::of(at, value)).transpose()
    }

    /// An array with the pointers to its elements; empty where the member is absent.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn elements(&mut self, name: &str) -> Result<Vec<(String, Value)>> {
        let at = self.at(name);
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(elements)) => {
                Ok(elements.into_iter().enumerate().map(|(place, value)| (format!("{at}/{place}"), value)).collect())
            }
            Some(_) => Err(self.refuse(name, "must be an array")),
        }
    }

    /// All that is left, for an object whose members are the caller's own.
    pub fn into_rest(self) -> Map<String, Value> {
        self.members
    }

    /// Refuses a member that nobody took.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the first such member.
    pub fn finish(self) -> Result<()> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.refuse(name, "there is no such member")),
        }
    }
}
