//! Of an organisation.

use std::num::NonZeroU32;

use domain::event::Event;
use domain::name::OrganisationId;
use domain::organisation::{
    Contact, Organisation, OrganisationEvent, OrganisationName, Policy, PolicyChanged, PolicyValues, Preset,
    PublishedTerms, Settings, TermsText, TimeZone,
};

use super::{Sample, sha256};

pub(super) fn samples() -> Vec<Sample> {
    let organisation = OrganisationId::parse("018f3b7e-0000-7000-8000-000000000001").expect("an id");
    let stream = Organisation::stream(&organisation);
    let sample = |case, event| Sample { case, stream: stream.clone(), event: Event::Organisation(event) };
    let contact = Contact::parse("Compliance – Haus B\ncompliance@example.org").expect("a contact");
    let policy = |preset: Preset| (preset.policy(), preset);
    let of = |(policy, preset)| OrganisationEvent::PolicyChanged(PolicyChanged { policy, preset });
    let changed = PolicyValues { max_days: 180, resend: false, ..*Preset::Balanced.policy().values() };
    let mut samples = vec![
        sample("bare", OrganisationEvent::SettingsChanged(settings(None))),
        sample("contact", OrganisationEvent::SettingsChanged(settings(Some(contact)))),
        sample("differs", of((Policy::new(changed).expect("a policy"), Preset::Balanced))),
        sample("first", OrganisationEvent::TermsPublished(terms(1, "Be \"kind\".\nÜber Fristen – 守秘"))),
        sample("next", OrganisationEvent::TermsPublished(terms(2, "Be brief."))),
    ];
    samples.extend(Preset::ALL.iter().map(|preset| sample(preset.as_str(), of(policy(*preset)))));
    samples
}

fn settings(contact: Option<Contact>) -> Settings {
    Settings {
        contact,
        name: OrganisationName::parse("Müller & Söhne").expect("a name"),
        time_zone: TimeZone::parse("Europe/Berlin").expect("a zone"),
    }
}

fn terms(version: u32, text: &str) -> PublishedTerms {
    PublishedTerms {
        sha256: sha256('7'),
        text: TermsText::parse(text).expect("terms"),
        version: NonZeroU32::new(version).expect("from 1"),
    }
}
