use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use ledger::vocabulary::{Actor, ActorType, Timestamp};
use rstest::rstest;

use super::*;

#[test]
fn an_organisation_without_a_history_is_balanced_and_has_no_terms() {
    let organisation = Organisation::default();
    assert_eq!((organisation.preset(), organisation.policy()), (Preset::Balanced, &Preset::Balanced.policy()));
    assert_eq!((organisation.settings(), organisation.terms()), (None, None));
}

#[test]
fn settings_are_changed_as_a_whole() {
    let changed = OrganisationEvent::SettingsChanged(settings("Europe/Berlin"));
    given(vec![]).when(Command::ChangeSettings(settings("Europe/Berlin"))).then_expect_events(vec![changed.clone()]);
    let moved = OrganisationEvent::SettingsChanged(settings("Asia/Tokyo"));
    given(vec![changed]).when(Command::ChangeSettings(settings("Asia/Tokyo"))).then_expect_events(vec![moved]);
}

#[test]
fn a_policy_is_changed_with_its_preset() {
    let changed = policy_changed(Preset::MagicLink);
    given(vec![]).when(change_policy(Preset::MagicLink)).then_expect_events(vec![changed]);
}

#[rstest]
#[case::the_same_settings(
    vec![OrganisationEvent::SettingsChanged(settings("UTC"))],
    Command::ChangeSettings(settings("UTC")),
)]
#[case::the_same_policy(vec![policy_changed(Preset::AuditCycle)], change_policy(Preset::AuditCycle))]
#[case::the_policy_it_starts_from(vec![], change_policy(Preset::Balanced))]
#[case::the_same_terms(vec![published(1, "Be kind")], publish("Be kind"))]
fn a_change_that_changes_nothing_is_refused(#[case] before: Vec<OrganisationEvent>, #[case] command: Command) {
    given(before).when(command).then_expect_error(OrganisationError::NothingChanged);
}

#[test]
fn another_preset_with_the_same_values_is_a_change() {
    let (preset, policy) = (Preset::StrictToken, Preset::Balanced.policy());
    given(vec![])
        .when(Command::ChangePolicy { preset, policy })
        .then_expect_events(vec![OrganisationEvent::PolicyChanged(PolicyChanged { policy, preset })]);
}

#[test]
fn versions_of_terms_count_from_one() {
    given(vec![]).when(publish("Be kind")).then_expect_events(vec![published(1, "Be kind")]);
    given(vec![published(1, "Be kind")]).when(publish("Be brief")).then_expect_events(vec![published(2, "Be brief")]);
    let back = vec![published(1, "Be kind"), published(2, "Be brief")];
    given(back).when(publish("Be kind")).then_expect_events(vec![published(3, "Be kind")]);
}

#[test]
fn the_newest_terms_are_kept_whole_and_older_ones_by_their_hash() {
    let mut organisation = Organisation::default();
    organisation.apply(published(1, "Be kind"));
    organisation.apply(published(2, "Be brief"));
    let newest = organisation.terms().unwrap();
    assert_eq!((newest.version.get(), newest.text.as_str()), (2, "Be brief"));
    let hash = |version| organisation.terms_sha256(NonZeroU32::new(version).unwrap()).cloned();
    assert_eq!([hash(1), hash(2), hash(3)], [Some(sha256("Be kind")), Some(sha256("Be brief")), None]);
}

#[test]
fn an_organisation_is_kept_and_comes_back_as_it_was() {
    let mut organisation = Organisation::default();
    organisation.apply(OrganisationEvent::SettingsChanged(settings("UTC")));
    organisation.apply(published(1, "Be kind"));
    let kept = serde_json::to_string(&organisation).unwrap();
    assert_eq!(serde_json::from_str::<Organisation>(&kept).unwrap(), organisation);
}

#[test]
fn the_default_terms_can_be_published_and_say_what_they_must() {
    let terms = TermsText::parse(Organisation::DEFAULT_TERMS).unwrap();
    for said in ["What you can see", "engagement letter", "recorded", "cookies", "link", "scope", "copies out of"] {
        assert!(terms.as_str().contains(said), "{said}");
    }
}

// rows: S2-15, S5-04, C1, C5, C7, C8
#[rstest]
#[case(Preset::StrictToken, "30 1 90 reusable none email owner yes yes")]
#[case(Preset::AuditCycle, "90 1 365 single_use email_code show_once permission no no")]
#[case(Preset::MagicLink, "90 1 365 reusable none email owner_admin yes yes")]
#[case(Preset::Balanced, "30 1 90 reusable email_code email owner_admin yes yes")]
fn a_preset_has_its_values(#[case] preset: Preset, #[case] row: &str) {
    let policy = preset.policy();
    assert_eq!(policy.rows().map(|(_, value)| value).join(" "), row);
    assert_eq!(Policy::new(*policy.values()), Ok(policy), "a preset is a policy");
    assert_eq!(policy.differences(preset), []);
}

#[test]
fn a_policy_says_in_which_values_it_differs_from_its_preset() {
    let values = PolicyValues { max_days: 180, resend: false, ..*Preset::Balanced.policy().values() };
    let differences = Policy::new(values).unwrap().differences(Preset::Balanced);
    let shown: Vec<_> = differences.iter().map(|d| (d.field, d.value.as_str(), d.preset_value.as_str())).collect();
    assert_eq!(shown, [("max_days", "180", "90"), ("resend", "no", "yes")]);
}

// rows: S1-54, C1
#[test]
fn balanced_lasts_its_90_days_at_most_and_the_other_presets_a_year() {
    let lasting = |preset: Preset, max_days| {
        let policy = Policy::new(PolicyValues { max_days, ..*preset.policy().values() }).unwrap();
        Organisation::default().decide(Command::ChangePolicy { preset, policy })
    };
    let cap = OrganisationError::DaysAboveCap { preset: Preset::Balanced, cap: 90 };
    assert_eq!(lasting(Preset::Balanced, 91).unwrap_err(), cap);
    lasting(Preset::Balanced, 89).unwrap();
    for preset in [Preset::AuditCycle, Preset::MagicLink, Preset::StrictToken] {
        lasting(preset, 365).unwrap();
    }
}

#[test]
fn a_policy_says_in_which_values_it_lets_more_happen_than_before() {
    let since = |now: Preset, before: Preset| now.policy().loosened_since(&before.policy());
    assert_eq!(since(Preset::MagicLink, Preset::AuditCycle), ["link_reuse", "second_factor"]);
    assert_eq!(since(Preset::AuditCycle, Preset::StrictToken), ["max_days", "granters"]);
    assert_eq!(since(Preset::Balanced, Preset::Balanced), [""; 0]);
}

#[test]
fn the_rows_of_a_policy_are_all_that_is_recorded_of_it() {
    let recorded = serde_json::to_value(Policy::default()).unwrap();
    let mut names = Policy::default().rows().map(|(name, _)| name);
    names.sort_unstable();
    assert_eq!(recorded.as_object().unwrap().keys().collect::<Vec<_>>(), names);
}

#[rstest]
#[case::a_day_only(1, 1, 1, Ok(()))]
#[case::a_year_only(365, 365, 365, Ok(()))]
#[case::nothing(0, 1, 1, Err(PolicyError::MinDaysZero))]
#[case::default_too_short(7, 6, 90, Err(PolicyError::DefaultDaysBelowMin { default_days: 6, min_days: 7 }))]
#[case::default_too_long(7, 91, 90, Err(PolicyError::DefaultDaysAboveMax { default_days: 91, max_days: 90 }))]
#[case::upside_down(90, 90, 7, Err(PolicyError::DefaultDaysAboveMax { default_days: 90, max_days: 7 }))]
#[case::too_long(1, 30, 366, Err(PolicyError::MaxDaysAboveLimit { max_days: 366 }))]
fn the_days_of_a_policy_hold_together(
    #[case] min_days: u16,
    #[case] default_days: u16,
    #[case] max_days: u16,
    #[case] answer: Result<(), PolicyError>,
) {
    let values = PolicyValues { default_days, max_days, min_days, ..*Policy::default().values() };
    assert_eq!(Policy::new(values).map(|_| ()), answer);
    let stored = serde_json::to_value(values).unwrap();
    assert_eq!(serde_json::from_value::<Policy>(stored).is_ok(), answer.is_ok(), "nor is it read");
    if let Err(error) = answer {
        assert!(Policy::default().rows().iter().any(|(name, _)| *name == error.field()), "{error}");
    }
}

#[test]
fn a_policy_bounds_how_long_access_lasts() {
    for preset in Preset::ALL {
        let (policy, limits) = (preset.policy(), preset.policy().limits());
        let PolicyValues { max_days, min_days, .. } = *policy.values();
        assert_eq!((limits.min_days(), limits.max_days()), (min_days, max_days));
    }
}

#[test]
fn words_are_in_the_order_in_which_they_sort() {
    assert!(Preset::ALL.is_sorted_by_key(|word| word.as_str()));
    assert!(Granters::ALL.is_sorted_by_key(|word| word.as_str()));
}

#[rstest]
#[case("UTC")]
#[case("Europe/Berlin")]
#[case("America/Argentina/ComodRivadavia")]
#[case("Etc/GMT+5")]
#[case("America/Port-au-Prince")]
#[case("EST5EDT")]
fn a_time_zone_has_the_form_of_its_name(#[case] text: &str) {
    assert_eq!(TimeZone::parse(text).unwrap().as_str(), text);
}

#[rstest]
#[case("", TimeZoneError::Form)]
#[case("/UTC", TimeZoneError::Form)]
#[case("Europe//Berlin", TimeZoneError::Form)]
#[case("../etc/passwd", TimeZoneError::Form)]
#[case("Europe/Berlin\n", TimeZoneError::Form)]
#[case("Amérique", TimeZoneError::Form)]
#[case(&"x".repeat(65), TimeZoneError::TooLong { chars: 65 })]
fn another_form_is_no_time_zone(#[case] text: &str, #[case] error: TimeZoneError) {
    assert_eq!(TimeZone::parse(text), Err(error));
}

#[test]
fn a_contact_is_a_few_lines() {
    assert!(Contact::parse(&"é".repeat(500)).is_ok());
    assert_eq!(Contact::parse("Compliance\n+49 30 1234").unwrap().as_str(), "Compliance\n+49 30 1234");
    assert_eq!(Contact::parse(&"é".repeat(501)), Err(ContactError::Length { chars: 501 }));
    assert_eq!(Contact::parse(" \n"), Err(ContactError::Length { chars: 2 }));
    assert_eq!(Contact::parse("a\tb"), Err(ContactError::Control));
}

#[test]
fn a_text_of_terms_fits_an_entry() {
    assert!(TermsText::parse(&"é".repeat(30_000)).is_ok());
    assert_eq!(TermsText::parse(&"e".repeat(30_001)), Err(TermsTextError::TooLong { chars: 30_001 }));
    assert!(TermsText::parse(&"監".repeat(20_000)).is_ok());
    assert_eq!(TermsText::parse(&"監".repeat(20_001)), Err(TermsTextError::TooLarge { bytes: 60_003 }));
    let quoted = "\"é".repeat(15_000);
    assert!(TermsText::parse(&quoted).is_ok(), "an escaped character takes two bytes");
    let larger = quoted.replacen("\"é", "\"監", 1);
    assert_eq!(TermsText::parse(&larger), Err(TermsTextError::TooLarge { bytes: 60_001 }));
}

#[rstest]
#[case("", TermsTextError::Empty)]
#[case(" \n ", TermsTextError::Empty)]
#[case("a\r\nb", TermsTextError::Control)]
#[case("a\tb", TermsTextError::Control)]
#[case("a\u{85}b", TermsTextError::Control)]
fn terms_are_visible_lines(#[case] text: &str, #[case] error: TermsTextError) {
    assert_eq!(TermsText::parse(text), Err(error));
}

fn given(events: Vec<OrganisationEvent>) -> AggregateTestExecutor<Organisation> {
    let actor = Actor { kind: ActorType::User, id: "018f3b7e-0000-7000-8000-00000000d001".into(), role: None };
    TestFramework::with(Ctx::of(actor, Timestamp::EPOCH)).given(events)
}

fn settings(time_zone: &str) -> Settings {
    let (name, time_zone) = (OrganisationName::parse("Acme"), TimeZone::parse(time_zone));
    Settings { contact: None, name: name.unwrap(), time_zone: time_zone.unwrap() }
}

fn change_policy(preset: Preset) -> Command {
    Command::ChangePolicy { preset, policy: preset.policy() }
}

fn policy_changed(preset: Preset) -> OrganisationEvent {
    OrganisationEvent::PolicyChanged(PolicyChanged { policy: preset.policy(), preset })
}

fn publish(text: &str) -> Command {
    Command::PublishTerms { text: TermsText::parse(text).unwrap(), sha256: sha256(text) }
}

fn published(version: u32, text: &str) -> OrganisationEvent {
    let (version, text_of) = (NonZeroU32::new(version).unwrap(), TermsText::parse(text).unwrap());
    OrganisationEvent::TermsPublished(PublishedTerms { sha256: sha256(text), text: text_of, version })
}

/// Not a hash, but another one for each text of another length.
fn sha256(text: &str) -> Sha256 {
    Sha256::parse(&format!("{:064x}", text.len())).unwrap()
}
