//! Credentials: the rows of the schema `access`, and the connections on which requests ask.
//!
//! A request's connection is `countersign_app`, on which row-level security shows nothing until the transaction says
//! for whom it asks. What must be known before that, whose key it is, goes through a function of the database.

pub mod api_key;
pub mod auditor_identity;
pub mod auditor_session;
pub mod challenge;
pub mod column;
pub mod email_code;
pub mod grant_token;
pub mod grants_seen;
pub mod idempotency;
pub mod key_entries;
pub mod limit;
pub mod mails;
pub mod member_link;
pub mod member_login;
pub mod member_session;
pub mod passkey;
pub mod recovery_code;
pub mod secret;

use std::sync::Arc;
use std::time::Duration;

use domain::name::PersonId;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Postgres, Transaction};
use store::append::LogId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use uuid::Uuid;

use crate::error::{Error, Result};

/// Statements of requests at the same time. More would queue in the database instead of here.
pub const CONNECTIONS_MAX: u32 = 16;
/// Connections that are kept while another is asked for. Were they all kept so, each would wait for the others.
const HELD_MAX: usize = 8;
/// A request that gets no connection in this time is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// Connections of requests.
#[derive(Clone, Debug)]
pub struct Requests {
    pool: PgPool,
    held: Arc<Semaphore>,
}

/// A transaction that is kept, with its locks, while others are made.
#[derive(Debug)]
pub struct Held {
    /// The transaction; its locks end with it.
    pub tx: Transaction<'static, Postgres>,
    _turn: OwnedSemaphorePermit,
}

impl Requests {
    /// Connections as `countersign_app`, made when first used.
    pub fn open(options: &PgConnectOptions) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options.clone());
        Self { pool, held: Arc::new(Semaphore::new(HELD_MAX)) }
    }

    /// The pool itself, for what stands before an organisation is known.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A transaction that sees this organisation's rows and no others. Dropped without a commit, it ends without effect.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable).
    pub async fn of(&self, log: LogId) -> Result<Transaction<'static, Postgres>> {
        Self::bound(self.pool.begin().await?, log).await
    }

    /// The same, for a request that keeps it while it makes others.
    ///
    /// # Errors
    /// As [`Requests::of`], also where too many are kept.
    pub async fn held(&self, log: LogId) -> Result<Held> {
        let turn = timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.held).acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(Error::internal)?;
        Ok(Held { tx: self.of(log).await?, _turn: turn })
    }

    /// A transaction that sees one state of the database from its first to its last statement: for what is read in parts.
    ///
    /// # Errors
    /// As [`Requests::of`].
    pub async fn snapshot_of(&self, log: LogId) -> Result<Transaction<'static, Postgres>> {
        Self::bound(self.pool.begin_with("begin isolation level repeatable read read only").await?, log).await
    }

    async fn bound(mut tx: Transaction<'static, Postgres>, log: LogId) -> Result<Transaction<'static, Postgres>> {
        sqlx::query!("select set_config('countersign.org', $1, true) as scope", log.0.to_string())
            .fetch_one(&mut *tx)
            .await?;
        Ok(tx)
    }

    /// Asks the database whether it is there.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable).
    pub async fn ping(&self) -> Result<()> {
        sqlx::query!("select true as there").fetch_one(&self.pool).await?;
        Ok(())
    }

    /// Ends all connections, after those in use came back.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A person's id as tables have it.
pub(crate) fn person_uuid(person: &PersonId) -> Uuid {
    Uuid::parse_str(person.as_str()).expect("the id of a person is a UUID")
}

/// A person's id as the log has it.
pub(crate) fn person(uuid: Uuid) -> PersonId {
    PersonId::parse(&uuid.to_string()).expect("a UUID is the id of a person")
}
