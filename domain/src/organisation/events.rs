//! What can happen to an organisation. Each event carries the whole of what results, so the last one says it all.

use cqrs_es::DomainEvent;
use ledger::vocabulary::{Kind, ReadError, Recorded, Stored};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policy::{Policy, Preset};
use super::settings::Settings;
use super::terms::PublishedTerms;
use crate::event::{Description, kind_of, read_detail, require_success, written};

const SETTINGS_CHANGED: Kind = Kind { name: "organisation.settings.changed", version: 1 };
const POLICY_CHANGED: Kind = Kind { name: "organisation.policy.changed", version: 1 };
const TERMS_PUBLISHED: Kind = Kind { name: "organisation.terms.published", version: 1 };

const STREAM: &str = "organisation/<organisation>";

/// All kinds of this vocabulary.
pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description::of_stream(
        SETTINGS_CHANGED,
        STREAM,
        include_str!("../../schemas/organisation.settings.changed/1.json"),
    ),
    Description::of_stream(POLICY_CHANGED, STREAM, include_str!("../../schemas/organisation.policy.changed/1.json")),
    Description::of_stream(TERMS_PUBLISHED, STREAM, include_str!("../../schemas/organisation.terms.published/1.json")),
];

/// An event of the stream `organisation/<organisation>`, whose subject is the organisation itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrganisationEvent {
    /// It says this of itself from now on.
    SettingsChanged(Settings),
    /// It gives access like this from now on.
    PolicyChanged(PolicyChanged),
    /// Auditors accept these terms from now on.
    TermsPublished(PublishedTerms),
}

/// `organisation.policy.changed`, version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyChanged {
    /// All of its values.
    pub policy: Policy,
    /// The preset that it started from.
    pub preset: Preset,
}

impl Recorded for OrganisationEvent {
    fn kind(&self) -> Kind {
        match self {
            OrganisationEvent::SettingsChanged(_) => SETTINGS_CHANGED,
            OrganisationEvent::PolicyChanged(_) => POLICY_CHANGED,
            OrganisationEvent::TermsPublished(_) => TERMS_PUBLISHED,
        }
    }

    fn detail(&self) -> Value {
        match self {
            OrganisationEvent::SettingsChanged(detail) => written(detail),
            OrganisationEvent::PolicyChanged(detail) => written(detail),
            OrganisationEvent::TermsPublished(detail) => written(detail),
        }
    }

    fn read(stored: &Stored<'_>) -> Result<Self, ReadError> {
        let kind = kind_of(DESCRIPTIONS, stored)?;
        require_success(kind, stored)?;
        match kind {
            SETTINGS_CHANGED => read_detail(kind, stored).map(OrganisationEvent::SettingsChanged),
            POLICY_CHANGED => read_detail(kind, stored).map(OrganisationEvent::PolicyChanged),
            TERMS_PUBLISHED => read_detail(kind, stored).map(OrganisationEvent::TermsPublished),
            _ => Err(stored.unknown()),
        }
    }
}

impl DomainEvent for OrganisationEvent {
    fn event_type(&self) -> String {
        self.kind().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.kind().version.to_string()
    }
}
