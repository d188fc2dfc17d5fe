//! The documents that pages of one thing are drawn from.

use ledger::vocabulary::Subject;
use projections::documents::{self, Document, Documented};
use store::append::{Committed, LogId};
use store::entries;

use super::after::After;
use crate::app::App;
use crate::error::{Error, Result};

/// How often a document is looked at again whose stream went on meanwhile.
const ROUNDS_MAX: u32 = 3;

/// The document of a page for members. It may be behind the stream, and is no authority: what can be done is decided by the
/// aggregate when it is done.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Unavailable`] where there is such a thing, and its document does not come in two seconds.
pub async fn shown<A: Documented>(app: &App, log: LogId, stream: &Subject) -> Result<Document<A>> {
    if let Some(document) = made(app, log, stream).await? {
        return Ok(document);
    }
    // What a list shows already may have no document for a moment: its own stream tells whether there is such a thing.
    let newest = newest(app, log, stream).await?.ok_or(Error::NotFound)?;
    After { after: Some(newest.index) }.wait(app, log, A::NAME).await?;
    made(app, log, stream).await?.ok_or_else(|| behind(stream))
}

/// A document that has come to the end of its stream.
pub struct Current<A: Documented> {
    /// It.
    pub document: Document<A>,
    /// The entry that it has come to.
    pub newest: Committed,
}

/// The document of something as it stands at this moment, by which it can be asked whether a grant reaches it and whether it
/// is shown at all: what was asked about is what is shown. One that is behind is waited for and never used, for it could be
/// that of a vendor or an engagement before, which the grant does not reach. None where there is no such thing.
///
/// # Errors
/// [`Error::Unavailable`], also where it does not come to the end of its stream in two seconds.
pub async fn current<A: Documented>(app: &App, log: LogId, stream: &Subject) -> Result<Option<Current<A>>> {
    for _ in 0..ROUNDS_MAX {
        // First the document: what it has come to cannot be past the entry that is read after it.
        let document = made(app, log, stream).await?;
        let Some(newest) = newest(app, log, stream).await? else { return Ok(None) };
        let version = newest.stream.as_ref().map(|(_, version)| *version);
        if let Some(document) = document.filter(|document| Some(document.stream_version) == version) {
            return Ok(Some(Current { document, newest }));
        }
        let arrival = After { after: Some(newest.index) }.wait(app, log, A::NAME).await?;
        if !arrival.is_some_and(|arrival| arrival.is_shown) {
            break;
        }
    }
    Err(behind(stream))
}

/// In a transaction of its own: a request that waits keeps no connection meanwhile.
async fn made<A: Documented>(app: &App, log: LogId, stream: &Subject) -> Result<Option<Document<A>>> {
    let mut tx = app.db(log).await?;
    let document = documents::load(&mut tx, log, stream).await?;
    tx.commit().await?;
    Ok(document)
}

async fn newest(app: &App, log: LogId, stream: &Subject) -> Result<Option<Committed>> {
    Ok(entries::newest_of_stream(app.ledger().reader(), log, stream, u64::MAX, 1).await?.pop())
}

fn behind(stream: &Subject) -> Error {
    Error::Unavailable(format!("the document of {stream} is not up to date yet"))
}
