//! What letters look like, what hostile values can do in them, and what a mail server gets of them.

mod at_once;
mod conversation;
mod encryption;
mod golden;
mod hostile;
mod mailbox;
mod mime;
mod privacy;
mod queue;
mod server;
mod site;
mod story;

use domain::person::{Email, PersonName};
use ledger::time::Timestamp;
use store::append::LogId;
use uuid::Uuid;

use super::*;

const ADDRESS: &str = "ada@northgate.example";

fn log() -> LogId {
    LogId(Uuid::from_u128(0x018f_3b7e_0000_7000_8000_0000_0000_0001))
}

fn recipient(name: &str) -> Recipient {
    Recipient::new(&Email::parse(ADDRESS).unwrap(), Some(&PersonName::parse(name).unwrap())).unwrap()
}

fn envelope() -> Envelope {
    Envelope {
        from: Sender::of_authority("ledger.example.com").unwrap(),
        to: recipient("Ada Hallström"),
        reply_to: None,
        id: MessageId::of_entry(log(), 1284, "ledger.example.com"),
        date: Timestamp::parse("2026-11-22T23:00:00.123456Z").unwrap(),
    }
}
