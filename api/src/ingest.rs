//! Events from outside: the shape that `POST /v1/orgs/{org}/events` takes and that a line of `import jsonl` holds.
//!
//! ```json
//! {"type": "payment.refunded", "version": 1, "subject": "payment/8841",
//!  "actor": {"type": "user", "id": "0198c7e2-3b1e-7cc0-a3f0-5b8f0c3d9a11", "role": "cashier"},
//!  "outcome": "failure", "reason": "limit_exceeded",
//!  "context": {"request_id": "…", "session": "1a2b3c4d", "service": "till"},
//!  "detail": {"amount_cents": 1999},
//!  "personal": {"actor": {"email": "…", "ip": "…"}, "subject": {"name": "…"}},
//!  "source": {"name": "till-7", "id": "…", "time": "2026-01-31T09:30:00Z"}}
//! ```
//!
//! `type`, `subject`, `actor` and `outcome` are required, `reason` on failure and only then. What stands in `personal`
//! is sealed (spec §8); `source` becomes `detail.ingest` (it is one of the reserved words). JSON itself is read before, by
//! `ledger::json`.

use std::collections::{BTreeSet, HashMap};

use ledger::draft::{self, Draft, DraftError, DraftParts};
use ledger::entry::{Actor, ActorType, Context, Outcome};
use ledger::name::{EventType, Origin, Reference};
use ledger::sealed::Of;
use serde_json::{Map, Value};
use store::vault::PersonKey;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::{Error, Result};
use crate::json::Members;

#[cfg(test)]
mod tests;

/// First parts of types that only this service writes.
const RESERVED: [&str; 16] = [
    "access_exception",
    "access_policy",
    "auditor",
    "credential",
    "drift",
    "engagement",
    "evidence",
    "finding",
    "ledger",
    "member",
    "organisation",
    "package",
    "request",
    "sealed",
    "stream",
    "thread",
];
/// Attributes that the log gives an entry.
const GIVEN_BY_THE_LOG: [&str; 4] = ["id", "time", "sequence", "stream"];
/// Longest id of an actor, as long as the id in a subject (spec §2).
const ACTOR_ID_CHARS_MAX: usize = 200;
/// Longest text in `context`, `source` or a role: what they name is short.
const TEXT_CHARS_MAX: usize = 200;
/// Longest name of a sealed value; an entry says it in the clear.
const FIELD_CHARS_MAX: usize = 100;
/// Longest id of a person in the vault.
const PERSON_CHARS_MAX: usize = 255;

/// An event from outside that may be recorded, except for its size.
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

/// Why an event is refused: where, as an RFC 6901 pointer into what was sent, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {rule}", if pointer.is_empty() { "the event" } else { pointer.as_str() })]
pub struct Refused {
    /// Empty for the event as a whole.
    pub pointer: String,
    /// The rule that does not hold.
    pub rule: String,
}

impl AuditEvent {
    /// Reads one event as it was sent.
    ///
    /// # Errors
    /// [`Refused`], the first rule that does not hold.
    pub fn read(sent: Value) -> Result<Self, Refused> {
        Members::of("", sent).and_then(read_event).map_err(|error| match error {
            Error::Invalid { field, rule } => Refused { pointer: field, rule },
            other => Refused { pointer: String::new(), rule: other.to_string() },
        })
    }

    /// Notes under `detail.ingest` the API key that an event came in by.
    #[must_use]
    pub fn received_by(self, api_key: &str) -> Self {
        self.ingested("api_key", api_key)
    }

    /// A text of `detail.ingest`: `source`, `id` or `time`.
    pub fn ingest(&self, name: &str) -> Option<&str> {
        self.detail.get("ingest")?.get(name)?.as_str()
    }

    /// The persons under whose keys something is to be sealed.
    pub fn persons(&self) -> impl Iterator<Item = &str> {
        self.personal.iter().map(|text| text.person.as_str())
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
        let Self { event_type, version, subject, actor, outcome, context, detail, personal } = self;
        let personal = personal.into_iter().map(seal).collect();
        let parts =
            DraftParts { event_type, version, subject, stream: None, actor, outcome, context, detail, personal };
        Draft::new(origin, parts)
    }

    fn ingested(mut self, name: &str, text: &str) -> Self {
        if let Value::Object(detail) = &mut self.detail {
            let ingest = detail.entry("ingest").or_insert_with(|| Value::Object(Map::new()));
            ingest[name] = Value::from(text);
        }
        self
    }
}

/// The persons of several events.
pub fn persons_of<'a>(events: impl IntoIterator<Item = &'a AuditEvent>) -> BTreeSet<String> {
    events.into_iter().flat_map(AuditEvent::persons).map(str::to_owned).collect()
}

fn read_event(mut event: Members) -> Result<AuditEvent> {
    if let Some(name) = GIVEN_BY_THE_LOG.into_iter().find(|name| event.has(name)) {
        return Err(event.refuse(name, "is given by the log; the source's own id and time go into `source`"));
    }
    let event_type = event.parsed("type", EventType::parse)?;
    if RESERVED.contains(&event_type.as_str().split('.').next().unwrap_or_default()) {
        return Err(event.refuse("type", "begins with a word that only this service uses"));
    }
    let version = read_version(&mut event)?;
    let subject = event.parsed("subject", Reference::parse)?;
    let actor = read_actor(event.object("actor")?)?;
    let outcome = read_outcome(&mut event)?;
    let context = event.optional_object("context")?.map(read_context).transpose()?.unwrap_or_default();
    let detail = read_detail(&mut event)?;
    let personal = event.optional_object("personal")?;
    let personal = personal.map(|members| read_personal(members, &actor, &subject)).transpose()?.unwrap_or_default();
    event.finish()?;
    Ok(AuditEvent { event_type, version, subject, actor, outcome, context, detail, personal })
}

fn read_version(event: &mut Members) -> Result<u32> {
    let Some(number) = event.optional_number("version")? else { return Ok(1) };
    let version = u32::try_from(number).ok().filter(|version| (1..=i32::MAX.unsigned_abs()).contains(version));
    version.ok_or_else(|| event.refuse("version", "must be from 1 to 2147483647"))
}

fn read_actor(mut actor: Members) -> Result<Actor> {
    let kind = actor.parsed("type", |text| match text {
        "user" => Ok(ActorType::User),
        "service" => Ok(ActorType::Service),
        "api_key" => Ok(ActorType::ApiKey),
        _ => Err("must be user, service or api_key"),
    })?;
    let id = actor.parsed("id", opaque_id)?;
    let role = actor.optional_parsed("role", |text| short(text, TEXT_CHARS_MAX))?;
    actor.finish()?;
    Ok(Actor { kind, id, role })
}

/// The characters of the id in a subject (spec §2): no e-mail address and no name with blanks is made of them.
fn opaque_id(text: &str) -> Result<String, &'static str> {
    let is_opaque = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
    if (1..=ACTOR_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_opaque) {
        return Ok(text.to_owned());
    }
    Err("must be an opaque id, 1 to 200 of A-Z a-z 0-9 . _ : / -; names and addresses of people go into `personal`")
}

fn read_outcome(event: &mut Members) -> Result<Outcome> {
    match event.text("outcome")?.as_str() {
        "success" if event.has("reason") => Err(event.refuse("reason", "stands only beside the outcome failure")),
        "success" => Ok(Outcome::Success),
        "failure" => Ok(Outcome::Failure { reason: event.parsed("reason", word)? }),
        _ => Err(event.refuse("outcome", "must be success or failure")),
    }
}

fn read_context(mut context: Members) -> Result<Context> {
    if let Some(name) = ["ip", "user_agent"].into_iter().find(|name| context.has(name)) {
        return Err(context.refuse(name, "is personal: it goes into `personal`, where it is sealed"));
    }
    let read = Context {
        request_id: context.optional_parsed("request_id", |text| short(text, TEXT_CHARS_MAX))?,
        session: context.optional_parsed("session", |text| short(text, Context::SESSION_CHARACTERS))?,
        service: context.optional_parsed("service", |text| short(text, TEXT_CHARS_MAX))?,
        ip: None,
        user_agent: None,
    };
    context.finish()?;
    Ok(read)
}

/// `detail` as it was sent, with what `source` says under `ingest`.
fn read_detail(event: &mut Members) -> Result<Value> {
    let detail = event.optional_object("detail")?;
    if let Some(sent) = detail.as_ref().filter(|detail| detail.has("ingest")) {
        return Err(sent.refuse("ingest", "is written by this service, from `source`"));
    }
    let mut detail = detail.map_or_else(Map::new, Members::into_rest);
    if let Some(source) = event.optional_object("source")? {
        detail.insert("ingest".to_owned(), Value::Object(read_source(source)?));
    }
    Ok(Value::Object(detail))
}

fn read_source(mut source: Members) -> Result<Map<String, Value>> {
    let texts = [
        ("source", source.optional_parsed("name", |text| short(text, TEXT_CHARS_MAX))?),
        ("id", source.optional_parsed("id", |text| short(text, TEXT_CHARS_MAX))?),
        ("time", source.optional_parsed("time", utc_time)?),
    ];
    source.finish()?;
    Ok(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?)))).collect())
}

/// RFC 3339 in UTC with `Z`, any number of decimals.
pub(crate) fn utc_time(text: &str) -> Result<String, &'static str> {
    let is_time = text.ends_with('Z') && OffsetDateTime::parse(text, &Rfc3339).is_ok();
    if is_time { Ok(text.to_owned()) } else { Err("must be a time in UTC such as 2026-01-31T09:30:00Z") }
}

/// What is about who acted is sealed under the key of the actor's id, what is about who was acted on under the subject's.
fn read_personal(mut members: Members, actor: &Actor, subject: &Reference) -> Result<Vec<PersonalText>> {
    let mut personal = Vec::new();
    for (name, of, person) in [("actor", Of::Actor, actor.id.as_str()), ("subject", Of::Subject, subject.as_str())] {
        let Some(mut texts) = members.optional_object(name)? else { continue };
        if PERSON_CHARS_MAX < person.len() {
            return Err(members.refuse(name, "needs a shorter id of whom it is about: at most 255 characters"));
        }
        for field in texts.names() {
            if word(&field).is_err() || FIELD_CHARS_MAX < field.len() {
                return Err(texts.refuse(&field, "must have a name [a-z][a-z0-9_]* of at most 100 characters"));
            }
            let plaintext = texts.parsed(&field, |text| short(text, usize::MAX))?;
            personal.push(PersonalText { field, of, person: person.to_owned(), plaintext });
        }
    }
    members.finish()?;
    Ok(personal)
}

/// `[a-z][a-z0-9_]*`
fn word(text: &str) -> Result<String, &'static str> {
    let is_word = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_word { Ok(text.to_owned()) } else { Err("must have the form [a-z][a-z0-9_]*") }
}

fn short(text: &str, chars_max: usize) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("must not be empty".to_owned()),
        chars if chars <= chars_max => Ok(text.to_owned()),
        _ => Err(format!("must have at most {chars_max} characters")),
    }
}
