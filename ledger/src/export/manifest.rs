//! `countersign.json`: what an export says it is (spec §10).

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::query::{Query, QueryError};
use crate::json::{JsonError, canonical, parse};
use crate::name::{Origin, OriginError};

/// The one version of the container that this code reads and writes.
pub const FORMAT: &str = "countersign-export/1";
/// What the format's name begins with in every version.
const FORMAT_STEM: &str = "countersign-export/";
const MEMBERS: [&str; 10] =
    ["entries", "first", "format", "kind", "last", "matched", "origin", "query", "size", "views"];

/// The manifest of an export. It is not signed: a verifier derives all of it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Origin of the log.
    pub origin: Origin,
    /// The checkpoint's tree size, 1 or more.
    pub size: u64,
    /// How many entries are included.
    pub entries: u64,
    /// How many of them the query selected.
    pub matched: u64,
    /// Lowest and highest index that the query selected; `None` when it selected none.
    pub span: Option<(u64, u64)>,
    /// The query; [`Query::All`] makes it the export of a whole log.
    pub query: Query,
    /// The views, in byte order of their paths.
    pub views: Vec<View>,
}

/// A member that repeats what the entries say in another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Name of the member.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
}

/// Why bytes are not a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// Not strict JSON.
    #[error("not strict JSON")]
    Json(#[from] JsonError),
    /// Another version of the format: the export may be sound, this code cannot tell.
    #[error("the export has the format {0}, this verifier reads {FORMAT}")]
    Unsupported(String),
    /// JSON, but not in the canonical form.
    #[error("not in canonical form")]
    NotCanonical,
    /// A member is missing, or there is one that the format does not name.
    #[error("its members are not exactly those of the format")]
    Members,
    /// A member has another type or form than the format gives it.
    #[error("its member {0} has another form")]
    Form(&'static str),
    /// `origin` is none.
    #[error("its origin is malformed")]
    Origin(#[from] OriginError),
    /// `query` is none.
    #[error("its query is malformed")]
    Query(#[from] QueryError),
    /// The kind and the query do not go together.
    #[error("its kind and its query do not go together")]
    Kind,
    /// The numbers contradict each other.
    #[error("its numbers contradict each other")]
    Numbers,
    /// An index of the query lies beyond the log.
    #[error("its query reaches beyond the log's {size} entries")]
    Beyond {
        /// The size it names.
        size: u64,
    },
    /// The views are not in order of their paths, or one has a path that no view may have.
    #[error("its views are out of order or in a place where no view may be")]
    Views,
}

impl Manifest {
    /// The manifest of a whole log of `size` entries.
    pub fn of_log(origin: Origin, size: u64, views: Vec<View>) -> Manifest {
        let span = size.checked_sub(1).map(|last| (0, last));
        Manifest { origin, size, entries: size, matched: size, span, query: Query::All, views }
    }

    /// Reads a manifest. Accepts exactly what [`Manifest::to_bytes`] writes of a manifest whose numbers agree.
    pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let manifest = Manifest::read(bytes)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Reads a manifest whose numbers may contradict each other: enough to look at the rest of an export.
    pub(crate) fn read(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let value = parse(bytes)?;
        // Before anything else: of another version nothing more is known than its name.
        if let Some(format) = value.get("format").and_then(Value::as_str)
            && format.starts_with(FORMAT_STEM)
            && format != FORMAT
        {
            return Err(ManifestError::Unsupported(format.to_owned()));
        }
        if canonical(&value) != bytes {
            return Err(ManifestError::NotCanonical);
        }
        let members = value.as_object().ok_or(ManifestError::Members)?;
        if !members.keys().map(String::as_str).eq(MEMBERS) {
            return Err(ManifestError::Members);
        }
        let manifest = Manifest::from_members(members)?;
        match text(members, "kind")? {
            kind if kind == manifest.kind() => Ok(manifest),
            "log" | "selection" => Err(ManifestError::Kind),
            _ => Err(ManifestError::Form("kind")),
        }
    }

    fn from_members(members: &Map<String, Value>) -> Result<Manifest, ManifestError> {
        if text(members, "format")? != FORMAT {
            return Err(ManifestError::Form("format"));
        }
        let span = match (&members["first"], &members["last"]) {
            (Value::Null, Value::Null) => None,
            _ => Some((number(members, "first")?, number(members, "last")?)),
        };
        let views = members["views"].as_array().ok_or(ManifestError::Form("views"))?;
        Ok(Manifest {
            origin: Origin::parse(text(members, "origin")?)?,
            size: number(members, "size")?,
            entries: number(members, "entries")?,
            matched: number(members, "matched")?,
            span,
            query: Query::from_value(&members["query"])?,
            views: views.iter().map(View::from_value).collect::<Result<_, _>>()?,
        })
    }

    /// Checks that the numbers agree with each other, and the order of the views.
    pub(crate) fn check(&self) -> Result<(), ManifestError> {
        let counted = self.entries <= self.size && self.matched <= self.entries;
        let spanned = match self.span {
            None => self.matched == 0,
            Some((first, last)) => first <= last && last < self.size && (1..=last - first + 1).contains(&self.matched),
        };
        if self.entries == 0 || !counted || !spanned || !self.is_selection() && *self != self.as_whole() {
            return Err(ManifestError::Numbers);
        }
        if let Query::Indices { last, .. } = self.query
            && self.size <= last
        {
            return Err(ManifestError::Beyond { size: self.size });
        }
        let ordered = self.views.is_sorted_by(|one, next| one.path < next.path);
        if !ordered || self.views.iter().any(|view| view.path.starts_with("log/")) {
            return Err(ManifestError::Views);
        }
        Ok(())
    }

    /// What it would be if it were the whole log's.
    fn as_whole(&self) -> Manifest {
        Manifest::of_log(self.origin.clone(), self.size, self.views.clone())
    }

    /// Whether it is a selection, not a whole log.
    pub fn is_selection(&self) -> bool {
        self.query != Query::All
    }

    fn kind(&self) -> &'static str {
        if self.is_selection() { "selection" } else { "log" }
    }

    /// The manifest's bytes: canonical JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical(&json!({
            "entries": self.entries,
            "first": self.span.map(|(first, _)| first),
            "format": FORMAT,
            "kind": self.kind(),
            "last": self.span.map(|(_, last)| last),
            "matched": self.matched,
            "origin": self.origin.as_str(),
            "query": self.query.to_value(),
            "size": self.size,
            "views": self.views.iter().map(View::to_value).collect::<Vec<_>>(),
        }))
    }
}

impl View {
    fn from_value(value: &Value) -> Result<View, ManifestError> {
        let members = value.as_object().ok_or(ManifestError::Form("views"))?;
        if !members.keys().map(String::as_str).eq(["bytes", "path", "sha256"]) {
            return Err(ManifestError::Members);
        }
        let path = text(members, "path")?.to_owned();
        let digits = text(members, "sha256")?;
        let lower = !digits.bytes().any(|digit| digit.is_ascii_uppercase());
        let sha256 = hex::decode(digits).ok().filter(|_| lower).and_then(|hash| hash.try_into().ok());
        let sha256 = sha256.ok_or(ManifestError::Form("sha256"))?;
        Ok(View { path, bytes: number(members, "bytes")?, sha256 })
    }

    fn to_value(&self) -> Value {
        json!({"bytes": self.bytes, "path": self.path, "sha256": hex::encode(self.sha256)})
    }
}

fn number(members: &Map<String, Value>, name: &'static str) -> Result<u64, ManifestError> {
    members[name].as_u64().ok_or(ManifestError::Form(name))
}

fn text<'a>(members: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, ManifestError> {
    members[name].as_str().ok_or(ManifestError::Form(name))
}
