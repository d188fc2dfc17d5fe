//! One line of the log, and what it opens to.

use ledger::entry::Entry;
use ledger::vocabulary::{Of, Personal};
use projections::read_models::entries::EntryRow;
use serde_json::Value;
use store::opened;

use super::asked::Asked;
use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};
use crate::v1::entry::{self, Whose};
use crate::v1::shape::Facts;
use crate::web::components::{ActorKind, Hash, Tone, grouped};
use crate::web::seal::{Seal, Step};
use crate::web::{Clock, Moment};

/// Characters of an id that are shown of somebody without an address: UUIDs of one day differ in them.
const ID_CHARS: usize = 13;

/// A line of the list.
pub(super) struct Row {
    pub(super) index: u64,
    pub(super) kind: String,
    /// The list with this row open, or closed where it is.
    pub(super) href: String,
    pub(super) is_open: bool,
    pub(super) subject: String,
    /// The subject, of which a long id shows its ends.
    pub(super) subject_shown: String,
    pub(super) actor: ActorKind,
    /// An address, or the beginning of an id.
    pub(super) who: String,
    pub(super) actor_id: String,
    /// The list of what they did, with the other filters as they are.
    pub(super) theirs: String,
    pub(super) outcome: (Tone, String),
    pub(super) when: Moment,
}

impl Row {
    pub(super) fn of(row: EntryRow, people: &[Facts], asked: &Asked, clock: &Clock) -> Self {
        let is_open = asked.entry == Some(row.index);
        let facts = people.iter().find(|facts| facts.entry.sequence == row.index);
        let email = facts.and_then(|facts| facts.actor_email.clone());
        Self {
            // Relative: the page is the list.
            href: asked.address("ledger", asked.before, (!is_open).then_some(row.index)),
            kind: row.event_type.to_string(),
            subject_shown: subject(row.subject.as_str()),
            subject: row.subject.to_string(),
            actor: row.actor.kind.into(),
            who: email.unwrap_or_else(|| short(&row.actor.id)),
            theirs: Asked { actor: row.actor.id.clone(), ..asked.clone() }.address("ledger", None, None),
            actor_id: row.actor.id,
            outcome: match row.outcome.reason() {
                None => (Tone::Quiet, "Succeeded".to_owned()),
                Some(reason) => (Tone::Ended, reason.replace('_', " ")),
            },
            when: clock.ago(row.time),
            index: row.index,
            is_open,
        }
    }

    pub(super) fn number(&self) -> String {
        grouped(self.index)
    }
}

fn subject(whole: &str) -> String {
    let (kind, id) = whole.rsplit_once('/').unwrap_or(("", whole));
    format!("{kind}/{}", Hash::new(id).short())
}

fn short(id: &str) -> String {
    if id.chars().count() <= ID_CHARS { id.to_owned() } else { id.chars().take(ID_CHARS).chain(['…']).collect() }
}

/// An entry as it was signed, with what it rests on.
pub(super) struct Opened {
    pub(super) seal: Seal,
    /// The entry, with line breaks; its bytes are at `bytes`.
    pub(super) json: String,
    pub(super) bytes: String,
    /// Personal values: what, of whom, and the value, where it was not erased.
    pub(super) sealed: Vec<(String, &'static str, Option<String>)>,
    pub(super) signature: Hash,
    pub(super) previous: Hash,
}

/// Opens an entry, after it was compared with what is published.
pub(super) async fn open(app: &App, member: &MemberSession, index: u64) -> Result<Option<Opened>> {
    let whose = Whose { log: member.log, origin: &member.info.origin };
    let (committed, published) = match entry::load(app, whose, &index.to_string()).await {
        Err(Error::NotFound) => return Ok(None),
        found => found?,
    };
    let parsed = Entry::parse(&committed.bytes).map_err(Error::internal)?;
    let value: Value = serde_json::from_slice(&committed.bytes).map_err(Error::internal)?;
    let parts = opened::of(app.ledger(), member.log, &[index]).await?.remove(&index).unwrap_or_default();
    let is_sealed = published.is_some_and(|published| published.covers(index));
    let address = format!("/orgs/{}/ledger/{index}", member.info.slug);
    let seal = Seal {
        index,
        hash: Hash::new(committed.hash.to_string()),
        recorded: member.clock().exact(committed.time),
        reached: if is_sealed { Step::Sealed } else { Step::Accepted },
        receipt: Some(format!("{address}/receipt")),
        proof: is_sealed.then(|| format!("{address}/proof")),
        // The page has them beside it.
        bytes: None,
        check: Some("#check".to_owned()),
    };
    let sealed = parts.into_iter().map(|part| {
        let of = if part.of == Of::Actor { "who acted" } else { "whom it is about" };
        (part.field.replace('_', " "), of, Personal::known(&part.value).cloned())
    });
    Ok(Some(Opened {
        seal,
        json: serde_json::to_string_pretty(&value).map_err(Error::internal)?,
        bytes: format!("{address}/entry"),
        sealed: sealed.collect(),
        signature: Hash::new(hex::encode(committed.signature)),
        previous: Hash::new(parsed.prevhash.to_string()),
    }))
}
