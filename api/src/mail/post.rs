//! Mail with a secret in it: sent within the request, because nothing of it may be kept for later.

use domain::name::{GrantId, PersonId};
use ledger::time::Timestamp;
use store::logs::LogInfo;
use uuid::Uuid;

use super::Message;
use super::envelope::{Envelope, MessageId, Recipient, Sender};
use super::transport::{SendError, Sent};
use crate::access::mails::{self, Attempt, NewMail};
use crate::app::App;
use crate::error::Result;

/// What a mail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A grant of access.
    Grant(GrantId),
    /// A member of the organisation.
    Member(PersonId),
}

/// What became of a mail that was to go out at once. A failure is a value: what the mail tells of has happened, and
/// whoever asked hears that its reader does not know yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "whoever asked is to hear whether the mail went out"]
pub enum Delivery {
    /// A server has taken it, or the mailbox of the demo has it.
    Sent,
    /// No mailer is configured.
    Skipped,
    /// It did not go out.
    Failed(SendError),
    /// It could not be recorded, so it was not tried.
    NotRecorded,
}

impl About {
    /// Its id, as the mail log has it.
    pub fn id(&self) -> Uuid {
        let text = match self {
            Self::Grant(grant) => grant.as_str(),
            Self::Member(member) => member.as_str(),
        };
        Uuid::parse_str(text).expect("ids of grants and persons are UUIDs")
    }
}

impl Delivery {
    /// What S5's API calls `emailSent`.
    pub const fn email_sent(self) -> bool {
        matches!(self, Self::Sent)
    }

    /// The word for it in answers.
    pub const fn state(self) -> &'static str {
        match self {
            Self::Sent => Sent::Accepted.state(),
            Self::Skipped => Sent::Skipped.state(),
            Self::Failed(error) => error.state(),
            Self::NotRecorded => "not_recorded",
        }
    }
}

/// Sends one mail now, 10 seconds at most, and records in the mail log that it is tried, before, and what became of it.
/// Nobody tries it again: it is called where the letter holds a link or a code, which is kept nowhere.
pub async fn send_now(app: &App, info: &LogInfo, message: &Message, to: &Recipient, about: &About) -> Delivery {
    let id = Uuid::now_v7();
    let message_id = MessageId::of_id(info.log, id, app.public_url().host());
    let mail = NewMail {
        id,
        kind: message.kind(),
        reader: message.reader(),
        about: about.id(),
        message_id: message_id.as_str(),
    };
    if let Err(error) = record(app, info, &mail).await {
        tracing::error!(kind = message.kind(), %error, "a mail could not be recorded, so it is not sent");
        return Delivery::NotRecorded;
    }
    let envelope = envelope(app, info, to.clone(), message_id, store::clock::now());
    let sent = app.mail().send(&envelope, message).await;
    if let Err(error) = settle(app, info, id, Attempt::of(sent)).await {
        tracing::error!(kind = message.kind(), %error, "what became of a mail could not be recorded");
    }
    match sent {
        Ok(Sent::Accepted) => Delivery::Sent,
        Ok(Sent::Skipped) => Delivery::Skipped,
        Err(error) => Delivery::Failed(error),
    }
}

/// The outside of a letter of a log.
pub(crate) fn envelope(app: &App, info: &LogInfo, to: Recipient, id: MessageId, date: Timestamp) -> Envelope {
    Envelope { from: Sender::of_log(app.mail_from(), &info.origin), to, reply_to: None, id, date }
}

async fn record(app: &App, info: &LogInfo, mail: &NewMail<'_>) -> Result<()> {
    let mut tx = app.db(info.log).await?;
    mails::begin(&mut tx, info.log, mail).await?;
    tx.commit().await?;
    Ok(())
}

async fn settle(app: &App, info: &LogInfo, id: Uuid, attempt: Attempt) -> Result<()> {
    let mut tx = app.db(info.log).await?;
    mails::settle(&mut tx, info.log, id, attempt, None).await?;
    tx.commit().await?;
    Ok(())
}
