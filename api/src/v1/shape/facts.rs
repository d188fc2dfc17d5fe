//! What is known of an entry, in itself and in the entries that it rests on: the grant that it is about, and the first
//! entry of the member who acted. Only there do addresses stand.

use std::collections::HashMap;
use std::sync::Arc;

use domain::access_grant::AccessGrant;
use domain::alias::{self, System};
use domain::member::Member;
use domain::name::{GrantId, PersonId};
use domain::upcast::{UPCASTS, to_newest};
use ledger::entry::{ActorType, Entry};
use ledger::hash::EntryHash;
use ledger::name::Reference;
use ledger::vocabulary::{Of, OpenedPart, Personal};
use serde_json::Value;
use store::append::{Committed, LogId};
use store::{entries, opened};

use crate::app::App;
use crate::error::{Error, Result};

/// Whether whoever asks is shown who people are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Addresses and where requests came from are opened.
    Open,
    /// They are null.
    Sealed,
}

/// One entry with what is shown beside it.
pub(crate) struct Facts {
    pub(super) organisation: LogId,
    pub(crate) entry: Entry,
    pub(super) hash: EntryHash,
    /// The payload, in its newest version.
    pub(super) detail: Value,
    /// The grant that it is about, and the payload of that grant's first entry.
    pub(super) grant: Option<(GrantId, Arc<Value>)>,
    /// Opened, where the sight is.
    pub(super) auditor_email: Option<String>,
    pub(crate) actor_email: Option<String>,
    pub(super) ip: Option<String>,
    pub(super) user_agent: Option<String>,
}

impl Facts {
    /// What a system calls it: its own name for it, else its type.
    pub(super) fn name_in(&self, system: System) -> String {
        let name = self.entry.event_type.as_str();
        let called = alias::name_in(system, name, &self.detail, self.entry.outcome.reason());
        called.unwrap_or(name).to_owned()
    }

    /// A text of the payload.
    pub(super) fn text(&self, field: &str) -> Option<String> {
        self.detail[field].as_str().map(str::to_owned)
    }

    /// A text of the payload of the grant's first entry.
    pub(super) fn granted_text(&self, field: &str) -> Option<String> {
        let (_, granted) = self.grant.as_ref()?;
        granted[field].as_str().map(str::to_owned)
    }

    /// Kind and id of what it happened to.
    pub(super) fn resource(&self) -> (&str, &str) {
        self.entry.subject.as_str().split_once('/').expect("a reference has a slash")
    }

    pub(super) fn is_by_auditor(&self) -> bool {
        self.entry.actor.kind == ActorType::Auditor
    }
}

pub(crate) async fn of(app: &App, log: LogId, sight: Sight, committed: &[Committed]) -> Result<Vec<Facts>> {
    let parsed = committed.iter().map(|entry| Entry::parse(&entry.bytes).map(|parsed| (parsed, entry.hash)));
    let parsed: Vec<(Entry, EntryHash)> = parsed.collect::<Result<_, _>>().map_err(Error::internal)?;
    let firsts = Firsts::read(app, log, parsed.iter().map(|(entry, _)| entry)).await?;
    let opened = match sight {
        Sight::Open => {
            let own = parsed.iter().map(|(entry, _)| entry.sequence);
            let indices: Vec<u64> = own.chain(firsts.0.values().map(|(index, _)| *index)).collect();
            opened::of(app.ledger(), log, &indices).await?
        }
        Sight::Sealed => HashMap::new(),
    };
    Ok(parsed.into_iter().map(|(entry, hash)| put_together(log, entry, hash, &firsts, &opened)).collect())
}

type Opened = HashMap<u64, Vec<OpenedPart>>;

fn put_together(log: LogId, entry: Entry, hash: EntryHash, firsts: &Firsts, opened: &Opened) -> Facts {
    let grant = grant_of(&entry);
    let granted = grant.as_ref().and_then(|grant| firsts.0.get(&AccessGrant::stream(grant)));
    let auditor_email = granted.and_then(|(index, _)| known(opened, *index, "email", Of::Subject));
    let actor_email = match entry.actor.kind {
        ActorType::Auditor => auditor_email.clone(),
        ActorType::User => member_of(&entry)
            .and_then(|stream| firsts.0.get(&stream))
            .and_then(|(index, _)| known(opened, *index, "email", Of::Subject)),
        ActorType::Service | ActorType::ApiKey | ActorType::System => None,
    };
    let (ip, user_agent) = (entry.context.ip.clone(), entry.context.user_agent.clone());
    Facts {
        organisation: log,
        hash,
        detail: newest(&entry),
        ip: ip.or_else(|| known(opened, entry.sequence, "ip", Of::Actor)),
        user_agent: user_agent.or_else(|| known(opened, entry.sequence, "user_agent", Of::Actor)),
        grant: grant.zip(granted.map(|(_, detail)| Arc::clone(detail))),
        auditor_email,
        actor_email,
        entry,
    }
}

/// The first entries of streams, by stream: their places, and their payloads in the newest version.
struct Firsts(HashMap<Reference, (u64, Arc<Value>)>);

impl Firsts {
    async fn read(app: &App, log: LogId, rest_on: impl Iterator<Item = &Entry>) -> Result<Self> {
        let streams = rest_on.flat_map(|entry| {
            let grant = grant_of(entry).map(|grant| AccessGrant::stream(&grant));
            [grant, member_of(entry)].into_iter().flatten()
        });
        let mut streams: Vec<Reference> = streams.collect();
        streams.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        streams.dedup();
        let mut tx = app.db(log).await?;
        let firsts = entries::first_of_streams(&mut *tx, log, &streams).await?;
        tx.commit().await?;
        let mut found = HashMap::new();
        for first in firsts {
            let entry = Entry::parse(&first.bytes).map_err(Error::internal)?;
            let detail = Arc::new(newest(&entry));
            if let Some(place) = entry.stream {
                found.insert(place.stream, (first.index, detail));
            }
        }
        Ok(Self(found))
    }
}

fn newest(entry: &Entry) -> Value {
    to_newest(UPCASTS, entry.event_type.as_str(), entry.version, entry.detail.clone()).1
}

/// The grant that an entry is about: by its stream, its subject or, where it is another thing's, its payload.
fn grant_of(entry: &Entry) -> Option<GrantId> {
    let stream = entry.stream.as_ref().map(|place| place.stream.as_str());
    let named = [stream, Some(entry.subject.as_str())].into_iter().flatten();
    let mut ids = named.filter_map(|name| name.strip_prefix("access_grant/").or(name.strip_prefix("activity/")));
    let id = ids.find_map(|id| GrantId::parse(id).ok());
    id.or_else(|| entry.detail["grant"].as_str().and_then(|id| GrantId::parse(id).ok()))
}

/// The stream of the member who acted.
fn member_of(entry: &Entry) -> Option<Reference> {
    let person = (entry.actor.kind == ActorType::User).then(|| PersonId::parse(&entry.actor.id).ok())??;
    Some(Member::stream(&person))
}

fn known(opened: &Opened, index: u64, field: &str, of: Of) -> Option<String> {
    let part = opened.get(&index)?.iter().find(|part| part.field == field && part.of == of)?;
    Personal::known(&part.value).cloned()
}
