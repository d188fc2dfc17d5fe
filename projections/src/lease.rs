//! Who does what only one process at a time may do with a log: locks of the database that live as long as a connection.

use sqlx::{Connection as _, PgConnection};
use store::logs::{self, LogInfo};
use store::{Ledger, LogId};

/// One connection for the locks of all logs on one kind of work; not from the pool, where a lock would outlive its use.
pub(crate) struct Lease {
    conn: PgConnection,
    work: &'static str,
}

impl Lease {
    /// A connection without any log. `work` names what is done, the same in all processes.
    pub(crate) async fn connect(ledger: &Ledger, work: &'static str) -> Result<Self, sqlx::Error> {
        Ok(Self { conn: PgConnection::connect_with(&ledger.reader().connect_options()).await?, work })
    }

    /// All logs with their sizes.
    pub(crate) async fn logs(&mut self) -> Result<Vec<(LogInfo, u64)>, sqlx::Error> {
        let sizes = sqlx::query!("select log, size from ledger.heads").fetch_all(&mut self.conn).await?;
        let infos = logs::all(&mut self.conn).await?;
        let size = |log: LogId| sizes.iter().find(|row| row.log == log.0).map_or(0, |row| row.size);
        Ok(infos
            .into_iter()
            .map(|info| (size(info.log), info))
            .map(|(size, info)| (info, size.unsigned_abs()))
            .collect())
    }

    /// Takes a log that this connection does not hold. False where another holds it.
    pub(crate) async fn take(&mut self, log: LogId) -> Result<bool, sqlx::Error> {
        let name = format!("countersign {} {log}", self.work);
        let taken = sqlx::query_scalar!(r#"select pg_try_advisory_lock(hashtextextended($1, 0)) as "taken!""#, name);
        taken.fetch_one(&mut self.conn).await
    }

    /// Ends the connection, and with it the lease.
    pub(crate) async fn release(self) {
        // Where it is not closed politely, the server notices.
        drop(self.conn.close().await);
    }
}
