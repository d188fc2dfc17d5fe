//! The `data` of an entry: who, whether, from where, and what is sealed (spec §2, second table).

use thiserror::Error;

use crate::json::{Node, Object, ShapeError};
use crate::name::is_word;
use crate::sealed::{SealedError, SealedValue};

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What kind of actor it is; the member `type`.
    pub kind: ActorType,
    /// Opaque id; not empty, and never a name or an address.
    pub id: String,
    /// The role at that time, where one is known; not empty.
    pub role: Option<String>,
}

/// What kind of actor acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorType {
    /// A person of the organisation.
    User,
    /// A person from outside who audits it.
    Auditor,
    /// Another program.
    Service,
    /// Whoever holds an API key.
    ApiKey,
    /// The ledger itself.
    System,
}

impl ActorType {
    /// All of them.
    pub const ALL: [ActorType; 5] =
        [ActorType::User, ActorType::Auditor, ActorType::Service, ActorType::ApiKey, ActorType::System];

    /// Reads the word in the entry.
    pub fn parse(text: &str) -> Option<ActorType> {
        ActorType::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The word in the entry.
    pub fn as_str(self) -> &'static str {
        match self {
            ActorType::User => "user",
            ActorType::Auditor => "auditor",
            ActorType::Service => "service",
            ActorType::ApiKey => "api_key",
            ActorType::System => "system",
        }
    }
}

/// Whether what was tried came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Success,
    /// It did not.
    Failure {
        /// Why, as `[a-z][a-z0-9_]*`, for example `grant_revoked`.
        reason: String,
    },
}

impl Outcome {
    /// The word in the entry.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure { .. } => "failure",
        }
    }

    /// Why it failed, if it did.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Outcome::Success => None,
            Outcome::Failure { reason } => Some(reason),
        }
    }
}

/// Where an event came from, each member only where known and then not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Network address, where the organisation chose not to seal it.
    pub ip: Option<String>,
    /// Id of the request.
    pub request_id: Option<String>,
    /// Name of the program.
    pub service: Option<String>,
    /// The first [`Context::SESSION_CHARACTERS`] characters of the session's id, which is not its token.
    pub session: Option<String>,
    /// The client program, where the organisation chose not to seal it.
    pub user_agent: Option<String>,
}

impl Context {
    /// Characters of a session's id that are recorded, at most.
    pub const SESSION_CHARACTERS: usize = 8;

    /// The members by name, in canonical order.
    pub(crate) fn members(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("ip", self.ip.as_deref()),
            ("request_id", self.request_id.as_deref()),
            ("service", self.service.as_deref()),
            ("session", self.session.as_deref()),
            ("user_agent", self.user_agent.as_deref()),
        ]
    }
}

/// Why the `data` of an entry is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DataError {
    /// A member is missing, unknown or of another kind.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The actor is of no kind that there is.
    #[error("there is no type of actor {0:?}")]
    ActorType(String),
    /// An empty text where a text must say something.
    #[error("{object}'s {member} is empty")]
    Empty {
        /// Of what.
        object: &'static str,
        /// Which member.
        member: &'static str,
    },
    /// More of a session's id than may be recorded.
    #[error("of a session's id at most {max} characters are recorded", max = Context::SESSION_CHARACTERS)]
    Session,
    /// The outcome is neither `success` nor `failure`.
    #[error("an outcome is success or failure, not {0:?}")]
    Outcome(String),
    /// A failure without a reason.
    #[error("a failure has a reason")]
    ReasonMissing,
    /// A success with a reason.
    #[error("a success has no reason")]
    ReasonUnexpected,
    /// A reason that is not `[a-z][a-z0-9_]*`.
    #[error("a reason is a word of a-z, 0-9 and _, not {0:?}")]
    Reason(String),
    /// `sealed` is there, but empty.
    #[error("sealed is absent when nothing is sealed")]
    SealedEmpty,
    /// A sealed value that is none.
    #[error("sealed value {index}: {source}")]
    Sealed {
        /// Which one, counted from 0.
        index: usize,
        /// What is wrong with it.
        source: SealedError,
    },
    /// Two sealed values of one field under one key.
    #[error("the field {field} is sealed twice under the key {kid}")]
    SealedTwice {
        /// Which field.
        field: String,
        /// Under which key.
        kid: String,
    },
}

/// The members of `data` but for the payload.
pub(super) struct Data {
    pub(super) actor: Actor,
    pub(super) outcome: Outcome,
    pub(super) context: Context,
    pub(super) sealed: Vec<SealedValue>,
}

pub(super) fn read(data: &Node<'_>) -> Result<Data, DataError> {
    let data = Object::closed("data", data, &["actor", "context", "detail", "outcome"], &["reason", "sealed"])?;
    Ok(Data {
        actor: read_actor(data.value("actor")?)?,
        outcome: read_outcome(data.text("outcome")?, data.optional_text("reason")?)?,
        context: read_context(data.value("context")?)?,
        sealed: if data.has("sealed") { read_sealed(data.array("sealed")?)? } else { Vec::new() },
    })
}

/// What [`read`] demands of an actor, for one that is about to be written.
pub(crate) fn check_actor(actor: &Actor) -> Result<(), DataError> {
    let is_empty = |member: Option<&str>| member.is_some_and(str::is_empty);
    match [("id", Some(actor.id.as_str())), ("role", actor.role.as_deref())]
        .into_iter()
        .find(|(_, text)| is_empty(*text))
    {
        Some((member, _)) => Err(DataError::Empty { object: "actor", member }),
        None => Ok(()),
    }
}

/// What [`read`] demands of an outcome, for one that is about to be written.
pub(crate) fn check_outcome(outcome: &Outcome) -> Result<(), DataError> {
    match outcome.reason() {
        Some(reason) if !is_word(reason) => Err(DataError::Reason(reason.to_owned())),
        _ => Ok(()),
    }
}

/// What [`read`] demands of a context, for one that is about to be written.
pub(crate) fn check_context(context: &Context) -> Result<(), DataError> {
    if let Some((member, _)) = context.members().into_iter().find(|(_, text)| text.is_some_and(str::is_empty)) {
        return Err(DataError::Empty { object: "context", member });
    }
    match &context.session {
        Some(session) if Context::SESSION_CHARACTERS < session.chars().count() => Err(DataError::Session),
        _ => Ok(()),
    }
}

fn read_actor(value: &Node<'_>) -> Result<Actor, DataError> {
    let object = Object::closed("actor", value, &["id", "type"], &["role"])?;
    let kind = object.text("type")?;
    let actor = Actor {
        kind: ActorType::parse(kind).ok_or_else(|| DataError::ActorType(kind.to_owned()))?,
        id: object.text("id")?.to_owned(),
        role: object.optional_text("role")?.map(str::to_owned),
    };
    check_actor(&actor)?;
    Ok(actor)
}

fn read_outcome(word: &str, reason: Option<&str>) -> Result<Outcome, DataError> {
    let outcome = match (word, reason) {
        ("success", None) => Outcome::Success,
        ("success", Some(_)) => return Err(DataError::ReasonUnexpected),
        ("failure", Some(reason)) => Outcome::Failure { reason: reason.to_owned() },
        ("failure", None) => return Err(DataError::ReasonMissing),
        _ => return Err(DataError::Outcome(word.to_owned())),
    };
    check_outcome(&outcome)?;
    Ok(outcome)
}

fn read_context(value: &Node<'_>) -> Result<Context, DataError> {
    let members = ["ip", "request_id", "service", "session", "user_agent"];
    let object = Object::closed("context", value, &[], &members)?;
    let text = |member| object.optional_text(member).map(|text| text.map(str::to_owned));
    let context = Context {
        ip: text("ip")?,
        request_id: text("request_id")?,
        service: text("service")?,
        session: text("session")?,
        user_agent: text("user_agent")?,
    };
    check_context(&context)?;
    Ok(context)
}

fn read_sealed(values: &[Node<'_>]) -> Result<Vec<SealedValue>, DataError> {
    if values.is_empty() {
        return Err(DataError::SealedEmpty);
    }
    let mut sealed: Vec<SealedValue> = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let value = SealedValue::parse(value).map_err(|source| DataError::Sealed { index, source })?;
        let (field, kid) = (value.field(), value.kid());
        if sealed.iter().any(|earlier| earlier.field() == field && earlier.kid() == kid) {
            return Err(DataError::SealedTwice { field: field.to_owned(), kid: kid.to_owned() });
        }
        sealed.push(value);
    }
    Ok(sealed)
}
