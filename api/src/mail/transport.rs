//! How messages leave: by SMTP, into a mailbox of this process, or not at all.

mod kept;
mod smtp;

use std::time::Duration;

use thiserror::Error;

pub use self::kept::{Kept, Mailbox};
pub use self::smtp::Smtp;
use super::Message;
use super::envelope::Envelope;
use crate::config::SmtpUrl;

/// A message in all, from the look-up of the server's name to its answer. A person may be waiting to hear whether the
/// invitation went out (S1: 2 to 3 seconds for everything), and a server that takes longer is asked again later.
pub const SEND_LIMIT: Duration = Duration::from_secs(10);

/// Where messages go. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Transport {
    /// To a mail server.
    Smtp(Smtp),
    /// Into a mailbox of this process, for the demo: a page shows it.
    Kept(Mailbox),
    /// Nowhere: no mailer is configured.
    Off,
}

/// What became of a message that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A server has taken it, or it is kept for the page.
    Accepted,
    /// No mailer is configured.
    Skipped,
}

/// Why a message did not go out. Without its content, its recipient or what the server wrote, which may repeat both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The server will never take this message for this recipient.
    #[error("the mail server refused the message with code {code}")]
    Refused {
        /// Its answer, 500 to 599.
        code: u16,
    },
    /// The server may take it later.
    #[error("the mail server asked to try again later with code {code}")]
    Deferred {
        /// Its answer, 400 to 499.
        code: u16,
    },
    /// There was no server to give it to. One that broke off in the middle may have taken the message all the same.
    #[error("the mail server cannot be used: {0}")]
    Unreachable(Unreached),
    /// Nothing was decided in the time that a message has.
    #[error("the mail server did not answer in time")]
    TimedOut,
}

/// Why there was no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreached {
    /// Its name is not known, nobody listens, or, where encryption comes first, its certificate is not good.
    #[error("no connection was made")]
    NoConnection,
    /// It is on another machine and offers no encryption, or its certificate is not good for its name: nothing was sent.
    #[error("the line to it could not be encrypted")]
    NotEncrypted,
    /// It refuses this service before any message: a block list, wrong credentials.
    #[error("it turned this service away with code {code}")]
    TurnedAway {
        /// Its answer, 500 to 599.
        code: u16,
    },
    /// It closed the line or spoke another protocol.
    #[error("it broke off")]
    BrokeOff,
}

/// Settings by which no mail can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("encryption for the mail server cannot be set up")]
pub struct MailServerError;

impl Transport {
    /// To the server of the settings, or `Off` without one. `host` is what this service calls itself: the host of its
    /// public URL.
    ///
    /// # Errors
    /// [`MailServerError`].
    pub fn of(server: Option<&SmtpUrl>, host: &str) -> Result<Self, MailServerError> {
        server.map_or(Ok(Self::Off), |url| Self::smtp(url, host, SEND_LIMIT))
    }

    /// To a server, with so much time a message in all.
    ///
    /// # Errors
    /// [`MailServerError`].
    pub fn smtp(server: &SmtpUrl, host: &str, limit: Duration) -> Result<Self, MailServerError> {
        Smtp::new(server, host, limit).map(Self::Smtp)
    }

    /// Sends one message, counts it and says in the log what became of it; whoever calls need not.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::is_permanent`] tells whether to give up.
    pub async fn send(&self, envelope: &Envelope, message: &Message) -> Result<Sent, SendError> {
        let sent = match self {
            Self::Smtp(smtp) => smtp.send(&envelope.around(message)).await.map(|()| Sent::Accepted),
            Self::Kept(mailbox) => {
                mailbox.keep(envelope, message);
                Ok(Sent::Accepted)
            }
            Self::Off => Ok(Sent::Skipped),
        };
        let (kind, message_id) = (message.kind(), envelope.id.as_str());
        let state = match sent {
            Ok(sent) => sent.state(),
            Err(error) => error.state(),
        };
        metrics::counter!("countersign_mails", "kind" => kind, "state" => state).increment(1);
        match sent {
            Ok(Sent::Accepted) => tracing::info!(kind, message_id, state, "a mail went out"),
            Ok(Sent::Skipped) => tracing::warn!(kind, message_id, state, "a mail was skipped: no mailer is configured"),
            Err(error) => tracing::warn!(kind, message_id, state, %error, "a mail did not go out"),
        }
        sent
    }
}

impl Sent {
    /// The word for it in answers and queues.
    pub const fn state(self) -> &'static str {
        match self {
            Self::Accepted => "sent",
            Self::Skipped => "skipped",
        }
    }

    /// What S5's API calls `emailSent`.
    pub const fn email_sent(self) -> bool {
        matches!(self, Self::Accepted)
    }
}

impl SendError {
    /// The word for it in answers and queues.
    pub const fn state(self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Deferred { .. } => "deferred",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut => "timed_out",
        }
    }

    /// Why, as the mail log keeps it: the server's code, or a word where it gave none.
    pub fn reason(self) -> Option<String> {
        match self {
            Self::Refused { code } | Self::Deferred { code } => Some(code.to_string()),
            Self::Unreachable(Unreached::NoConnection) => Some("no_connection".to_owned()),
            Self::Unreachable(Unreached::NotEncrypted) => Some("not_encrypted".to_owned()),
            Self::Unreachable(Unreached::TurnedAway { code }) => Some(format!("turned_away_{code}")),
            Self::Unreachable(Unreached::BrokeOff) => Some("broke_off".to_owned()),
            Self::TimedOut => None,
        }
    }

    /// Whether sending the same message again is pointless.
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}
