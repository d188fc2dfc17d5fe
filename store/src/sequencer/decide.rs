//! Learning what decisions depend on, deciding requests on the tip, and signing.

use std::collections::HashSet;
use std::sync::Arc;

use ledger::key::{Role, SigningKey};
use ledger::name::Reference;
use ledger::signature;
use rayon::prelude::*;
use sqlx::PgConnection;

use super::{Batch, Decided, Decision, Queued, Sequencer};
use crate::append::{AppendError, Committed, IdempotencyKey, NewEvent};
use crate::batch::{self, Head, Moment, Placed, StreamVersions, Tip};
use crate::clock;
use crate::commit::{self, Answered};
use crate::failure::Failure;
use crate::fence;

/// From this many signatures on, about a millisecond of them, handing them to other cores costs less than it saves. Below
/// it the database has use for the other cores.
const SIGN_IN_PARALLEL_MIN: usize = 64;

impl Sequencer {
    /// The batch with which a quiet log wakes up.
    pub(super) async fn first_batch(&mut self, requests: Vec<Queued>) -> Result<Batch, (Failure, Vec<Queued>)> {
        if self.tip.is_none()
            && let Err(failure) = self.load_tip().await
        {
            return Err((failure, requests));
        }
        let mut batch = self.batch_on_tip();
        self.extend(&mut batch, requests).await;
        Ok(batch)
    }

    /// Decides requests on the tip into a batch that has not been sent. Where the database cannot be asked what they
    /// depend on, they are answered so: nothing of them was computed.
    pub(super) async fn extend(&mut self, batch: &mut Batch, requests: Vec<Queued>) {
        if let Err(failure) = self.learn_from_pool(&requests).await {
            let error = failure.into_answer();
            return requests.into_iter().for_each(|(request, _room)| drop(request.answer.send(Err(error.clone()))));
        }
        self.decide(batch, requests).await;
    }

    /// Decides, links and signs; everything it needs to know is loaded.
    pub(super) async fn decide(&mut self, batch: &mut Batch, requests: Vec<Queued>) {
        let mut placed = Vec::new();
        for queued in requests {
            let outcome = self.decide_one(batch, &mut placed, &queued);
            batch.decided.push(Decided { queued, outcome });
        }
        batch.entries.extend(self.sign(placed).await);
        batch.to = self.tip.as_ref().expect("loaded before deciding").head.clone();
    }

    fn decide_one(
        &mut self,
        batch: &Batch,
        placed: &mut Vec<Placed>,
        queued: &Queued,
    ) -> Result<Decision, AppendError> {
        let write = &queued.0.write;
        if let Some(key) = &write.idempotency
            && let Some(earlier) = self.pending.get(&(key.principal.clone(), key.key.clone()))
        {
            return repeats(earlier, key);
        }
        let tip = self.tip.as_mut().expect("loaded before deciding");
        let origin = self.origin.as_ref().expect("loaded with the tip");
        let entropy = &mut || self.entropy.next();
        let mut moment = Moment { now: clock::now(), entropy };
        let entries = batch::decide(tip, origin, write, &mut moment)?;
        for key in batch::new_entries_keys(write) {
            self.ring.insert(key.key_id(), Arc::clone(key));
        }
        let (first, count) = (batch.entries.len() + placed.len(), entries.len());
        if let Some(key) = &write.idempotency {
            let answered = Answered { key: key.clone(), first_index: entries[0].index, count };
            self.pending.insert((key.principal.clone(), key.key.clone()), answered);
        }
        placed.extend(entries);
        Ok(Decision::Placed { first, count })
    }

    async fn sign(&self, placed: Vec<Placed>) -> Vec<Committed> {
        let keys: Vec<Arc<SigningKey>> = placed
            .iter()
            .map(|entry| Arc::clone(self.ring.get(&entry.keyid).expect("held since the tip was loaded or rotated")))
            .collect();
        if placed.len() < SIGN_IN_PARALLEL_MIN {
            return placed.into_iter().zip(&keys).map(|(entry, key)| sign_one(entry, key)).collect();
        }
        let signing = tokio::task::spawn_blocking(move || {
            placed.into_par_iter().zip(&keys).map(|(entry, key)| sign_one(entry, key)).collect()
        });
        signing.await.expect("signing does not panic")
    }

    /// Loads origin, head and the key in force.
    async fn load_tip(&mut self) -> Result<(), Failure> {
        let mut connection =
            self.shared.readers.acquire().await.map_err(|error| Failure::NotSent(error.to_string()))?;
        let head =
            commit::load_head(&mut connection, self.log).await.map_err(|error| Failure::while_reading(&error))?;
        self.take_head(&mut connection, head).await
    }

    /// Makes a head that was just read the tip, once it is one that this process may append to.
    pub(super) async fn take_head(&mut self, connection: &mut PgConnection, head: Option<Head>) -> Result<(), Failure> {
        self.tip = None;
        let head = head.ok_or(Failure::Log(AppendError::NoSuchLog(self.log)))?;
        if self.origin.is_none() {
            let origin =
                commit::load_origin(connection, self.log).await.map_err(|error| Failure::while_reading(&error))?;
            self.origin = Some(origin.ok_or(Failure::Log(AppendError::NoSuchLog(self.log)))?);
        }
        if head.size < self.seen_size {
            let reason = format!("it has {} entries, and had {} before", head.size, self.seen_size);
            return Err(Failure::Log(AppendError::NotAnExtension(reason)));
        }
        if !self.fenced {
            let origin = self.origin.as_ref().expect("loaded above");
            fence::check(connection, &self.shared.seals, self.log, origin, &head).await?;
            self.fenced = true;
        }
        self.hold_key(&head)?;
        self.tip = Some(Tip { head, streams: StreamVersions::default() });
        Ok(())
    }

    /// A process that lacks the key in force must not append: another may have rotated it.
    fn hold_key(&mut self, head: &Head) -> Result<(), Failure> {
        let keyid = head.keys.entries;
        if self.ring.contains_key(&keyid) {
            return Ok(());
        }
        let origin = self.origin.as_ref().expect("loaded before the key");
        let key = self.shared.keys.find(origin, Role::Entries, keyid).map_err(|error| {
            tracing::error!(log = %self.log, %error, "appending stops: the entries key in force cannot be used");
            Failure::Log(AppendError::KeyNotHeld(keyid.to_string()))
        })?;
        self.ring.insert(keyid, key);
        Ok(())
    }

    async fn learn_from_pool(&mut self, requests: &[Queued]) -> Result<(), Failure> {
        let unknown = self.unknown(requests);
        if unknown.is_empty() {
            return Ok(());
        }
        let mut connection =
            self.shared.readers.acquire().await.map_err(|error| Failure::NotSent(error.to_string()))?;
        self.learn(&mut connection, unknown).await
    }

    /// Loads versions and earlier answers that the requests depend on and that are not known yet.
    pub(super) async fn learn(&mut self, connection: &mut PgConnection, unknown: Unknown) -> Result<(), Failure> {
        let tip = self.tip.as_mut().expect("loaded before learning");
        if !unknown.streams.is_empty() {
            let names: Vec<&str> = unknown.streams.iter().map(Reference::as_str).collect();
            let found = commit::load_versions(connection, self.log, &names).await;
            let found = found.map_err(|error| Failure::while_reading(&error))?;
            for stream in unknown.streams {
                tip.streams.set(stream, 0);
            }
            for (stream, version) in found {
                tip.streams.set(stream, version);
            }
        }
        if !unknown.keys.is_empty() {
            let asked: Vec<&IdempotencyKey> = unknown.keys.iter().collect();
            let found = commit::load_answers(connection, self.log, &asked).await;
            for answered in found.map_err(|error| Failure::while_reading(&error))? {
                let scope = (answered.key.principal.clone(), answered.key.key.clone());
                self.pending.insert(scope, answered);
            }
        }
        Ok(())
    }

    /// What the requests depend on and this sequencer does not know.
    pub(super) fn unknown(&self, requests: &[Queued]) -> Unknown {
        let tip = self.tip.as_ref().expect("loaded before learning");
        let mut unknown = Unknown::default();
        for (request, _room) in requests {
            let streams = request.write.events.iter().filter_map(|event| match event {
                NewEvent::Ready(draft) => draft.stream(),
                NewEvent::StreamAttested { stream } => Some(stream),
                NewEvent::Heartbeat { .. } | NewEvent::KeyRotated { .. } => None,
            });
            for stream in streams {
                if tip.streams.known(stream).is_none() {
                    unknown.streams.insert(stream.clone());
                }
            }
            unknown.keys.extend(
                request
                    .write
                    .idempotency
                    .iter()
                    .filter(|key| !self.pending.contains_key(&(key.principal.clone(), key.key.clone())))
                    .cloned(),
            );
        }
        unknown
    }
}

/// Streams and idempotency keys to be looked up.
#[derive(Default)]
pub(super) struct Unknown {
    streams: HashSet<Reference>,
    keys: Vec<IdempotencyKey>,
}

impl Unknown {
    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.keys.is_empty()
    }
}

fn repeats(earlier: &Answered, key: &IdempotencyKey) -> Result<Decision, AppendError> {
    if earlier.key.request_sha256 == key.request_sha256 {
        Ok(Decision::Repeats(earlier.clone()))
    } else {
        Err(AppendError::IdempotencyMismatch)
    }
}

fn sign_one(entry: Placed, key: &SigningKey) -> Committed {
    debug_assert_eq!(entry.keyid, key.key_id(), "an entry is signed by the key that it names");
    let signature = signature::sign_entry(key, &entry.hash);
    Committed {
        index: entry.index,
        id: entry.id,
        time: entry.time,
        stream: entry.stream,
        hash: entry.hash,
        signature,
        bytes: entry.bytes,
    }
}

/// Random bits for ids, drawn from the system for many ids at a time: one draw costs as much as hashing an entry.
#[derive(Default)]
pub(super) struct Entropy {
    drawn: Vec<[u8; 10]>,
}

impl Entropy {
    const IDS_PER_DRAW: usize = 256;

    fn next(&mut self) -> [u8; 10] {
        if self.drawn.is_empty() {
            self.drawn.resize(Self::IDS_PER_DRAW, [0; 10]);
            getrandom::fill(self.drawn.as_flattened_mut()).expect("the system has randomness");
        }
        self.drawn.pop().expect("just filled")
    }
}
