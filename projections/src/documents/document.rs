//! The document itself: an aggregate with its acts.

use std::fmt::Debug;
use std::num::NonZeroU32;

use cqrs_es::{Aggregate, EventEnvelope, View};
use domain::access_grant::{AccessGrant, AccessGrantEvent};
use domain::engagement::{Engagement, EngagementEvent};
use domain::evidence::{Evidence, EvidenceEvent};
use domain::member::{Member, MemberEvent};
use domain::name::Sha256;
use domain::note::Note;
use domain::organisation::{Organisation, OrganisationEvent, PolicyChanged, Settings};
use domain::record::{Content, Record, RecordEvent};
use domain::text::{Label, Title};
use ledger::vocabulary::Recorded;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::act::{Act, By};

/// Most acts that a document holds: a page of them is long, and each act rewrites the document. Of more the first and the
/// last are kept; all of them stand in the log, and in the list of entries.
pub const ACTS_MAX: usize = 500;

/// An aggregate of which there are documents.
pub trait Documented: Aggregate<Event: Recorded> + Clone + Debug + PartialEq {
    /// The name of its documents in `read.positions`.
    const NAME: &'static str;
    /// Which form they have, from 1.
    const FORM: i32;
    /// What a document keeps of an event.
    type What: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;

    /// What to keep of an event that happens to the aggregate as it stands.
    fn what(&self, event: &Self::Event) -> Self::What;
}

/// How an aggregate stands, and what happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Document<A: Documented> {
    /// The version of its stream that it has come to.
    pub stream_version: u32,
    /// How it stands. What is personal in it is erased here; the acts say which entries hold it.
    pub aggregate: A,
    /// What happened, the first first; at most [`ACTS_MAX`].
    pub acts: Vec<Act<A::What>>,
    /// How many acts after the first are left out.
    pub acts_left_out: u64,
}

impl<A: Documented> Default for Document<A> {
    fn default() -> Self {
        Self { stream_version: 0, aggregate: A::default(), acts: Vec::new(), acts_left_out: 0 }
    }
}

impl<A: Documented> View<A> for Document<A> {
    /// Takes over an event. What it has seen it passes over; whoever calls has made sure that nothing is missing.
    fn update(&mut self, event: &EventEnvelope<A>) {
        let version = u32::try_from(event.sequence).expect("a stream has at most 2^31 - 1 entries (spec §2)");
        if version <= self.stream_version {
            return;
        }
        assert_eq!(version, self.stream_version + 1, "a document takes every event of its stream");
        let act = Act { by: By::of(&event.metadata), what: self.aggregate.what(&event.payload) };
        self.aggregate.apply(event.payload.clone());
        self.acts.push(act);
        if ACTS_MAX < self.acts.len() {
            self.acts.remove(1);
            self.acts_left_out += 1;
        }
        self.stream_version = version;
    }
}

/// Aggregates of which a document keeps every event as it is.
macro_rules! documented {
    ($($aggregate:ty, $event:ty, $name:literal;)+) => {$(
        impl Documented for $aggregate {
            const NAME: &'static str = $name;
            const FORM: i32 = 1;
            type What = $event;

            fn what(&self, event: &$event) -> $event {
                event.clone()
            }
        }
    )+};
}

documented! {
    AccessGrant, AccessGrantEvent, "access_grant_document";
    Engagement, EngagementEvent, "engagement_document";
    Evidence, EvidenceEvent, "evidence_document";
    Member, MemberEvent, "member_document";
}

/// What a document keeps of an event of an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OrganisationAct {
    /// It said this of itself from then on.
    SettingsChanged(Settings),
    /// It gave access like this from then on.
    PolicyChanged(PolicyChanged),
    /// Auditors accepted these terms from then on. The text stands in the entry, the newest also in the aggregate.
    TermsPublished {
        /// Which.
        version: NonZeroU32,
        /// The hash of the text.
        sha256: Sha256,
    },
}

impl Documented for Organisation {
    const NAME: &'static str = "organisation_document";
    const FORM: i32 = 1;
    type What = OrganisationAct;

    fn what(&self, event: &OrganisationEvent) -> OrganisationAct {
        match event {
            OrganisationEvent::SettingsChanged(settings) => OrganisationAct::SettingsChanged(settings.clone()),
            OrganisationEvent::PolicyChanged(changed) => OrganisationAct::PolicyChanged(*changed),
            OrganisationEvent::TermsPublished(terms) => {
                OrganisationAct::TermsPublished { version: terms.version, sha256: terms.sha256.clone() }
            }
        }
    }
}

/// What a document keeps of an event of a record. What the record said before stands in the entries: a register that is
/// imported every day would fill its documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordAct {
    /// It was kept from then on, for the first time or again, as this.
    RecordAdded(Heading),
    /// It said something else.
    RecordChanged {
        /// What it was from then on.
        heading: Heading,
        /// What of it was something else before.
        parts: Vec<RecordPart>,
    },
    /// It was not shown any more.
    RecordWithdrawn {
        /// Why.
        note: Option<Note>,
    },
}

/// What a record is called, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// Its title.
    pub title: Title,
    /// Where it stands, if it says so.
    pub status: Option<Label>,
}

impl Heading {
    fn of(content: &Content) -> Self {
        let parts = content.parts();
        Self { title: parts.title.clone(), status: parts.status.clone() }
    }
}

/// A part of what a record says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RecordPart {
    /// Its title.
    Title,
    /// Where it stands.
    Status,
    /// Who answers for it.
    Owner,
    /// Its text.
    Body,
    /// A date, by name.
    Date(String),
    /// A field, by name.
    Field(String),
}

impl Documented for Record {
    const NAME: &'static str = "record_document";
    const FORM: i32 = 2;
    type What = RecordAct;

    fn what(&self, event: &RecordEvent) -> RecordAct {
        match (event, self.content()) {
            (RecordEvent::RecordAdded(content), _) => RecordAct::RecordAdded(Heading::of(content)),
            (RecordEvent::RecordChanged(after), before) => RecordAct::RecordChanged {
                heading: Heading::of(after),
                parts: before.map_or_else(Vec::new, |before| differences(before, after)),
            },
            (RecordEvent::RecordWithdrawn(withdrawn), _) => RecordAct::RecordWithdrawn { note: withdrawn.note.clone() },
        }
    }
}

fn differences(before: &Content, after: &Content) -> Vec<RecordPart> {
    let (old, new) = (before.parts(), after.parts());
    let single = [
        (old.title != new.title, RecordPart::Title),
        (old.status != new.status, RecordPart::Status),
        (old.owner != new.owner, RecordPart::Owner),
        (old.body != new.body, RecordPart::Body),
    ];
    let mut parts: Vec<_> = single.into_iter().filter(|(differs, _)| *differs).map(|(_, part)| part).collect();
    let dates = old.dates.keys().chain(new.dates.keys()).filter(|name| old.dates.get(name) != new.dates.get(name));
    parts.extend(dates.map(|name| RecordPart::Date(name.to_string())));
    let fields = old.fields.keys().chain(new.fields.keys()).filter(|name| old.fields.get(name) != new.fields.get(name));
    parts.extend(fields.map(|name| RecordPart::Field(name.to_string())));
    // A name that stands in both was met twice.
    parts.sort();
    parts.dedup();
    parts
}
