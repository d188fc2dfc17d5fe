//! What a change widens and what it narrows, part by part, for whoever confirms it and for whoever reads it later.

use std::collections::BTreeSet;

use ledger::vocabulary::Timestamp;

use super::bundle::Bundle;
use super::extent::Extent;
use super::filters::Window;
use super::scope::{Capability, Resource};
use crate::date::Date;
use crate::name::{EngagementId, VendorId};

/// The difference between two extents, in the order in which a page shows it. Empty where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// One line each.
    pub lines: Vec<ChangeLine>,
}

/// One part that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// Which way.
    pub direction: Direction,
    /// What.
    pub part: Part,
}

/// What a difference means for the auditor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is allowed.
    Widened,
    /// Less is allowed.
    Narrowed,
    /// Something is allowed that was not, and something is not any more that was.
    Shifted,
    /// Only names differ.
    Renamed,
}

/// A part of an extent that can differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The names that the sets came from.
    Bundles(Values<BTreeSet<Bundle>>),
    /// A capability that was given or taken.
    Capability(Capability),
    /// A type of resource that was given or taken.
    Resource(Resource),
    /// The vendors that it is limited to; empty means all.
    Vendors(Values<BTreeSet<VendorId>>),
    /// The engagement that it is limited to.
    Engagement(Values<Option<EngagementId>>),
    /// The effective dates of evidence that it is limited to.
    Window(Values<Option<Window>>),
    /// Its end.
    Expiry(Values<Timestamp>),
}

/// A value that was another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values<T> {
    /// What it was.
    pub before: T,
    /// What it is.
    pub after: T,
}

impl Change {
    /// What `after` differs in.
    pub fn between(before: &Extent, after: &Extent) -> Self {
        let (old, new) = (&before.scope, &after.scope);
        let mut lines = Vec::new();
        if old.bundles() != new.bundles() {
            let values = Values { before: old.bundles().clone(), after: new.bundles().clone() };
            lines.push(ChangeLine { direction: Direction::Renamed, part: Part::Bundles(values) });
        }
        lines.extend(of_sets(old.capabilities(), new.capabilities(), Part::Capability));
        lines.extend(of_sets(old.resources(), new.resources(), Part::Resource));
        let (old, new) = (old.filters(), new.filters());
        lines.extend(of_values(&old.vendors, &new.vendors, vendors_direction, Part::Vendors));
        lines.extend(of_values(&old.engagement, &new.engagement, engagement_direction, Part::Engagement));
        lines.extend(of_values(&old.window, &new.window, window_direction, Part::Window));
        lines.extend(of_values(&before.expires_at, &after.expires_at, expiry_direction, Part::Expiry));
        Self { lines }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether anything becomes allowed that was not: what asks for a fresh confirmation of who is at the keyboard.
    pub fn is_widening(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.direction, Direction::Widened | Direction::Shifted))
    }
}

fn of_sets<T: Copy + Ord>(before: &BTreeSet<T>, after: &BTreeSet<T>, part: fn(T) -> Part) -> Vec<ChangeLine> {
    let line = |direction| move |value: &T| ChangeLine { direction, part: part(*value) };
    let given = after.difference(before).map(line(Direction::Widened));
    given.chain(before.difference(after).map(line(Direction::Narrowed))).collect()
}

fn of_values<T: Clone + PartialEq>(
    before: &T,
    after: &T,
    direction: fn(&T, &T) -> Direction,
    part: fn(Values<T>) -> Part,
) -> Option<ChangeLine> {
    let values = Values { before: before.clone(), after: after.clone() };
    (before != after).then(|| ChangeLine { direction: direction(before, after), part: part(values) })
}

fn vendors_direction(before: &BTreeSet<VendorId>, after: &BTreeSet<VendorId>) -> Direction {
    // No vendor named is every vendor.
    let covers =
        |wide: &BTreeSet<_>, narrow: &BTreeSet<_>| wide.is_empty() || (!narrow.is_empty() && narrow.is_subset(wide));
    if covers(after, before) {
        Direction::Widened
    } else if covers(before, after) {
        Direction::Narrowed
    } else {
        Direction::Shifted
    }
}

#[expect(clippy::ref_option, reason = "one of the functions that `of_values` takes")]
fn engagement_direction(before: &Option<EngagementId>, after: &Option<EngagementId>) -> Direction {
    match (before, after) {
        (_, None) => Direction::Widened,
        (None, Some(_)) => Direction::Narrowed,
        (Some(_), Some(_)) => Direction::Shifted,
    }
}

#[expect(clippy::ref_option, reason = "one of the functions that `of_values` takes")]
fn window_direction(before: &Option<Window>, after: &Option<Window>) -> Direction {
    let from = |window: &Option<Window>| window.as_ref().and_then(Window::from);
    let until = |window: &Option<Window>| window.as_ref().and_then(Window::until);
    let (old, new) = ((from(before), until(before)), (from(after), until(after)));
    // A missing first date is before all others, as `None` is; a missing last date is after all others.
    let later = |a: Option<Date>, b: Option<Date>| b.is_some() && (a.is_none() || b < a);
    let widened = new.0 < old.0 || later(new.1, old.1);
    let narrowed = old.0 < new.0 || later(old.1, new.1);
    match (widened, narrowed) {
        (true, true) => Direction::Shifted,
        (true, false) => Direction::Widened,
        (false, _) => Direction::Narrowed,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "one of the functions that `of_values` takes")]
fn expiry_direction(before: &Timestamp, after: &Timestamp) -> Direction {
    if before < after { Direction::Widened } else { Direction::Narrowed }
}
