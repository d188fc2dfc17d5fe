use super::*;

// rows: S1-56, S5-79
#[rstest]
#[case::before_it_is_accepted(vec![])]
#[case::after_it_is_accepted(vec![accepted()])]
fn an_access_is_revoked(#[case] after: Vec<AccessGrantEvent>) {
    given(NOW, after_granting(after)).when(revoke()).then_expect_events(vec![revoked()]);
}

#[test]
fn an_access_whose_end_is_not_recorded_can_be_revoked_after_it() {
    given(NOW + 31 * DAY_MICROS, after_granting(vec![])).when(revoke()).then_expect_events(vec![revoked()]);
}

#[rstest]
#[case::never_granted(vec![], GrantError::NotGranted)]
#[case::revoked(after_granting(vec![accepted(), revoked()]), GrantError::AlreadyRevoked)]
#[case::expired(after_granting(vec![expired()]), GrantError::AlreadyExpired)]
fn what_is_not_in_force_cannot_be_revoked(#[case] before: Vec<AccessGrantEvent>, #[case] refused: GrantError) {
    given(NOW, before).when(revoke()).then_expect_error(refused);
}

#[rstest]
#[case::before_it_is_accepted(vec![])]
#[case::after_it_is_accepted(vec![accepted()])]
fn an_access_expires_at_its_instant(#[case] after: Vec<AccessGrantEvent>) {
    given(NOW + LASTS, after_granting(after)).when(expire()).then_expect_events(vec![expired()]);
}

#[test]
fn an_access_does_not_expire_before_its_time() {
    let now = NOW + LASTS - 1;
    let refused = GrantError::NotOver { expires_at: at(NOW + LASTS), now: at(now) };
    given(now, after_granting(vec![accepted()])).when(expire()).then_expect_error(refused);
}

#[rstest]
#[case::never_granted(vec![], GrantError::NotGranted)]
#[case::revoked(after_granting(vec![revoked()]), GrantError::AlreadyRevoked)]
#[case::expired(after_granting(vec![expired()]), GrantError::AlreadyExpired)]
fn what_is_not_in_force_does_not_expire(#[case] before: Vec<AccessGrantEvent>, #[case] refused: GrantError) {
    given(NOW + 31 * DAY_MICROS, before).when(expire()).then_expect_error(refused);
}
