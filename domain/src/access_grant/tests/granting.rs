use super::*;

#[test]
fn access_is_granted_with_the_sets_of_its_bundle() {
    let expected = granted(LASTS);
    assert_eq!(words_of(expected.extent.scope.capabilities()), ["export", "view"]);
    let resources = words_of(expected.extent.scope.resources());
    assert_eq!(resources, ["access_reports", "audit_logs", "compliance_status", "user_activity"]);
    given(NOW, vec![])
        .when(Command::Grant(grant(LASTS)))
        .then_expect_events(vec![AccessGrantEvent::AccessGranted(Box::new(expected))]);
}

#[rstest]
#[case::pending(vec![])]
#[case::active(vec![accepted()])]
#[case::revoked(vec![revoked()])]
#[case::expired(vec![expired()])]
fn access_is_not_granted_twice_in_one_stream(#[case] after: Vec<AccessGrantEvent>) {
    given(NOW, after_granting(after)).when(Command::Grant(grant(LASTS))).then_expect_error(GrantError::AlreadyGranted);
}

// rows: C1
#[rstest]
#[case::a_day(DAY_MICROS)]
#[case::a_year(365 * DAY_MICROS)]
fn access_is_granted_for_a_day_to_365_days(#[case] duration: i64) {
    given(NOW, vec![])
        .when(Command::Grant(grant(duration)))
        .then_expect_events(vec![AccessGrantEvent::AccessGranted(Box::new(granted(duration)))]);
}

// rows: S1-53
#[rstest]
#[case::a_microsecond_short(DAY_MICROS - 1)]
#[case::nothing(0)]
#[case::the_past(-DAY_MICROS)]
fn access_for_less_than_a_day_is_refused(#[case] duration: i64) {
    let refused = GrantError::TooShort { expires_at: at(NOW + duration), now: at(NOW), min_days: 1 };
    given(NOW, vec![]).when(Command::Grant(grant(duration))).then_expect_error(refused);
}

// rows: S1-54, C1
#[rstest]
#[case::a_microsecond_more(DurationLimits::PLATFORM, 365 * DAY_MICROS + 1, 365)]
#[case::more_than_the_policy_allows(DurationLimits::new(1, 90).unwrap(), 91 * DAY_MICROS, 90)]
fn access_for_too_long_is_refused_with_the_longest_that_is_allowed(
    #[case] limits: DurationLimits,
    #[case] duration: i64,
    #[case] max_days: u16,
) {
    let refused = GrantError::TooLong { expires_at: at(NOW + duration), now: at(NOW), max_days };
    given(NOW, vec![]).when(Command::Grant(Grant { limits, ..grant(duration) })).then_expect_error(refused);
}

#[test]
fn a_policy_can_ask_for_more_than_a_day() {
    let limits = DurationLimits::new(7, 90).unwrap();
    let refused = GrantError::TooShort { expires_at: at(NOW + 6 * DAY_MICROS), now: at(NOW), min_days: 7 };
    given(NOW, vec![]).when(Command::Grant(Grant { limits, ..grant(6 * DAY_MICROS) })).then_expect_error(refused);
}

#[rstest]
#[case::none_at_all(0, 30)]
#[case::the_wrong_way_round(31, 30)]
#[case::more_than_a_year(1, 366)]
fn bounds_of_a_policy_stay_within_a_day_and_365(#[case] min_days: u16, #[case] max_days: u16) {
    assert_eq!(DurationLimits::new(min_days, max_days), Err(LimitsError { min_days, max_days }));
}

// rows: C19
#[test]
fn a_renewal_names_the_grant_before_it() {
    let earlier = Some(GrantId::parse("018f3b7e-0000-7000-8000-00000000a000").unwrap());
    let expected = AccessGranted { regrant_of: earlier.clone(), ..granted(LASTS) };
    given(NOW, vec![])
        .when(Command::Grant(Grant { regrant_of: earlier, ..grant(LASTS) }))
        .then_expect_events(vec![AccessGrantEvent::AccessGranted(Box::new(expected))]);
}
