//! The walk along the entries, one after the other: whatever one entry must agree about with those before it.

use std::io;
use std::sync::Arc;

use super::Options;
use super::doubts::Covered;
use super::facts::{Facts, Said, Sealed};
use super::note::CheckedNote;
use super::recovery;
use super::tallies::{Miscount, NAMES_MAX, Tallies};
use super::times::Times;
use super::verdict::{Answers, Question, Status};
use crate::entry::{Entry, Heartbeat, LedgerEvent};
use crate::hash::EntryHash;
use crate::history::KeyHistory;
use crate::id::EntryId;
use crate::key::{Role, Signature, Vkey};
use crate::name::Origin;
use crate::signature::verify_entry;
use crate::time::Timestamp;
use crate::tree::Hash;

/// What a walk may look up about entries that it has passed.
pub(super) trait Past {
    /// Root of the tree of that size, where the whole log is at hand.
    fn root_at(&mut self, size: u64) -> io::Result<Option<Hash>>;

    /// The last entry below `size` and its time.
    fn last_below(&mut self, size: u64) -> io::Result<Option<(u64, Timestamp)>>;

    /// The first entry at or beyond `size` and its time.
    fn first_from(&mut self, size: u64) -> io::Result<Option<(u64, Timestamp)>>;
}

/// A signature that is still to be checked; that is done on all cores.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) index: u64,
    hash: EntryHash,
    signature: Signature,
    key: Arc<Vkey>,
}

impl Signed {
    pub(super) fn is_false(&self) -> bool {
        !verify_entry(&self.key, &self.hash, &self.signature)
    }
}

/// An entry as the walk comes to it.
pub(super) struct Step<'a> {
    /// Its index: in a whole log its place, in a selection what it says.
    pub(super) index: u64,
    pub(super) facts: &'a Facts,
    /// Its signature, if there is one.
    pub(super) signature: Option<&'a Signature>,
}

/// Where a walk is.
pub(super) struct Walk<'a> {
    pub(super) origin: &'a Origin,
    pub(super) options: &'a Options<'a>,
    pub(super) answers: Answers,
    pub(super) history: Option<KeyHistory>,
    previous: Option<Previous>,
    last_id: Option<EntryId>,
    /// How many `ledger.key.*` entries came so far.
    keys: u64,
    /// The checkpoint of the last heartbeat that had one: its note and size.
    heartbeat: Option<(String, u64)>,
    pub(super) times: Times,
    pub(super) covered: Covered,
    pub(super) sealed: Sealed,
    /// Of a whole log only: in a selection versions are missing by its nature.
    pub(super) tallies: Option<Tallies>,
    pub(super) recorded: Recorded,
    /// The first heartbeat whose checkpoint, signed by the log, has another root than these entries.
    contradicted_by: Option<u64>,
}

/// What the entries record, by their own word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// How many entries there were to look at.
    pub entries: u64,
    /// When the first and the last of them were recorded.
    pub times: Option<(Timestamp, Timestamp)>,
    /// How often the operator went on from an older state of the log.
    pub recoveries: u64,
    /// How often a whole log was without a heartbeat for over an hour.
    pub silences: u64,
}

struct Previous {
    index: u64,
    hash: EntryHash,
}

impl<'a> Walk<'a> {
    /// A walk along a whole log.
    pub(super) fn along_log(origin: &'a Origin, options: &'a Options<'a>) -> Walk<'a> {
        let tallies = Tallies::new(options.names_max.unwrap_or(NAMES_MAX));
        Walk { tallies: Some(tallies), ..Walk::along_selection(origin, options) }
    }

    /// A walk along some entries of a log.
    pub(super) fn along_selection(origin: &'a Origin, options: &'a Options<'a>) -> Walk<'a> {
        Walk {
            origin,
            options,
            answers: Answers::default(),
            history: None,
            previous: None,
            last_id: None,
            keys: 0,
            heartbeat: None,
            times: Times::default(),
            covered: Covered::default(),
            sealed: Sealed::default(),
            tallies: None,
            recorded: Recorded::default(),
            contradicted_by: None,
        }
    }

    fn is_whole(&self) -> bool {
        self.tallies.is_some()
    }

    /// Takes the next entry, and gives its signature back for checking, with the key that must have made it.
    pub(super) fn step(&mut self, step: &Step<'_>, past: &mut dyn Past) -> io::Result<Option<Signed>> {
        self.recorded.entries += 1;
        let due = self.history.as_ref().and_then(KeyHistory::due);
        let signed = match &step.facts.read {
            Ok(said) => {
                self.place(step.index, said);
                self.link(step.index, said);
                self.open(step.index, said);
                let signed = self.signed(step, Some(said));
                self.times.entry(step.index, said.time, &mut self.answers);
                self.recorded.times = Some((self.recorded.times.map_or(said.time, |(first, _)| first), said.time));
                self.count(step.index, said);
                if let Some(entry) = said.entry.as_deref() {
                    self.ledger_entry(step.index, entry, past)?;
                }
                signed
            }
            Err(reason) => {
                let text = format!("Entry {} is not well-formed: {reason}.", step.index);
                self.answers.fail(Question::Format, step.index, &text);
                self.signed(step, None)
            }
        };
        self.settle_due(step.index, due);
        self.previous = Some(Previous { index: step.index, hash: step.facts.hash });
        Ok(signed)
    }

    fn place(&mut self, index: u64, said: &Said) {
        if said.sequence != index {
            let text = format!("In place {index} stands an entry that says it is number {}.", said.sequence);
            self.answers.fail(Question::Format, index, &text);
        }
        if self.last_id.replace(said.id).is_some_and(|last| said.id <= last) {
            let text = format!("The id of entry {index} is not greater than that of the entry before it.");
            self.answers.fail(Question::Format, index, &text);
        }
    }

    fn link(&mut self, index: u64, said: &Said) {
        let Some(previous) = &self.previous else { return };
        if previous.index.checked_add(1) == Some(index) {
            if previous.hash != said.prevhash {
                let text = format!(
                    "Entry {index} was written after another entry {} than the one that is here: one of the two was \
                     changed.",
                    previous.index
                );
                self.answers.fail(Question::Chain, index, &text);
            }
        } else if previous.index < index {
            let text = format!("Entries {} to {} are not included.", previous.index + 1, index - 1);
            self.answers.find(Question::Chain, Status::Ok, previous.index + 1, &text);
        }
    }

    /// Entry 0 opens the history of keys.
    fn open(&mut self, index: u64, said: &Said) {
        if let (0, None, Some(entry)) = (index, &self.history, &said.entry) {
            match KeyHistory::open(entry) {
                Ok(history) => self.history = Some(history),
                Err(error) => self.answers.fail(Question::Signatures, 0, &format!("Entry 0 names no keys: {error}.")),
            }
        }
    }

    /// Without keys there is nothing to check, which the line says as a whole.
    fn signed(&mut self, step: &Step<'_>, said: Option<&Said>) -> Option<Signed> {
        let index = step.index;
        let history = self.history.as_ref()?;
        let key = &history.in_force(Role::Entries, index).vkey;
        if let Some(said) = said.filter(|said| said.keyid != key.key_id()) {
            let text = format!(
                "Entry {index} says that the key {} signed it, but the key in force there is {}.",
                said.keyid,
                key.key_id()
            );
            self.answers.fail(Question::Signatures, index, &text);
            return None;
        }
        if self.options.skip_signatures {
            return None;
        }
        let Some(signature) = step.signature else {
            self.answers.fail(Question::Signatures, index, &format!("The signature of entry {index} is missing."));
            return None;
        };
        Some(Signed { index, hash: step.facts.hash, signature: *signature, key: Arc::clone(key) })
    }

    fn count(&mut self, index: u64, said: &Said) {
        self.sealed.values += said.sealed.values;
        self.sealed.opened += said.sealed.opened;
        if said.sealed.false_values > 0 {
            let text = format!("A sealed value of entry {index} is not what the data key given for it can open.");
            self.answers.fail(Question::Sealed, index, &text);
        }
        let Some(tallies) = &mut self.tallies else { return };
        for event in &said.events {
            if let Some(miscount) = tallies.count(*event) {
                miscounted(index, miscount, &mut self.answers);
            }
        }
    }

    fn ledger_entry(&mut self, index: u64, entry: &Entry, past: &mut dyn Past) -> io::Result<()> {
        match entry.ledger_event.as_deref() {
            Some(LedgerEvent::Heartbeat(heartbeat)) => self.heartbeat(index, entry, heartbeat, past),
            Some(LedgerEvent::KeyRotated(_) | LedgerEvent::KeyRevoked(_)) => {
                self.keys += 1;
                if let Some(Err(error)) = self.history.as_mut().map(|history| history.apply(entry)) {
                    let text = format!("Entry {index} changes a key against the rules: {error}.");
                    self.answers.fail(Question::Signatures, index, &text);
                }
                Ok(())
            }
            Some(LedgerEvent::Recovered(recovered)) => {
                self.recorded.recoveries += 1;
                let text = recovery::in_words(index, recovered.as_ref(), past)?;
                self.answers.find(Question::Completeness, Status::Ok, index, &text);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A key that was revoked while in force is replaced by the very next entry.
    fn settle_due(&mut self, index: u64, before: Option<crate::history::Due>) {
        let Some(history) = &mut self.history else { return };
        let Some(due) = before else { return };
        // Another revocation is no rotation, so what is due now does not tell.
        if history.current(due.role).since != Some(index) {
            let text = format!(
                "Entry {} revoked the key for {} then in force, but the next entry did not replace it.",
                due.revoked_at, due.role
            );
            self.answers.fail(Question::Signatures, index, &text);
            if history.due() == Some(due) {
                history.forget_due();
            }
        }
    }

    /// Takes in a sign of life of a whole log: a heartbeat, or its last entry.
    pub(super) fn sign_of_life(&mut self, index: u64, time: Timestamp) {
        self.recorded.silences += u64::from(self.times.sign_of_life(index, time, &mut self.answers));
    }

    fn heartbeat(&mut self, index: u64, entry: &Entry, heartbeat: &Heartbeat, past: &mut dyn Past) -> io::Result<()> {
        if heartbeat.keys != self.keys {
            let text = format!(
                "The heartbeat in entry {index} counts {} changes of keys before it, there are {}.",
                heartbeat.keys, self.keys
            );
            self.answers.fail(Question::Completeness, index, &text);
        }
        if self.is_whole() {
            self.sign_of_life(index, entry.time);
        }
        let Some(note) = &heartbeat.checkpoint else {
            if self.heartbeat.is_some() {
                let text = format!("The heartbeat in entry {index} names no checkpoint, although one before it does.");
                self.answers.fail(Question::Checkpoint, index, &text);
            }
            return Ok(());
        };
        // A quiet log repeats its newest checkpoint, which was looked at then.
        if self.heartbeat.as_ref().is_some_and(|(last, _)| last == note) {
            return Ok(());
        }
        let Some(history) = &self.history else { return Ok(()) };
        match CheckedNote::check(note, self.origin, history, self.options.policy) {
            Err(reason) => {
                let text = format!("The checkpoint in the heartbeat of entry {index} is not valid: {reason}.");
                self.answers.fail(Question::Checkpoint, index, &text);
                Ok(())
            }
            Ok(checked) => self.heartbeat_checkpoint(index, note, &checked, past),
        }
    }

    fn heartbeat_checkpoint(
        &mut self,
        index: u64,
        note: &str,
        checked: &CheckedNote,
        past: &mut dyn Past,
    ) -> io::Result<()> {
        let size = checked.checkpoint.size;
        let earlier = self.heartbeat.replace((note.to_owned(), size)).map_or(0, |(_, size)| size);
        if index < size || size < earlier {
            let text = format!(
                "The checkpoint in the heartbeat of entry {index} has the size {size}, which must be at least \
                 {earlier} and at most {index}."
            );
            self.answers.fail(Question::Checkpoint, index, &text);
            return Ok(());
        }
        if let Some(root) = past.root_at(size)? {
            if root == checked.checkpoint.root {
                self.covered.add(size, &checked.witnessed);
            } else {
                let text = format!(
                    "The heartbeat in entry {index} carries a checkpoint of size {size} with another root than these \
                     entries have."
                );
                self.answers.fail(Question::Tree, index, &text);
                self.contradicted_by = self.contradicted_by.or(Some(index));
            }
        }
        self.times.bound(size, &checked.witnessed, past, &mut self.answers)
    }

    /// When these entries are those that the checkpoint names: where a heartbeat in them carries another root, the expected
    /// log has signed both. Before that is known, anybody may have changed an entry.
    pub(super) fn name_two_histories(&mut self) {
        let is_the_logs =
            [Question::Checkpoint, Question::Authenticity].into_iter().all(|line| self.answers.holds(line));
        if let Some(index) = self.contradicted_by.filter(|_| is_the_logs) {
            let text = format!(
                "The log signed these entries, and the other root in the heartbeat of entry {index} as well: it has \
                 signed two histories."
            );
            self.answers.fail(Question::Tree, index, &text);
        }
    }
}

/// Says what does not add up in a whole log.
pub(super) fn miscounted(index: u64, miscount: Miscount, answers: &mut Answers) {
    let text = match miscount {
        Miscount::Version { found, highest } => format!(
            "Entry {index} has version {found} of its stream, where {} must follow: an entry is missing or repeated.",
            u64::from(highest) + 1
        ),
        Miscount::Attested { found, highest } => {
            format!("Entry {index} attests {found} versions of a stream that has {highest} before it.")
        }
    };
    answers.fail(Question::Completeness, index, &text);
}
