//! How often something was refused that has no entry of its own each time.

use std::num::NonZeroU32;

use ledger::vocabulary::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::instant;

/// So many attempts, and when. Both times are those of the service's clock when the attempt was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// How many. More than fit are not told apart.
    pub count: NonZeroU32,
    /// The first of them.
    #[serde(with = "instant")]
    pub first: Timestamp,
    /// The last of them.
    #[serde(with = "instant")]
    pub last: Timestamp,
}

impl Tally {
    /// One attempt.
    pub const fn one(at: Timestamp) -> Self {
        Self { count: NonZeroU32::MIN, first: at, last: at }
    }

    /// These and others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count.get()),
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_add_up_from_the_first_to_the_last_whichever_is_told_first() {
        let at = |micros| Tally::one(Timestamp::from_micros(micros).unwrap());
        let [three, again] = [at(2).and(at(1)).and(at(5)), at(5).and(at(2).and(at(1)))];
        let first_and_last = (three.first.as_micros(), three.last.as_micros());
        assert_eq!((three.count.get(), first_and_last, three), (3, (1, 5), again));
        let most = Tally { count: NonZeroU32::MAX, ..at(1) };
        assert_eq!(most.and(at(1)).count, NonZeroU32::MAX);
    }
}
