//! One group of requests, decided and committed in one transaction.

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{Batch, Decided, Decision, Queued, Sequencer};
use crate::append::{AppendError, Committed};
use crate::batch::Head;
use crate::commit;
use crate::failure::Failure;

/// Requests to be settled together, with what is not known about earlier attempts at them.
pub(super) struct Group {
    pub(super) requests: Vec<Queued>,
    pub(super) doubts: Vec<Doubt>,
}

/// A batch that was sent and not answered. Its decisions stand in the order of the group's requests.
pub(super) struct Doubt {
    from: Head,
    to: Head,
    entries: Vec<Committed>,
    outcomes: Vec<Result<Decision, AppendError>>,
}

impl Doubt {
    /// The requests of a batch whose fate is unknown.
    pub(super) fn about(batch: Batch) -> Group {
        let (requests, outcomes) = batch.decided.into_iter().map(|decided| (decided.queued, decided.outcome)).unzip();
        let doubt = Self { from: batch.from, to: batch.to, entries: batch.entries, outcomes };
        Group { requests, doubts: vec![doubt] }
    }

    fn with_requests(self, requests: Vec<Queued>) -> Batch {
        let decided = requests.into_iter().zip(self.outcomes);
        Batch {
            from: self.from,
            to: self.to,
            entries: self.entries,
            decided: decided.map(|(queued, outcome)| Decided { queued, outcome }).collect(),
        }
    }

    async fn is_committed(
        &self,
        connection: &mut PgConnection,
        log: crate::append::LogId,
    ) -> Result<bool, sqlx::Error> {
        let ids: Vec<Uuid> = self.entries.iter().map(|entry| commit::uuid_of(&entry.id)).collect();
        let found = commit::count_ids(connection, log, &ids).await?;
        assert!(found == 0 || found == ids.len() as u64, "a batch commits whole");
        Ok(found > 0)
    }
}

impl Sequencer {
    /// Decides and commits a group, or gives it back with the reason.
    ///
    /// With `lock` the head row is locked first. A group with doubts needs it: once the lock is held, the statement in
    /// doubt has committed, or will find another head if it runs at all, because what is appended here moves it.
    pub(super) async fn attempt(&mut self, mut group: Group, lock: bool) -> Result<(), (Failure, Group)> {
        self.pending.clear();
        let writers = self.shared.writers.clone();
        let mut connection = match writers.acquire().await {
            Ok(connection) => connection,
            Err(error) => return Err((Failure::NotSent(error.to_string()), group)),
        };
        let mut tx = match connection.begin().await {
            Ok(tx) => tx,
            Err(error) => return Err((Failure::while_reading(&error), group)),
        };
        match self.committed_doubt(&mut tx, &group, lock).await {
            Err(failure) => return Err((failure, group)),
            Ok(Some(position)) => {
                let doubt = group.doubts.swap_remove(position);
                self.deliver(doubt.with_requests(group.requests));
                return Ok(());
            }
            Ok(None) => {}
        }
        let unknown = self.unknown(&group.requests);
        if let Err(failure) = self.learn(&mut tx, unknown).await {
            return Err((failure, group));
        }
        let doubts = std::mem::take(&mut group.doubts);
        let mut batch = self.batch_on_tip();
        self.decide(&mut batch, group.requests).await;
        match self.insert_and_commit(tx, &batch).await {
            Ok(()) => {
                self.deliver(batch);
                Ok(())
            }
            Err(Failure::Unknown) => {
                let mut group = Doubt::about(batch);
                group.doubts.extend(doubts);
                Err((Failure::Unknown, group))
            }
            Err(failure) => Err((failure, Group { requests: batch.into_requests(), doubts })),
        }
    }

    /// Reads the head, under its lock where asked, and tells which earlier attempt turns out to have committed.
    async fn committed_doubt(
        &mut self,
        tx: &mut PgConnection,
        group: &Group,
        lock: bool,
    ) -> Result<Option<usize>, Failure> {
        let head = if lock { commit::lock_head(tx, self.log).await } else { commit::load_head(tx, self.log).await };
        let head = head.map_err(|error| Failure::while_reading(&error))?;
        self.take_head(tx, head).await?;
        for (position, doubt) in group.doubts.iter().enumerate() {
            if doubt.is_committed(tx, self.log).await.map_err(|error| Failure::while_reading(&error))? {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    async fn insert_and_commit(&self, mut tx: sqlx::PgTransaction<'_>, batch: &Batch) -> Result<(), Failure> {
        if batch.entries.is_empty() {
            return Ok(());
        }
        let inserted = commit::insert(&mut tx, self.log, &batch.from, &batch.to, &batch.entries, &batch.kept()).await;
        match inserted {
            Ok(true) => tx.commit().await.map_err(|_| Failure::Unknown),
            Ok(false) => Err(Failure::Lost),
            // Inside a transaction that never came to its commit nothing is kept.
            Err(error) => Err(Failure::while_reading(&error)),
        }
    }
}
