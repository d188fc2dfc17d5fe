//! The keys of a log over time (spec §7): read from entry 0 and the `ledger.key.*` entries, and written into them.
//!
//! [`KeyHistory`] is the reading side: which key was in force where, and which of them are in doubt. [`Rotation`] makes
//! the `detail` of a rotation, which both keys sign. The other details are written by the types of [`crate::entry`]:
//! [`crate::entry::Opened`], [`crate::entry::KeyRevoked`] and [`crate::entry::Heartbeat`].

mod rotation;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use thiserror::Error;

pub use self::rotation::Rotation;
use crate::entry::{Entry, KeyRevoked, KeyRotated, LedgerEvent};
use crate::key::{KeyId, Role, Vkey};
use crate::name::Origin;
use crate::time::Timestamp;

/// A key that a log has had in one role.
#[derive(Debug, Clone)]
pub struct HeldKey {
    /// The key.
    pub vkey: Arc<Vkey>,
    /// The rotation that brought it: it is in force for entries of a greater index and for checkpoints of a greater
    /// size. `None` for a key of entry 0, which is in force from the start.
    pub since: Option<u64>,
    /// The rotation that replaced it: the last entry, and the last size, for which it is in force.
    pub until: Option<u64>,
}

/// An entry `ledger.key.revoked` that was accepted. The reason it gives is any text of any length, which nothing here
/// asks for, so it is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Index of the entry.
    pub index: u64,
    /// The key's role.
    pub role: Role,
    /// Which key.
    pub key_id: KeyId,
    /// From when on the key may have been in other hands.
    pub compromised_since: Timestamp,
}

/// What is kept of the revocations of one key. A log may repeat them as often as it likes; all that can still matter is
/// how far back they reach and up to where the key signed.
#[derive(Debug, Clone, Copy, Default)]
struct Revoked {
    /// Of those that came while the key was in force: it signed what is below.
    in_force: Option<Revocation>,
    /// Of those that came afterwards: it signed until it was replaced.
    replaced: Option<Revocation>,
}

/// A revoked key is still in force, so that the next entry must replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Index of the revocation.
    pub revoked_at: u64,
    /// The key's role.
    pub role: Role,
}

/// The keys of a log, as its entries up to some index tell them.
#[derive(Debug, Clone)]
pub struct KeyHistory {
    origin: Origin,
    /// By role, oldest first; never empty.
    held: [Vec<HeldKey>; 3],
    /// Where each key stands in `held`.
    places: HashMap<KeyId, (Role, usize)>,
    public_keys: HashSet<[u8; 32]>,
    revoked: BTreeMap<KeyId, Revoked>,
    due: Option<Due>,
}

/// Why an entry does not begin or continue a key history.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// Not `ledger.opened`.
    #[error("the first entry does not open a log")]
    NotOpened,
    /// An entry of another log.
    #[error("the entry is of the log {0}")]
    OtherLog(Origin),
    /// The same public key or key id again, in whatever role.
    #[error("the key {0} occurs twice in the log")]
    Reused(KeyId),
    /// The key to be replaced is not the one in force.
    #[error("the key {found} cannot be replaced: the key for {role} is {in_force}")]
    NotInForce {
        /// The role.
        role: Role,
        /// The key named.
        found: KeyId,
        /// The key in force.
        in_force: KeyId,
    },
    /// The new key did not endorse the change.
    #[error("the new key did not sign the change of keys (the endorsement is false)")]
    Endorsement,
    /// The old key did not hand over.
    #[error("the old key did not sign the change of keys (the handover is false)")]
    Handover,
    /// The log never had the revoked key in that role.
    #[error("the log never had the revoked key {key_id} for {role}")]
    NeverHeld {
        /// The role.
        role: Role,
        /// The key named.
        key_id: KeyId,
    },
}

impl KeyHistory {
    /// The history that begins with entry 0.
    pub fn open(entry: &Entry) -> Result<KeyHistory, HistoryError> {
        let Some(LedgerEvent::Opened(opened)) = entry.ledger_event.as_deref() else {
            return Err(HistoryError::NotOpened);
        };
        let mut history = KeyHistory {
            origin: entry.origin.clone(),
            held: [const { Vec::new() }; 3],
            places: HashMap::new(),
            public_keys: HashSet::new(),
            revoked: BTreeMap::new(),
            due: None,
        };
        for role in Role::ALL {
            history.take(role, opened.vkey(role).clone(), None)?;
        }
        Ok(history)
    }

    /// Takes in an entry `ledger.key.*`; other entries change nothing. After an error the history is as before.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), HistoryError> {
        if entry.origin != self.origin {
            return Err(HistoryError::OtherLog(entry.origin.clone()));
        }
        match entry.ledger_event.as_deref() {
            Some(LedgerEvent::KeyRotated(rotated)) => self.rotate(entry, rotated),
            Some(LedgerEvent::KeyRevoked(revoked)) => self.revoke(entry, revoked),
            _ => Ok(()),
        }
    }

    fn rotate(&mut self, entry: &Entry, rotated: &KeyRotated) -> Result<(), HistoryError> {
        let role = rotated.role;
        let old = &self.current(role).vkey;
        if old.key_id() != rotated.old_keyid {
            let in_force = old.key_id();
            return Err(HistoryError::NotInForce { role, found: rotated.old_keyid, in_force });
        }
        rotation::check(rotated, old, entry)?;
        self.take(role, rotated.new_vkey.clone(), Some(entry.sequence))?;
        if self.due.is_some_and(|due| due.role == role) {
            self.due = None;
        }
        Ok(())
    }

    fn revoke(&mut self, entry: &Entry, revoked: &KeyRevoked) -> Result<(), HistoryError> {
        let KeyRevoked { role, keyid: key_id, compromised_since, .. } = *revoked;
        if self.held_as(role, key_id).is_none() {
            return Err(HistoryError::NeverHeld { role, key_id });
        }
        let is_in_force = self.current(role).vkey.key_id() == key_id;
        if is_in_force {
            self.due = Some(Due { revoked_at: entry.sequence, role });
        }
        let kept = self.revoked.entry(key_id).or_default();
        let kept = if is_in_force { &mut kept.in_force } else { &mut kept.replaced };
        if kept.is_none_or(|kept| compromised_since < kept.compromised_since) {
            *kept = Some(Revocation { index: entry.sequence, role, key_id, compromised_since });
        }
        Ok(())
    }

    fn take(&mut self, role: Role, vkey: Vkey, since: Option<u64>) -> Result<(), HistoryError> {
        if self.places.contains_key(&vkey.key_id()) || self.public_keys.contains(vkey.public_key()) {
            return Err(HistoryError::Reused(vkey.key_id()));
        }
        let held = &mut self.held[role as usize];
        self.places.insert(vkey.key_id(), (role, held.len()));
        self.public_keys.insert(*vkey.public_key());
        if let Some(old) = held.last_mut() {
            old.until = since;
        }
        held.push(HeldKey { vkey: Arc::new(vkey), since, until: None });
        Ok(())
    }

    /// The rotation that must be the next entry, because a key in force was revoked.
    pub fn due(&self) -> Option<Due> {
        self.due
    }

    /// No longer waits for a rotation that did not come.
    pub fn forget_due(&mut self) {
        self.due = None;
    }

    /// The log's origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key of that role as of the entries taken in.
    pub fn current(&self, role: Role) -> &HeldKey {
        self.held[role as usize].last().expect("entry 0 names a key for each role")
    }

    /// The key in force for the entry `position`, for a receipt about it, or for a checkpoint of that size.
    pub fn in_force(&self, role: Role, position: u64) -> &HeldKey {
        let held = &self.held[role as usize];
        let later = held.partition_point(|key| key.since.is_none_or(|since| since < position));
        // The key of entry 0 is in force from the start, so at least one is.
        &held[later.max(1) - 1]
    }

    /// All keys that the log has had in that role, oldest first.
    pub fn held(&self, role: Role) -> &[HeldKey] {
        &self.held[role as usize]
    }

    /// The key of that id, if the log has had it in that role.
    pub fn held_as(&self, role: Role, key_id: KeyId) -> Option<&HeldKey> {
        let (of_key, place) = self.places.get(&key_id)?;
        (*of_key == role).then(|| &self.held[role as usize][*place])
    }

    /// The key of that name and id, in whatever role the log has had it: those keys are known when a note of the log is
    /// opened (spec §6).
    pub fn known_as(&self, name: &str, key_id: KeyId) -> Option<&Vkey> {
        let (role, place) = self.places.get(&key_id)?;
        let vkey = &*self.held[*role as usize][*place].vkey;
        (vkey.name() == name).then_some(vkey)
    }

    /// Whether that key, got elsewhere, is a checkpoints key of this log. All but the first were reached from it by
    /// verified handovers.
    pub fn is_pinned_by(&self, vkey: &Vkey) -> bool {
        self.held_as(Role::Checkpoints, vkey.key_id()).is_some_and(|held| *held.vkey == *vkey)
    }

    /// The revocations that matter, two of a key at most.
    pub fn revocations(&self) -> impl Iterator<Item = &Revocation> {
        self.revoked.values().flat_map(Revoked::kept)
    }

    /// The revocation that casts doubt on what that key signed, if there is one: the one that reaches back furthest.
    pub fn revocation_of(&self, role: Role, key_id: KeyId) -> Option<&Revocation> {
        let of_key = self.revoked.get(&key_id)?.kept().filter(|revocation| revocation.role == role);
        of_key.min_by_key(|revocation| revocation.compromised_since)
    }

    /// Whether a receipt by that key about an act at `time` proves nothing any more.
    pub fn is_receipt_doubtful(&self, key_id: KeyId, time: Timestamp) -> bool {
        let revocation = self.revocation_of(Role::Receipts, key_id);
        revocation.is_some_and(|revocation| revocation.compromised_since <= time)
    }
}

impl Revoked {
    fn kept(&self) -> impl Iterator<Item = &Revocation> {
        self.in_force.iter().chain(&self.replaced)
    }
}
