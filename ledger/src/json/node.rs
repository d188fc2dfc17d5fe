//! A value that borrows its texts, and what it has in common with one that owns them.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A value as the reader makes it: without a copy of any text that has no escapes, and without an index of names.
///
/// Entries are read through it, because most of an entry is looked at once and not kept.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(i64),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    /// In the order of the text; no name comes twice.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl From<Node<'_>> for Value {
    fn from(node: Node<'_>) -> Value {
        match node {
            Node::Null => Value::Null,
            Node::Bool(is) => Value::Bool(is),
            Node::Number(number) => Value::from(number),
            Node::Text(text) => Value::String(text.into_owned()),
            Node::Array(nodes) => nodes.into_iter().map(Value::from).collect(),
            Node::Object(members) => {
                let members = members.into_iter().map(|(name, node)| (name.into_owned(), Value::from(node)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }
}

impl Node<'_> {
    /// The member of that name of the object that it is, to be changed.
    pub(crate) fn member_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Node::Object(members) = self else { return None };
        members.iter_mut().find(|(member, _)| member == name).map(|(_, node)| node)
    }
}

/// What [`Object`](super::Object) asks of a value, whether it owns its texts or borrows them.
pub trait Tree: Sized {
    /// The text that it is.
    fn text(&self) -> Option<&str>;
    /// The number from 0 on that it is.
    fn number(&self) -> Option<u64>;
    /// The elements of the array that it is.
    fn array(&self) -> Option<&[Self]>;
    /// The names of the members of the object that it is.
    fn names(&self) -> Option<impl Iterator<Item = &str>>;
    /// The member of that name of the object that it is.
    fn member(&self, name: &str) -> Option<&Self>;
}

impl Tree for Value {
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn number(&self) -> Option<u64> {
        self.as_u64()
    }

    fn array(&self) -> Option<&[Value]> {
        self.as_array().map(Vec::as_slice)
    }

    fn names(&self) -> Option<impl Iterator<Item = &str>> {
        self.as_object().map(|members| members.keys().map(String::as_str))
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }
}

impl Tree for Node<'_> {
    fn text(&self) -> Option<&str> {
        if let Node::Text(text) = self { Some(text) } else { None }
    }

    fn number(&self) -> Option<u64> {
        if let Node::Number(number) = self { u64::try_from(*number).ok() } else { None }
    }

    fn array(&self) -> Option<&[Self]> {
        if let Node::Array(nodes) = self { Some(nodes) } else { None }
    }

    fn names(&self) -> Option<impl Iterator<Item = &str>> {
        if let Node::Object(members) = self { Some(members.iter().map(|(name, _)| &**name)) } else { None }
    }

    fn member(&self, name: &str) -> Option<&Self> {
        let Node::Object(members) = self else { return None };
        members.iter().find(|(member, _)| member == name).map(|(_, node)| node)
    }
}
