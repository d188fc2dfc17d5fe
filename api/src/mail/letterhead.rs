//! What every letter takes from the organisation on whose behalf it is written, and from whom it is to: one place, so
//! that all letters say it alike.

use domain::access_grant::Scope;
use domain::organisation::Organisation;
use domain::person::{Email, PersonName};
use jiff::tz::TimeZone;
use ledger::name::Origin;
use ledger::time::Timestamp;
use ledger::vocabulary::Personal;
use store::logs::LogInfo;
use thiserror::Error;
use time::UtcOffset;

use super::envelope::{AddressError, Recipient, Sender};
use super::letter::Letterhead;
use super::moment::Moment;
use super::scope::Reach;
use super::shown::Shown;

/// The domain of a sender where neither log nor settings have one that mail could come from.
const LAST_RESORT: &str = "localhost";

/// Why nobody can be written to. It does not repeat an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoRecipient {
    /// Whoever it was has been erased from the log.
    #[error("the address has been erased")]
    Erased,
    /// The address is one that only some mail systems carry.
    #[error(transparent)]
    Address(#[from] AddressError),
}

/// On whose behalf a letter is written: the name and the contact of the organisation's settings, or the name of its log
/// where it has none.
pub fn letterhead(info: &LogInfo, organisation: &Organisation) -> Letterhead {
    let settings = organisation.settings();
    Letterhead {
        organisation: Shown::new(settings.map_or(info.name.as_str(), |settings| settings.name.as_str())),
        contact: settings.and_then(|settings| settings.contact.as_ref()).map(|contact| Shown::new(contact.as_str())),
    }
}

impl Moment {
    /// An instant by the clocks of an organisation: its time zone as it was or will be at that instant, UTC where it has
    /// set none or one that nobody knows.
    pub fn of(organisation: &Organisation, at: Timestamp) -> Self {
        let zone = organisation.settings().map(|settings| settings.time_zone.as_str());
        zone.and_then(|zone| Some(Self::new(at, zone, offset(zone, at)?))).unwrap_or_else(|| Self::utc(at))
    }
}

/// How far a time zone is from UTC at an instant; nothing where there is no such zone.
fn offset(zone: &str, at: Timestamp) -> Option<UtcOffset> {
    let zone = TimeZone::get(zone).ok()?;
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
    UtcOffset::from_whole_seconds(zone.to_offset(at).seconds()).ok()
}

impl From<&Scope> for Reach {
    fn from(scope: &Scope) -> Self {
        Self {
            bundles: scope.bundles().clone(),
            capabilities: scope.capabilities().clone(),
            resources: scope.resources().clone(),
        }
    }
}

impl Shown {
    /// The name of a person, where it was given and has not been erased.
    pub fn of_person(name: Option<&Personal<PersonName>>) -> Option<Self> {
        name.and_then(Personal::known).map(|name| Self::new(name.as_str()))
    }
}

impl Recipient {
    /// A person by what the log holds of them.
    ///
    /// # Errors
    /// [`NoRecipient`].
    pub fn of_person(email: &Personal<Email>, name: Option<&Personal<PersonName>>) -> Result<Self, NoRecipient> {
        let email = email.known().ok_or(NoRecipient::Erased)?;
        Ok(Self::new(email, name.and_then(Personal::known))?)
    }
}

impl Sender {
    /// Who the letters of a log come from: the sender of the settings, else `compliance@` and the authority of the log
    /// (S1-33).
    pub fn of_log(set: Option<&Self>, origin: &Origin) -> Self {
        let of = |authority| Self::of_authority(authority).ok();
        let sender = set.cloned().or_else(|| of(origin.authority())).or_else(|| of(LAST_RESORT));
        sender.expect("the last resort is a domain of mail")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use store::append::LogId;
    use uuid::Uuid;

    use super::*;

    fn info() -> LogInfo {
        let origin = Origin::parse("ledger.example.com:8443/acme").unwrap();
        LogInfo { log: LogId(Uuid::nil()), slug: "acme".to_owned(), name: "ACME".to_owned(), origin }
    }

    fn in_zone(zone: &str) -> Organisation {
        let mut organisation = serde_json::to_value(Organisation::default()).unwrap();
        organisation["settings"] =
            json!({ "contact": "Compliance desk\ndesk@acme.example", "name": "Acme Ltd", "time_zone": zone });
        serde_json::from_value(organisation).unwrap()
    }

    #[test]
    fn a_letter_has_the_name_and_the_contact_of_the_settings() {
        let head = letterhead(&info(), &in_zone("UTC"));
        assert_eq!(head.organisation.as_str(), "Acme Ltd");
        assert_eq!(head.contact.unwrap().as_str(), "Compliance desk desk@acme.example");
        let bare = letterhead(&info(), &Organisation::default());
        assert_eq!((bare.organisation.as_str(), bare.contact), ("ACME", None));
    }

    #[rstest]
    #[case("Europe/Luxembourg", "2026-12-21T23:00:00.000000Z", "22 December 2026, 00:00 Europe/Luxembourg (UTC+01:00)")]
    #[case("Europe/Luxembourg", "2026-07-21T22:00:00.000000Z", "22 July 2026, 00:00 Europe/Luxembourg (UTC+02:00)")]
    #[case("UTC", "2026-07-21T22:00:00.000000Z", "21 July 2026, 22:00 UTC")]
    #[case("No/Where", "2026-07-21T22:00:00.000000Z", "21 July 2026, 22:00 UTC")]
    fn an_instant_is_said_by_the_clocks_of_that_day(#[case] zone: &str, #[case] at: &str, #[case] words: &str) {
        let moment = Moment::of(&in_zone(zone), Timestamp::parse(at).unwrap());
        assert_eq!(moment.words().as_str(), words);
    }

    // rows: S1-33
    #[test]
    fn mail_comes_from_compliance_at_the_authority_unless_something_else_is_set() {
        assert_eq!(Sender::of_log(None, &info().origin).to_string(), "compliance@ledger.example.com");
        let set = Sender::parse("desk@example.com").unwrap();
        assert_eq!(Sender::of_log(Some(&set), &info().origin), set);
    }

    #[test]
    fn nobody_writes_to_whoever_was_erased() {
        assert_eq!(Recipient::of_person(&Personal::Erased, None), Err(NoRecipient::Erased));
        let quoted = Personal::Known(Email::parse("\"a\"@example.com").unwrap());
        assert_eq!(Recipient::of_person(&quoted, None), Err(NoRecipient::Address(AddressError)));
    }
}
