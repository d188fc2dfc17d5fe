//! An organisation: what it says of itself, how it gives access, and the terms that its auditors accept.
//!
//! Stream `organisation/<organisation>`. It needs no beginning: an organisation that never recorded anything is at the
//! preset [`Preset::Balanced`] and has neither settings nor terms. Who may change what is decided by the roles of whoever
//! asks ([`crate::member`]), not here.

mod events;
mod policy;
mod settings;
mod terms;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use ledger::vocabulary::Subject;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub(crate) use self::events::DESCRIPTIONS;
pub use self::events::{OrganisationEvent, PolicyChanged};
pub use self::policy::{Difference, Granters, Policy, PolicyError, PolicyValues, Preset};
pub use self::settings::{Contact, ContactError, OrganisationName, Settings, TimeZone, TimeZoneError};
pub use self::terms::{PublishedTerms, TermsText, TermsTextError};
use crate::context::Ctx;
use crate::name::{OrganisationId, Sha256};

/// Where an organisation stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Nothing until they are first set.
    settings: Option<Settings>,
    preset: Preset,
    policy: Policy,
    /// The newest. Older ones can be read in the log.
    terms: Option<PublishedTerms>,
    /// What was accepted under each version, the newest included.
    terms_sha256: BTreeMap<NonZeroU32, Sha256>,
}

/// What can be asked of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Say something else of itself: all of it as it then is.
    ChangeSettings(Settings),
    /// Give access otherwise from now on: all values as they then are. Access that was given before stays as it is.
    ChangePolicy {
        /// The preset that the values started from; they may differ from it.
        preset: Preset,
        /// The values.
        policy: Policy,
    },
    /// Publish the next version of the terms; auditors accept it before they see anything more.
    PublishTerms {
        /// What they say.
        text: TermsText,
        /// Of the bytes of the text, computed by the caller.
        sha256: Sha256,
    },
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OrganisationError {
    /// It is already as asked for.
    #[error("nothing about this organisation would change")]
    NothingChanged,
    /// More days than the preset can give.
    #[error("the most days are at most {cap} with the preset {preset} until a second person can approve more")]
    DaysAboveCap {
        /// The preset.
        preset: Preset,
        /// What it can give, see [`Preset::days_cap`].
        cap: u16,
    },
}

impl Organisation {
    /// Terms for an organisation that has none: what is accessed, confidentiality, that everything is logged, and what
    /// is prohibited. The first command that needs terms publishes them as version 1, by
    /// [`Command::PublishTerms`]; whoever asks for it reads them by [`TermsText::parse`], which takes them.
    pub const DEFAULT_TERMS: &'static str = include_str!("terms.txt");

    /// The stream of an organisation.
    pub fn stream(organisation: &OrganisationId) -> Subject {
        Subject::parse(&format!("{}/{organisation}", Self::TYPE)).expect("a UUID is a reference's id")
    }

    /// Decides a command: the one place where the rules of an organisation stand.
    ///
    /// # Errors
    /// [`OrganisationError::NothingChanged`], when it is already as asked for; [`OrganisationError::DaysAboveCap`].
    pub fn decide(&self, command: Command) -> Result<OrganisationEvent, OrganisationError> {
        match command {
            Command::ChangeSettings(settings) if self.settings.as_ref() == Some(&settings) => Err(NOTHING_CHANGED),
            Command::ChangeSettings(settings) => Ok(OrganisationEvent::SettingsChanged(settings)),
            Command::ChangePolicy { preset, policy } if (self.preset, self.policy) == (preset, policy) => {
                Err(NOTHING_CHANGED)
            }
            Command::ChangePolicy { preset, policy } if preset.days_cap() < policy.limits().max_days() => {
                Err(OrganisationError::DaysAboveCap { preset, cap: preset.days_cap() })
            }
            Command::ChangePolicy { preset, policy } => {
                Ok(OrganisationEvent::PolicyChanged(PolicyChanged { policy, preset }))
            }
            Command::PublishTerms { text, sha256 } => self.publish(text, sha256).map(OrganisationEvent::TermsPublished),
        }
    }

    fn publish(&self, text: TermsText, sha256: Sha256) -> Result<PublishedTerms, OrganisationError> {
        let Some(newest) = &self.terms else {
            return Ok(PublishedTerms { sha256, text, version: NonZeroU32::MIN });
        };
        // Everybody would be asked to accept again what they have accepted.
        if newest.text == text {
            return Err(NOTHING_CHANGED);
        }
        let version = newest.version.checked_add(1).expect("a log does not hold four thousand million versions");
        Ok(PublishedTerms { sha256, text, version })
    }

    /// What it says of itself, if it ever did.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref()
    }

    /// The preset that its policy started from.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// How it gives access.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The terms that auditors accept now; none if it never published any.
    pub fn terms(&self) -> Option<&PublishedTerms> {
        self.terms.as_ref()
    }

    /// The hash of one version of its terms, the newest included.
    pub fn terms_sha256(&self, version: NonZeroU32) -> Option<&Sha256> {
        self.terms_sha256.get(&version)
    }
}

const NOTHING_CHANGED: OrganisationError = OrganisationError::NothingChanged;

impl Aggregate for Organisation {
    const TYPE: &'static str = "organisation";
    type Command = Command;
    type Event = OrganisationEvent;
    type Error = OrganisationError;
    type Services = Ctx;

    /// A bridge to [`Organisation::decide`], which decides.
    async fn handle(&mut self, command: Command, _: &Ctx, sink: &EventSink<Self>) -> Result<(), OrganisationError> {
        let event = self.decide(command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: OrganisationEvent) {
        match event {
            OrganisationEvent::SettingsChanged(settings) => self.settings = Some(settings),
            OrganisationEvent::PolicyChanged(PolicyChanged { policy, preset }) => {
                (self.preset, self.policy) = (preset, policy);
            }
            OrganisationEvent::TermsPublished(terms) => {
                self.terms_sha256.insert(terms.version, terms.sha256.clone());
                self.terms = Some(terms);
            }
        }
    }
}
