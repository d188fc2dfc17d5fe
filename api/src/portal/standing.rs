//! Something as its stream has it at this moment, with the entries that made it so. Whether a grant reaches it, and whether
//! it is shown at all, is asked of this, never of a row or a document that may lag. What was asked about is what is shown:
//! a document beside it could be that of a vendor or an engagement before, which the grant does not reach.

use ledger::vocabulary::{Recorded, Subject};
use store::append::{Committed, LogId};
use store::event_store::Aggregate;
use store::{entries, recording};

use crate::app::App;
use crate::error::Result;

/// An aggregate and its entries, the first first.
pub struct Standing<A> {
    /// As it stands; in its first state where there are no entries.
    pub aggregate: A,
    /// What made it so.
    pub entries: Vec<Committed>,
}

impl<A> Standing<A>
where
    A: Aggregate,
    A::Event: Recorded,
{
    /// Reads a stream.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable), or
    /// [`Error::Internal`](crate::error::Error::Internal) where the log does not read.
    pub async fn load(app: &App, log: LogId, stream: &Subject) -> Result<Self> {
        let mut conn = app.ledger().reader().acquire().await?;
        let entries = entries::of_stream(&mut *conn, log, stream, 0).await?;
        let mut aggregate = A::default();
        for event in recording::read::<A::Event>(&mut conn, log, &entries).await? {
            aggregate.apply(event);
        }
        Ok(Self { aggregate, entries })
    }
}
