//! Who publishes a log: a lock of the database that lives as long as this connection.

use sqlx::{Connection as _, PgConnection};
use store::logs::{self, LogInfo};
use store::{Ledger, LogId};

/// One connection for the locks of all logs; not from the pool, where a lock would outlive its use.
pub(super) struct Lease {
    conn: PgConnection,
}

impl Lease {
    pub(super) async fn connect(ledger: &Ledger) -> Result<Self, sqlx::Error> {
        Ok(Self { conn: PgConnection::connect_with(&ledger.reader().connect_options()).await? })
    }

    /// All logs with their sizes.
    pub(super) async fn logs(&mut self) -> Result<Vec<(LogInfo, u64)>, sqlx::Error> {
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
    pub(super) async fn take(&mut self, log: LogId) -> Result<bool, sqlx::Error> {
        let name = format!("countersign relay {log}");
        let taken = sqlx::query_scalar!(r#"select pg_try_advisory_lock(hashtextextended($1, 0)) as "taken!""#, name);
        taken.fetch_one(&mut self.conn).await
    }

    /// Ends the connection, and with it the lease.
    pub(super) async fn release(self) {
        // Where it is not closed politely, the server notices.
        drop(self.conn.close().await);
    }
}
