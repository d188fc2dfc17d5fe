//! What is said of evidence, as it is handed in and as it is shown.

use domain::date::Date;
use domain::evidence::{Controls, EvidenceDescription, Metadata};
use domain::name::EngagementId;
use domain::record::Reference;
use domain::text::{Label, Title};
use serde_json::Value;

use super::EvidenceMetadata;
use crate::error::{Error, Result};
use crate::json::Members;

/// Reads what is said of evidence.
///
/// # Errors
/// [`Error::Invalid`], the first rule that is broken.
pub(crate) fn metadata(body: Value) -> Result<Metadata> {
    let mut members = Members::of("", body)?;
    let controls = members.elements("controls")?.into_iter().map(|(at, value)| control(at, &value));
    let controls = controls.collect::<Result<Vec<_>>>()?;
    let metadata = Metadata {
        controls: Controls::new(controls).map_err(|error| members.refuse("controls", error.to_string()))?,
        description: members.optional_parsed("description", EvidenceDescription::parse)?,
        effective_on: members.parsed("effective_on", Date::parse)?,
        engagement: members.optional_parsed("engagement", EngagementId::parse)?,
        owner: members.optional_parsed("owner", Label::parse)?,
        reviewed_on: members.optional_parsed("reviewed_on", Date::parse)?,
        title: members.parsed("title", Title::parse)?,
        vendor: members.optional_parsed("vendor", Reference::parse)?,
    };
    members.finish()?;
    Ok(metadata)
}

fn control(at: String, value: &Value) -> Result<Reference> {
    let Some(text) = value.as_str() else { return Err(Error::invalid(at, "must be a text")) };
    Reference::parse(text).map_err(|error| Error::invalid(at, error.to_string()))
}

impl From<&Metadata> for EvidenceMetadata {
    fn from(metadata: &Metadata) -> Self {
        Self {
            title: metadata.title.to_string(),
            effective_on: metadata.effective_on.to_string(),
            description: metadata.description.as_ref().map(ToString::to_string),
            controls: metadata.controls.iter().map(ToString::to_string).collect(),
            owner: metadata.owner.as_ref().map(ToString::to_string),
            vendor: metadata.vendor.as_ref().map(ToString::to_string),
            engagement: metadata.engagement.as_ref().map(ToString::to_string),
            reviewed_on: metadata.reviewed_on.as_ref().map(ToString::to_string),
        }
    }
}
