//! One proof for many entries of a log (spec §10, `proof.txt`).
//!
//! Maker and checker walk the same tree from left to right and keep one path of it: memory grows with the logarithm of
//! the log's size, not with the number of entries.

mod lines;

use std::ops::Range;

pub use self::lines::{LINE_BYTES, LineError, Lines, line};
use crate::tree::{Hash, HashReader, node_hash, split, subtree_hash};

/// Why a multiproof could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MakeError<R, S> {
    /// The empty tree proves nothing.
    #[error("a log without entries has no multiproof")]
    EmptyTree,
    /// The included indices must ascend.
    #[error("index {index} is not above the one before it")]
    Order {
        /// The first that does not.
        index: u64,
    },
    /// The log has no such entry.
    #[error("no leaf {index} in a tree of {size}")]
    Beyond {
        /// The index asked for.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// A hash of the tree could not be read.
    #[error("a hash of the tree could not be read")]
    Read(#[source] R),
    /// `emit` failed.
    #[error("the proof could not be written")]
    Write(#[source] S),
}

/// Why a multiproof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckError<L, P> {
    /// The empty tree proves nothing.
    #[error("a log without entries has no multiproof")]
    EmptyTree,
    /// The included indices must ascend.
    #[error("index {index} is not above the one before it")]
    Order {
        /// The first that does not.
        index: u64,
    },
    /// The log has no such entry.
    #[error("no leaf {index} in a tree of {size}")]
    Beyond {
        /// The index that was included.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// A hash is missing: that of the subtree over these leaves.
    #[error("the multiproof is too short: no hash for {start} to {end}")]
    TooShort {
        /// First leaf of the subtree.
        start: u64,
        /// The leaf after its last.
        end: u64,
    },
    /// Hashes are left over.
    #[error("the multiproof is too long")]
    TooLong,
    /// The next included leaf could not be had.
    #[error("an included leaf could not be read")]
    Leaf(#[source] L),
    /// The next line could not be had.
    #[error("a line of the multiproof could not be read")]
    Line(#[source] P),
    /// The proof leads to another root.
    #[error("the multiproof leads to another root")]
    Root,
}

/// Makes the multiproof of the entries at `included`, ascending, in the tree of `size` leaves: `emit` gets its hashes
/// in order.
pub fn make<R: HashReader, S>(
    size: u64,
    included: impl IntoIterator<Item = u64>,
    reader: &mut R,
    emit: impl FnMut(Hash) -> Result<(), S>,
) -> Result<(), MakeError<R::Error, S>> {
    if size == 0 {
        return Err(MakeError::EmptyTree);
    }
    let mut maker = Maker { size, included: included.into_iter(), next: None, reader, emit };
    maker.advance()?;
    maker.walk(0..size)
}

struct Maker<'a, I, R, F> {
    size: u64,
    included: I,
    /// The lowest included index that the walk has not passed.
    next: Option<u64>,
    reader: &'a mut R,
    emit: F,
}

impl<I, R, F, S> Maker<'_, I, R, F>
where
    I: Iterator<Item = u64>,
    R: HashReader,
    F: FnMut(Hash) -> Result<(), S>,
{
    fn walk(&mut self, leaves: Range<u64>) -> Result<(), MakeError<R::Error, S>> {
        if self.next.is_none_or(|next| leaves.end <= next) {
            let hash = subtree_hash(leaves, self.reader).map_err(MakeError::Read)?;
            return (self.emit)(hash).map_err(MakeError::Write);
        }
        if leaves.end - leaves.start == 1 {
            return self.advance();
        }
        let (left, right) = halves(leaves);
        self.walk(left)?;
        self.walk(right)
    }

    fn advance(&mut self) -> Result<(), MakeError<R::Error, S>> {
        let passed = std::mem::replace(&mut self.next, self.included.next());
        match self.next {
            Some(index) if passed.is_some_and(|passed| index <= passed) => Err(MakeError::Order { index }),
            Some(index) if self.size <= index => Err(MakeError::Beyond { index, size: self.size }),
            _ => Ok(()),
        }
    }
}

/// Checks that the `included` leaves, index and hash in ascending order, are in the tree of `size` leaves with that
/// `root`, by the hashes of `lines`, all of which must be used.
pub fn check<L, P>(
    size: u64,
    root: &Hash,
    included: impl IntoIterator<Item = Result<(u64, Hash), L>>,
    lines: impl IntoIterator<Item = Result<Hash, P>>,
) -> Result<(), CheckError<L, P>> {
    if size == 0 {
        return Err(CheckError::EmptyTree);
    }
    let mut checker = Checker { size, included: included.into_iter(), next: None, lines: lines.into_iter() };
    checker.advance()?;
    let found = checker.walk(0..size)?;
    match checker.lines.next() {
        Some(Err(error)) => Err(CheckError::Line(error)),
        Some(Ok(_)) => Err(CheckError::TooLong),
        None if found != *root => Err(CheckError::Root),
        None => Ok(()),
    }
}

struct Checker<I, H> {
    size: u64,
    included: I,
    /// The lowest included leaf that the walk has not passed.
    next: Option<(u64, Hash)>,
    lines: H,
}

impl<I, H, L, P> Checker<I, H>
where
    I: Iterator<Item = Result<(u64, Hash), L>>,
    H: Iterator<Item = Result<Hash, P>>,
{
    fn walk(&mut self, leaves: Range<u64>) -> Result<Hash, CheckError<L, P>> {
        let Range { start, end } = leaves;
        match self.next {
            Some((index, leaf)) if index < end && end - start == 1 => self.advance().map(|()| leaf),
            Some((index, _)) if index < end => {
                let (left, right) = halves(leaves);
                let left = self.walk(left)?;
                Ok(node_hash(&left, &self.walk(right)?))
            }
            _ => self.lines.next().ok_or(CheckError::TooShort { start, end })?.map_err(CheckError::Line),
        }
    }

    fn advance(&mut self) -> Result<(), CheckError<L, P>> {
        let next = self.included.next().transpose().map_err(CheckError::Leaf)?;
        let passed = std::mem::replace(&mut self.next, next);
        match self.next {
            Some((index, _)) if passed.is_some_and(|(passed, _)| index <= passed) => Err(CheckError::Order { index }),
            Some((index, _)) if self.size <= index => Err(CheckError::Beyond { index, size: self.size }),
            _ => Ok(()),
        }
    }
}

fn halves(leaves: Range<u64>) -> (Range<u64>, Range<u64>) {
    let middle = leaves.start + split(leaves.end - leaves.start);
    (leaves.start..middle, middle..leaves.end)
}
