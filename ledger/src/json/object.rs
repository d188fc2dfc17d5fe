//! Objects whose members are all known: the closed world of spec §2 to §10.

use serde_json::Value;
use thiserror::Error;

use super::node::Tree;

/// An object that has just the members it may have.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a, V = Value> {
    name: &'static str,
    value: &'a V,
}

/// How a value differs from the object it should be. `object` is the name that the reader gave it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// Another kind of value.
    #[error("{object} is not an object")]
    NotAnObject {
        /// Of what.
        object: &'static str,
    },
    /// A member that it must have is not there.
    #[error("{object} lacks the member {member:?}")]
    Missing {
        /// Of what.
        object: &'static str,
        /// Which one.
        member: &'static str,
    },
    /// A member that the format does not name.
    #[error("{object} has an unknown member {member:?}")]
    Unknown {
        /// Of what.
        object: &'static str,
        /// Which one.
        member: String,
    },
    /// A member of another kind than it must be.
    #[error("the member {member:?} of {object} is not {expected}")]
    Kind {
        /// Of what.
        object: &'static str,
        /// Which one.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

impl<'a, V: Tree> Object<'a, V> {
    /// Takes a value as an object with each of the `required` members, perhaps some of the `optional`, and no other.
    pub fn closed(
        name: &'static str,
        value: &'a V,
        required: &[&'static str],
        optional: &[&'static str],
    ) -> Result<Object<'a, V>, ShapeError> {
        let mut names = value.names().ok_or(ShapeError::NotAnObject { object: name })?;
        let is_known = |member: &&str| required.contains(member) || optional.contains(member);
        if let Some(member) = names.find(|member| !is_known(member)) {
            return Err(ShapeError::Unknown { object: name, member: member.to_owned() });
        }
        match required.iter().find(|member| value.member(member).is_none()) {
            Some(member) => Err(ShapeError::Missing { object: name, member }),
            None => Ok(Object { name, value }),
        }
    }

    /// Takes a value as an object whose other members are nobody's business here.
    pub fn open(name: &'static str, value: &'a V) -> Result<Object<'a, V>, ShapeError> {
        let is_object = value.names().is_some();
        if is_object { Ok(Object { name, value }) } else { Err(ShapeError::NotAnObject { object: name }) }
    }

    /// A member of any kind.
    pub fn value(&self, member: &'static str) -> Result<&'a V, ShapeError> {
        self.value.member(member).ok_or(ShapeError::Missing { object: self.name, member })
    }

    /// A member that is a text.
    pub fn text(&self, member: &'static str) -> Result<&'a str, ShapeError> {
        self.value(member)?.text().ok_or(self.not(member, "a text"))
    }

    /// A member that is a text, or is absent.
    pub fn optional_text(&self, member: &'static str) -> Result<Option<&'a str>, ShapeError> {
        let text = |value: &'a V| value.text().ok_or(self.not(member, "a text"));
        self.value.member(member).map(text).transpose()
    }

    /// A member that is a number from 0 on.
    pub fn number(&self, member: &'static str) -> Result<u64, ShapeError> {
        self.value(member)?.number().ok_or(self.not(member, "a number from 0 on"))
    }

    /// A member that is an array.
    pub fn array(&self, member: &'static str) -> Result<&'a [V], ShapeError> {
        self.value(member)?.array().ok_or(self.not(member, "an array"))
    }

    /// Whether there is such a member.
    pub fn has(&self, member: &str) -> bool {
        self.value.member(member).is_some()
    }

    fn not(&self, member: &'static str, expected: &'static str) -> ShapeError {
        ShapeError::Kind { object: self.name, member, expected }
    }
}
