//! From whom, to whom, and under which id.

use std::fmt;
use std::time::{Duration, SystemTime};

use domain::person::{Email, PersonName};
use ledger::time::Timestamp;
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{self, Mailbox, MultiPart, SinglePart};
use store::append::LogId;
use thiserror::Error;
use uuid::Uuid;

use super::Message;
use super::letter::Rendered;
use super::shown::Shown;

/// Says to other machines that a machine wrote this, so that they answer neither with holidays nor with receipts
/// (RFC 3834 §5).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// A text that no mail goes to or comes from. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("mail needs an address of ASCII letters, digits, dots and common signs, without quotes, and a domain")]
pub struct AddressError;

/// Where a message goes. Its `Debug` form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(Mailbox);

/// Where messages come from, with the name that is shown, if it is not the organisation's.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// The id of a message: the same each time it is sent, so that whoever gets it twice sees it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageId(String);

/// What stands on the outside of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// From whom.
    pub from: Sender,
    /// To whom.
    pub to: Recipient,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Sender>,
    /// Under which id.
    pub id: MessageId,
    /// When it was written.
    pub date: Timestamp,
}

impl Recipient {
    /// A person by address and name.
    ///
    /// # Errors
    /// [`AddressError`]: addresses that only some mail systems carry (quoted or not ASCII) are refused here, where the
    /// person who typed them is still there to hear it.
    pub fn new(email: &Email, name: Option<&PersonName>) -> Result<Self, AddressError> {
        let name = name.map(|name| Shown::new(name.as_str()).to_string());
        Ok(Self(Mailbox::new(name, address(email.as_str())?)))
    }
}

impl Sender {
    /// Reads `compliance@example.com` or `Compliance team <compliance@example.com>`.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let (name, email) = match text.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
            Some((name, email)) => (name.trim().trim_matches('"'), email),
            None => ("", text),
        };
        if name.contains(['<', '>', '"']) {
            return Err(AddressError);
        }
        let name = (!name.is_empty()).then(|| Shown::new(name).to_string());
        Ok(Self(Mailbox::new(name, address(email)?)))
    }

    /// `compliance@<authority>`, for a log whose operator has set nothing; a port in the authority is left out.
    ///
    /// # Errors
    /// [`AddressError`], where the authority is no domain of mail.
    pub fn of_authority(authority: &str) -> Result<Self, AddressError> {
        let host = authority.split_once(':').map_or(authority, |(host, _)| host);
        Ok(Self(Mailbox::new(None, address(&format!("compliance@{host}"))?)))
    }

    /// As it stands in the header: with the organisation's name where the operator has set none.
    fn for_organisation(&self, organisation: &Shown) -> Mailbox {
        let name = self.0.name.clone().unwrap_or_else(|| organisation.to_string());
        Mailbox::new(Some(name), self.0.email.clone())
    }
}

impl MessageId {
    /// Of the message about an entry, for kinds of which an entry causes at most one.
    pub fn of_entry(log: LogId, index: u64, host: &str) -> Self {
        Self(format!("<{index}.{log}@{}>", id_host(host)))
    }

    /// Of any other message, by an id that its sender has drawn and keeps.
    pub fn of_id(log: LogId, id: Uuid, host: &str) -> Self {
        Self(format!("<{id}.{log}@{}>", id_host(host)))
    }

    /// One that was made before and kept.
    pub(crate) fn kept(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// With its angle brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Envelope {
    /// The whole message by RFC 5322, in ASCII.
    pub(super) fn around(&self, message: &Message) -> lettre::Message {
        let Rendered { subject, text, html, attachment } = message.rendered();
        let written = SystemTime::UNIX_EPOCH + Duration::from_secs(self.date.unix_seconds());
        let mut builder = message::MessageBuilder::new()
            .from(self.from.for_organisation(&message.head().organisation))
            .to(self.to.0.clone())
            .subject(not_encoded(&subject))
            .message_id(Some(self.id.0.clone()))
            .date(written)
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.0.clone());
        }
        let both = MultiPart::alternative_plain_html(text, html);
        let parts = match attachment {
            None => both,
            Some(file) => MultiPart::mixed().multipart(both).singlepart(attached(file.file_name, file.text)),
        };
        builder.multipart(parts).expect("a sender and a recipient are there")
    }

    /// The recipient's name and address, for the mailbox of the demo alone.
    pub(super) fn recipient(&self) -> String {
        self.to.0.to_string()
    }
}

/// A text that looks like an encoded word (RFC 2047) would be decoded by its reader, into whatever was hidden in it.
/// Names need no such care: where they are not plain words, they are encoded themselves.
fn not_encoded(subject: &Shown) -> String {
    subject.as_str().replace("=?", "= ?")
}

/// As base64, by which line ends survive.
fn attached(file_name: String, text: String) -> SinglePart {
    let encoding = message::header::ContentTransferEncoding::Base64;
    let body = message::Body::new_with_encoding(text.into_bytes(), encoding).expect("base64 takes all bytes");
    message::Attachment::new(file_name).body(body, ContentType::parse("text/plain; charset=utf-8").expect("a type"))
}

/// An address that every mail system carries: RFC 5321's dot-string and a domain in ASCII.
fn address(text: &str) -> Result<Address, AddressError> {
    let (local, domain) = text.split_once('@').ok_or(AddressError)?;
    let fits =
        |text: &str, signs: &[u8]| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(&byte));
    if !fits(local, b".!#$%&'*+/=?^_`{|}~-") || !fits(domain, b".-") {
        return Err(AddressError);
    }
    text.parse().map_err(|_| AddressError)
}

/// What may stand behind the `@` of an id: a configured host is one, and anything else becomes `localhost`.
fn id_host(host: &str) -> &str {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    if !host.is_empty() && host.bytes().all(fits) { host } else { "localhost" }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(..)")
    }
}

/// As it is set: the operator's own, and not personal.
impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({self})")
    }
}
