//! Records: one mechanism for every type of resource whose content comes from outside.

pub mod import;
pub mod list;
pub mod put;
pub mod show;
pub mod withdraw;

use std::collections::BTreeMap;

use domain::access_grant::Resource;
use domain::record::{Content, Reference};
use serde::Serialize;
use utoipa::ToSchema;

use super::recorded::AcceptedEntry;
use crate::error::{Error, Result};
use crate::record_set;

/// What a record says.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordContent {
    /// What it is called: 1 to 200 characters.
    #[schema(example = "Logical access is reviewed")]
    title: String,
    /// Where it stands, in the organisation's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "implemented")]
    status: Option<String>,
    /// Who answers for it: a team or a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Security Team")]
    owner: Option<String>,
    /// The text, at most 20,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// Days that matter to it, by name; at most 20.
    #[schema(example = json!({ "effective_on": "2026-01-01" }))]
    dates: BTreeMap<String, String>,
    /// What else its type has, by name; at most 50. `vendor` is the reference of a vendor's record and `engagement` the id
    /// of an engagement: what a grant is limited to goes by them.
    #[schema(example = json!({ "vendor": "V-7" }))]
    fields: BTreeMap<String, String>,
}

/// A record of a list to be imported.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct NewRecord {
    /// By what it is called within its type.
    #[schema(example = "CC6.1")]
    reference: String,
    #[schema(inline)]
    #[serde(flatten)]
    content: RecordContent,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Record)]
pub struct Shown {
    /// Of which type.
    #[serde(rename = "type")]
    pub resource: &'static str,
    /// By what it is called within its type.
    pub reference: String,
    /// `live` or `withdrawn`.
    pub state: &'static str,
    /// What it says, or said last.
    #[serde(flatten)]
    pub content: RecordContent,
}

/// A change of a record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordChanged)]
pub struct Changed {
    /// Of which type.
    #[serde(rename = "type")]
    pub resource: &'static str,
    /// By what it is called within its type.
    pub reference: String,
    /// `added`, `changed`, `unchanged` or `withdrawn`.
    pub change: &'static str,
    /// What was recorded; nothing where it said that already.
    pub entries: Vec<AcceptedEntry>,
}

impl From<&Content> for RecordContent {
    fn from(content: &Content) -> Self {
        let parts = content.parts();
        Self {
            title: parts.title.to_string(),
            status: parts.status.as_ref().map(ToString::to_string),
            owner: parts.owner.as_ref().map(ToString::to_string),
            body: parts.body.as_ref().map(ToString::to_string),
            dates: parts.dates.iter().map(|(name, date)| (name.to_string(), date.to_string())).collect(),
            fields: parts.fields.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect(),
        }
    }
}

/// The type of a path; what is no type of records that are handed in is nothing here.
fn resource(text: &str) -> Result<Resource> {
    let resource = Resource::parse_alias(text).map_err(|_| Error::NotFound)?;
    if record_set::is_record_set(resource) { Ok(resource) } else { Err(Error::NotFound) }
}

/// The reference of a path.
fn reference(text: &str) -> Result<Reference> {
    Reference::parse(text).map_err(|error| Error::invalid("reference", error.to_string()))
}
