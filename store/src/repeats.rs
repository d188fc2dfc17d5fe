//! Complaints that come again and again: the first is worth a line, the hundredth in a minute hides the others.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// What was complained of last, by what it was about. Owned by whoever complains.
#[derive(Debug)]
pub struct Repeats<K> {
    every: Duration,
    said: HashMap<K, (String, Instant)>,
}

impl<K: Eq + Hash> Repeats<K> {
    /// Lets the same words through this often.
    pub fn new(every: Duration) -> Self {
        Self { every, said: HashMap::new() }
    }

    /// Whether to say it now: it is new, or was said long enough ago.
    pub fn is_due(&mut self, about: K, words: &str, now: Instant) -> bool {
        match self.said.get(&about) {
            Some((said, when)) if said == words && now.duration_since(*when) < self.every => false,
            _ => {
                self.said.insert(about, (words.to_owned(), now));
                true
            }
        }
    }

    /// It has passed: the next complaint about it is new.
    pub fn forget(&mut self, about: &K) {
        self.said.remove(about);
    }

    /// Forgets whatever is not of these.
    pub fn retain(&mut self, mut still: impl FnMut(&K) -> bool) {
        self.said.retain(|about, _| still(about));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_said_at_once_and_then_once_a_while() {
        let (mut repeats, begun) = (Repeats::new(Duration::from_mins(1)), Instant::now());
        let said: Vec<bool> =
            (0..=120).map(|second| repeats.is_due("acme", "away", begun + Duration::from_secs(second))).collect();
        let when: Vec<usize> = (0..said.len()).filter(|second| said[*second]).collect();
        assert_eq!(when, [0, 60, 120]);
    }

    #[test]
    fn other_words_others_and_what_has_passed_are_news() {
        let (mut repeats, now) = (Repeats::new(Duration::from_mins(1)), Instant::now());
        assert!(repeats.is_due("acme", "away", now));
        assert!(repeats.is_due("acme", "starting", now));
        assert!(repeats.is_due("rival", "starting", now));
        assert!(!repeats.is_due("acme", "starting", now));
        repeats.forget(&"acme");
        assert!(repeats.is_due("acme", "starting", now));
    }
}
