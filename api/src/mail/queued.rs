//! Letters that are written from the log when they are sent: they hold no secret, so that they can be tried again, and
//! nothing of them is kept until then.

use futures::future::BoxFuture;
use projections::reactor::{ReactError, Reactor};
use store::append::{Committed, LogId};
use store::open::Ledger;
use uuid::Uuid;

use super::envelope::MessageId;
use super::reader::Reader;
use crate::access::mails;

/// A kind of letter that an entry causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    /// The terms that were accepted, for whoever accepted them.
    TermsCopy,
    /// Access was taken back, for whoever had it.
    Revoked,
    /// Access ran out, for whoever gave it.
    Expired,
}

impl Queued {
    const ALL: [Self; 3] = [Self::TermsCopy, Self::Revoked, Self::Expired];

    /// The kind that an entry of this type causes.
    fn of_type(name: &str) -> Option<Self> {
        match name {
            "auditor.terms.accepted" => Some(Self::TermsCopy),
            "auditor.access.revoked" => Some(Self::Revoked),
            "auditor.access.expired" => Some(Self::Expired),
            _ => None,
        }
    }

    /// The kind, as [`Message::kind`](super::Message::kind) says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TermsCopy => "terms_copy",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// Reads the kind; nothing for one that is sent within a request.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Who reads it.
    pub const fn reader(self) -> Reader {
        match self {
            Self::TermsCopy | Self::Revoked => Reader::Auditor,
            Self::Expired => Reader::Granter,
        }
    }
}

/// Puts letters into the outbox because of what was recorded. An entry causes one once, by a unique key.
pub struct Outbox {
    ledger: Ledger,
    /// Of the ids of messages.
    host: String,
}

impl Outbox {
    /// The outbox of a service under this host.
    pub fn new(ledger: &Ledger, host: &str) -> Self {
        Self { ledger: ledger.clone(), host: host.to_owned() }
    }

    async fn put(&self, log: LogId, entries: &[Committed]) -> Result<(), ReactError> {
        let mut conn = self.ledger.reader().acquire().await.map_err(ReactError::new)?;
        for entry in entries {
            let Some((kind, grant)) = caused_by(entry)? else { continue };
            let message_id = MessageId::of_entry(log, entry.index, &self.host);
            mails::enqueue(&mut conn, log, kind, grant, entry.index, message_id.as_str())
                .await
                .map_err(ReactError::new)?;
        }
        Ok(())
    }
}

/// The letter that an entry causes, and the grant that it is about.
fn caused_by(entry: &Committed) -> Result<Option<(Queued, Uuid)>, ReactError> {
    let Some((stream, _)) = &entry.stream else { return Ok(None) };
    let grant = Some(stream.id()).filter(|_| stream.kind() == "access_grant").and_then(|id| Uuid::parse_str(id).ok());
    let Some(grant) = grant else { return Ok(None) };
    let entry = ledger::entry::Entry::parse(&entry.bytes).map_err(ReactError::new)?;
    Ok(Queued::of_type(entry.event_type.as_str()).map(|kind| (kind, grant)))
}

impl Reactor for Outbox {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn react<'a>(&'a self, log: LogId, entries: &'a [Committed]) -> BoxFuture<'a, Result<(), ReactError>> {
        Box::pin(self.put(log, entries))
    }
}
