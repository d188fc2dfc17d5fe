//! An event of another system, mapped and checked, before its data keys are known.

use std::collections::{BTreeSet, HashMap};

use ledger::draft::{self, Draft, DraftError, DraftParts};
use ledger::entry::{Actor, Context, Outcome};
use ledger::name::{EventType, Origin, Reference};
use ledger::sealed::Of;
use serde_json::Value;
use store::vault::PersonKey;

/// What an entry will say, and what of it is to be sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    /// `<resource>.<verb>`, none of ours.
    pub event_type: EventType,
    /// Version of the shape of `detail`, from 1.
    pub version: u32,
    /// What it happened to.
    pub subject: Reference,
    /// `user`, `service` or `api_key`, under an opaque id.
    pub actor: Actor,
    /// Whether it came about.
    pub outcome: Outcome,
    /// What is known of where it came from, without ip and user agent: those are personal.
    pub context: Context,
    /// An object; `ingest` in it says where the event came from.
    pub detail: Value,
    /// What is to be sealed.
    pub personal: Vec<PersonalText>,
}

/// A text to be sealed under the data key of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalText {
    /// `[a-z][a-z0-9_]*`, unique in one event for one person.
    pub field: String,
    /// Whose.
    pub of: Of,
    /// Opaque id of the person.
    pub person: String,
    /// The text, not empty.
    pub plaintext: String,
}

impl std::fmt::Debug for PersonalText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonalText").field("field", &self.field).field("of", &self.of).finish_non_exhaustive()
    }
}

impl AuditEvent {
    /// The persons under whose keys something is to be sealed.
    pub fn persons(&self) -> BTreeSet<String> {
        self.personal.iter().map(|text| text.person.clone()).collect()
    }

    /// The draft of its entry; `keys` holds a key of each of its persons, `nonce` gives random bytes.
    ///
    /// # Errors
    /// [`DraftError`], where it cannot be an entry.
    pub fn into_draft(
        self,
        origin: &Origin,
        keys: &HashMap<String, PersonKey>,
        mut nonce: impl FnMut() -> [u8; 24],
    ) -> Result<Draft, DraftError> {
        let seal = |text: PersonalText| {
            let PersonKey { kid, key } = keys[&text.person].clone();
            let PersonalText { field, of, plaintext, .. } = text;
            draft::Personal { field, of, kid: kid.to_string(), key, nonce: nonce(), plaintext }
        };
        let parts = DraftParts {
            event_type: self.event_type,
            version: self.version,
            subject: self.subject,
            stream: None,
            actor: self.actor,
            outcome: self.outcome,
            context: self.context,
            detail: self.detail,
            personal: self.personal.into_iter().map(seal).collect(),
        };
        Draft::new(origin, parts)
    }
}
