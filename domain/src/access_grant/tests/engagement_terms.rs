use super::*;

#[test]
fn terms_are_accepted_with_a_name_typed_as_a_signature() {
    given(NOW, after_granting(vec![accepted()])).when(accept_terms(1)).then_expect_events(vec![signed(1)]);
}

#[test]
fn terms_are_needed_until_that_version_is_accepted_and_again_once_it_is_cleared() {
    let needs = |events, version| replay(after_granting(events)).terms().unwrap().needs_terms(number(version));
    assert!(needs(vec![accepted()], 1));
    assert!(!needs(vec![accepted(), signed(1)], 1));
    assert!(needs(vec![accepted(), signed(1)], 2), "another version is in force");
    assert!(!needs(vec![accepted(), signed(1), signed(2)], 2));
    assert!(needs(vec![accepted(), signed(1), cleared(1)], 1));
    assert!(!needs(vec![accepted(), signed(1), cleared(1), signed(1)], 1));
    assert!(!needs(vec![accepted(), signed(1), accepted_again()], 1), "later visits do not ask again");
}

#[test]
fn the_same_version_is_not_accepted_twice() {
    given(NOW, after_granting(vec![accepted(), signed(1)]))
        .when(accept_terms(1))
        .then_expect_error(GrantError::TermsAlreadyAccepted { version: number(1) });
    given(NOW, after_granting(vec![accepted(), signed(1)])).when(accept_terms(2)).then_expect_events(vec![signed(2)]);
    given(NOW, after_granting(vec![accepted(), signed(1), cleared(1)]))
        .when(accept_terms(1))
        .then_expect_events(vec![signed(1)]);
}

#[rstest]
#[case::never_granted(NOW, vec![], GrantError::NotGranted)]
#[case::pending(NOW, after_granting(vec![]), GrantError::NotAccepted)]
#[case::revoked(NOW, after_granting(vec![accepted(), revoked()]), GrantError::AlreadyRevoked)]
#[case::expired(NOW, after_granting(vec![accepted(), expired()]), GrantError::AlreadyExpired)]
#[case::over(NOW + LASTS, after_granting(vec![accepted()]), GrantError::Over { expires_at: at(NOW + LASTS) })]
fn terms_are_accepted_and_cleared_only_while_access_is_taken_up(
    #[case] now: i64,
    #[case] before: Vec<AccessGrantEvent>,
    #[case] refused: GrantError,
) {
    given(now, before.clone()).when(accept_terms(1)).then_expect_error(refused);
    given(now, before).when(clear_terms()).then_expect_error(refused);
}

#[test]
fn an_auditor_signs_only_for_themselves() {
    let given = |id| TestFramework::<AccessGrant>::with(auditor(NOW, id)).given(after_granting(vec![accepted()]));
    given("018f3b7e-0000-7000-8000-00000000c002").when(accept_terms(1)).then_expect_error(GrantError::AnotherPerson);
    given(PERSON).when(accept_terms(1)).then_expect_events(vec![signed(1)]);
}

#[test]
fn an_acceptance_is_cleared_once() {
    given(NOW, after_granting(vec![accepted(), signed(2)])).when(clear_terms()).then_expect_events(vec![cleared(2)]);
    for nothing in [vec![accepted()], vec![accepted(), signed(1), cleared(1)]] {
        given(NOW, after_granting(nothing)).when(clear_terms()).then_expect_error(GrantError::TermsNotAccepted);
    }
}
