//! What must be counted over a whole log by name: versions of streams, and sealed values by data key (spec §2, §8, §10).
//!
//! The names of a log are as many as it likes, the memory is not. Names are hashed into buckets; a pass over the log
//! counts one bucket. The first pass begins with all names and halves its share whenever there are too many, so that
//! a log of ordinary size takes one pass. The other buckets take one further pass each.
//!
//! Whoever chose the names must not have known their hashes: he could choose so many for one bucket that the passes
//! multiply, or the memory. So the tree's root, which follows from all names, is part of each hash.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::tree::Hash as Root;

/// How many names one pass counts: a table of 2^19 places, 11 MiB, is just not outgrown.
pub(super) const NAMES_MAX: usize = 450_000;

/// A name, hashed: 16 bytes, so that nobody finds two streams that are counted as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

/// Hashes the names of one log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    root: Root,
}

impl Names {
    /// The names of the log whose tree has that root. Where it has another one, its names may have been chosen for this.
    pub(super) fn under(root: Root) -> Names {
        Names { root }
    }

    /// The key of a stream.
    pub(super) fn stream(&self, name: &str) -> Key {
        self.key(b"stream\n", name)
    }

    /// The key of a data key's id.
    pub(super) fn data_key(&self, kid: &str) -> Key {
        self.key(b"kid\n", kid)
    }

    fn key(&self, domain: &[u8], name: &str) -> Key {
        let mut hasher = blake3::Hasher::new_keyed(self.root.as_bytes());
        let hash = hasher.update(domain).update(name.as_bytes()).finalize();
        Key(*hash.as_bytes().first_chunk().expect("32 bytes begin with 16"))
    }
}

impl Key {
    /// Which of `2^halvings` buckets.
    fn bucket(self, halvings: u32) -> u64 {
        let [high, _] = self.halves();
        high.checked_shr(u64::BITS - halvings).unwrap_or(0)
    }

    fn halves(self) -> [u64; 2] {
        let (halves, _) = self.0.as_chunks();
        [u64::from_be_bytes(halves[0]), u64::from_be_bytes(halves[1])]
    }
}

/// Something to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// An entry has this version of its stream.
    Version(Key, u32),
    /// An entry says that this is the highest version of a stream.
    Attested(Key, u32),
    /// A value was sealed with this data key.
    Sealed(Key),
    /// This data key was destroyed.
    Destroyed(Key),
}

impl Event {
    fn key(&self) -> Key {
        match *self {
            Event::Version(key, _) | Event::Attested(key, _) | Event::Sealed(key) | Event::Destroyed(key) => key,
        }
    }
}

/// What does not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miscount {
    /// A version that does not follow the highest before it.
    Version { found: u32, highest: u32 },
    /// An attestation of another version than the highest before it.
    Attested { found: u32, highest: u32 },
}

/// Counts the names of one bucket.
#[derive(Debug)]
pub(super) struct Tallies {
    /// By stream the highest version; by data key the number of values that are not erased.
    counts: HashMap<Key, u32, BuildHasherDefault<KeyHasher>>,
    names_max: usize,
    bucket: u64,
    /// The first pass's share is one of `2^halvings` buckets.
    halvings: u32,
    /// After how many events the first pass halved its share.
    halved_at: Vec<u64>,
    /// How many events this pass has seen, counted or not.
    seen: u64,
    /// Sealed values whose data key was destroyed later, where the first pass had not counted them.
    erased: u64,
}

impl Tallies {
    /// For a first pass that keeps at most `names_max` names at a time.
    pub(super) fn new(names_max: usize) -> Tallies {
        Tallies {
            counts: HashMap::default(),
            names_max,
            bucket: 0,
            halvings: 0,
            halved_at: Vec::new(),
            seen: 0,
            erased: 0,
        }
    }

    /// Whether all names have been counted.
    pub(super) fn is_last_pass(&self) -> bool {
        self.bucket + 1 == 1 << self.halvings
    }

    /// For the next pass, or nothing when all names have been counted.
    pub(super) fn next_pass(self) -> Option<Tallies> {
        let bucket = self.bucket + 1;
        (!self.is_last_pass()).then(|| Tallies { counts: HashMap::default(), bucket, seen: 0, ..self })
    }

    /// How many sealed values were found to be erased so far.
    pub(super) fn erased(&self) -> u64 {
        self.erased
    }

    /// Counts what an entry says; each pass must see the same events in the same order. Says so when one does not add
    /// up, but only once in all passes.
    pub(super) fn count(&mut self, event: Event) -> Option<Miscount> {
        let key = event.key();
        self.seen += 1;
        if key.bucket(self.halvings) != self.bucket {
            return None;
        }
        let miscount = self.apply(event);
        if self.bucket == 0 && self.names_max < self.counts.len() {
            self.halve();
        }
        miscount.filter(|_| !self.was_counted(key))
    }

    fn apply(&mut self, event: Event) -> Option<Miscount> {
        match event {
            Event::Version(key, found) => {
                let count = self.counts.entry(key).or_default();
                let highest = std::mem::replace(count, found.max(*count));
                (highest.checked_add(1) != Some(found)).then_some(Miscount::Version { found, highest })
            }
            Event::Attested(key, found) => {
                let highest = self.counts.get(&key).copied().unwrap_or_default();
                (highest != found).then_some(Miscount::Attested { found, highest })
            }
            Event::Sealed(key) => {
                let count = self.counts.entry(key).or_default();
                *count = count.saturating_add(1);
                None
            }
            Event::Destroyed(key) => {
                let erased = self.counts.remove(&key).unwrap_or_default();
                if !self.was_counted(key) {
                    self.erased += u64::from(erased);
                }
                None
            }
        }
    }

    /// Halves the share of the first pass until it fits.
    fn halve(&mut self) {
        while self.names_max < self.counts.len() {
            self.halvings += 1;
            self.halved_at.push(self.seen);
            let halvings = self.halvings;
            self.counts.retain(|key, _| key.bucket(halvings) == 0);
        }
    }

    /// Whether a name of a further pass was still in the first pass's share when that came to this event.
    fn was_counted(&self, key: Key) -> bool {
        let halvings = self.halved_at.partition_point(|at| *at < self.seen);
        let halvings = u32::try_from(halvings).expect("at most 64");
        self.bucket != 0 && key.bucket(halvings) == 0
    }
}

/// Keys are hashes already: the half that does not choose the bucket chooses the place.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let half = bytes.last_chunk().copied().unwrap_or_default();
        self.0 = u64::from_be_bytes(half);
    }

    // An array announces its length first, which is always the same.
    fn write_usize(&mut self, _length: usize) {}
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Event, Miscount, Names, Root, Tallies};

    const NAMES: Names = Names { root: Root([7; 32]) };

    /// Counts with so little room, in as many passes as it takes.
    fn count(names_max: usize, events: &[Event]) -> (Vec<(u64, Miscount)>, u64, u64) {
        let mut found = Vec::new();
        let mut tallies = Tallies::new(names_max);
        loop {
            for (index, event) in (0..).zip(events) {
                found.extend(tallies.count(*event).map(|miscount| (index, miscount)));
            }
            let (erased, passes) = (tallies.erased(), 1_u64 << tallies.halvings);
            let Some(next) = tallies.next_pass() else {
                found.sort_by_key(|(index, _)| *index);
                return (found, erased, passes);
            };
            tallies = next;
        }
    }

    /// 2,000 entries of 500 streams and 300 data keys, some of them wrong.
    fn events() -> Vec<Event> {
        let mut versions = BTreeMap::new();
        let mut events = Vec::new();
        for i in 0_u32..2000 {
            let name = format!("thing/{}", i * i % 500);
            let version = versions.entry(name.clone()).or_insert(0_u32);
            *version += 1 + u32::from(i % 97 == 5);
            events.push(Event::Version(NAMES.stream(&name), *version));
            events.push(Event::Attested(NAMES.stream(&name), *version + u32::from(i % 89 == 7)));
            events.push(Event::Sealed(NAMES.data_key(&format!("{}", i % 300))));
            if i % 11 == 3 {
                events.push(Event::Destroyed(NAMES.data_key(&format!("{}", i % 300))));
            }
        }
        events
    }

    #[test]
    fn little_memory_takes_more_passes_and_finds_the_same() {
        let all_at_once = count(usize::MAX, &events());
        assert_eq!(all_at_once.2, 1);
        assert!(all_at_once.0.len() > 20 && all_at_once.1 > 100);
        for names_max in [1, 3, 20, 100, 200] {
            let (found, erased, passes) = count(names_max, &events());
            assert!(passes > 1, "{names_max}");
            assert_eq!((found, erased), (all_at_once.0.clone(), all_at_once.1), "{names_max}");
        }
    }

    #[test]
    fn versions_count_from_one_without_gap_or_repetition() {
        let version = |version| Event::Version(NAMES.stream("thing/1"), version);
        assert_eq!(count(9, &[version(1), version(2)]).0, []);
        let repeated = Miscount::Version { found: 1, highest: 1 };
        assert_eq!(count(9, &[version(1), version(1), version(2)]).0, [(1, repeated)]);
        let gap = Miscount::Version { found: 3, highest: 1 };
        assert_eq!(count(9, &[version(1), version(3), version(4)]).0, [(1, gap)]);
        assert_eq!(count(9, &[version(2)]).0, [(0, Miscount::Version { found: 2, highest: 0 })]);
    }
    #[test]
    fn names_chosen_for_one_root_are_spread_under_another() {
        let [known, other] = [1, 2].map(|byte| Names::under(Root([byte; 32])));
        let all = (0..).map(|n| format!("thing/{n}"));
        let chosen: Vec<String> = all.filter(|name| known.stream(name).bucket(8) == 0).take(64).collect();
        let passes = |names: &Names| {
            let events: Vec<Event> = chosen.iter().map(|name| Event::Version(names.stream(name), 1)).collect();
            count(16, &events).2
        };
        assert!(256 < passes(&known), "{}", passes(&known));
        assert!(passes(&other) <= 16, "{}", passes(&other));
    }
}
