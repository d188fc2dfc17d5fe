use super::*;

#[test]
fn a_granted_access_is_accepted_with_its_link() {
    given(NOW, after_granting(vec![])).when(accept()).then_expect_events(vec![accepted()]);
}

#[test]
fn an_access_without_a_link_is_accepted_without_one() {
    let none = Command::Accept { token_sha256: None };
    given(NOW, after(by_api_key(), vec![])).when(none.clone()).then_expect_events(vec![accepted()]);
    given(NOW, after(by_api_key(), vec![])).when(accept()).then_expect_error(GrantError::AnotherToken);
    given(NOW, after_granting(vec![])).when(none).then_expect_error(GrantError::AnotherToken);
}

#[rstest]
#[case::with_a_link_that_works_once(granted(LASTS), accept())]
#[case::without_a_link(by_api_key(), Command::Accept { token_sha256: None })]
fn an_accepted_access_cannot_be_accepted_again(#[case] granted: AccessGranted, #[case] command: Command) {
    given(NOW, after(granted, vec![accepted()])).when(command).then_expect_error(GrantError::AlreadyAccepted);
}

// rows: C7
#[test]
fn a_link_that_can_be_used_again_opens_until_the_last_microsecond() {
    let end = NOW + LASTS;
    let given = |now, events| given(now, after(reusable(), events));
    given(NOW, vec![]).when(accept()).then_expect_events(vec![accepted()]);
    given(NOW, vec![accepted()]).when(accept()).then_expect_events(vec![accepted_again()]);
    given(end - 1, vec![accepted(), accepted_again()]).when(accept()).then_expect_events(vec![accepted_again()]);
    given(end, vec![accepted()]).when(accept()).then_expect_error(GrantError::Over { expires_at: at(end) });
    given(NOW, vec![accepted()]).when(accept_with('6')).then_expect_error(GrantError::AnotherToken);
    given(NOW, vec![accepted(), revoked()]).when(accept()).then_expect_error(GrantError::AlreadyRevoked);
}

#[test]
fn an_access_that_was_never_granted_cannot_be_accepted() {
    given(NOW, vec![]).when(accept()).then_expect_error(GrantError::NotGranted);
}

#[rstest]
#[case::at_the_instant(LASTS)]
#[case::later(LASTS + 1)]
fn an_access_cannot_be_accepted_once_its_time_is_over(#[case] elapsed: i64) {
    let refused = GrantError::Over { expires_at: at(NOW + LASTS) };
    given(NOW + elapsed, after_granting(vec![])).when(accept()).then_expect_error(refused);
}

#[test]
fn an_access_can_be_accepted_until_its_last_microsecond() {
    given(NOW + LASTS - 1, after_granting(vec![])).when(accept()).then_expect_events(vec![accepted()]);
}

#[rstest]
#[case::revoked(revoked(), GrantError::AlreadyRevoked)]
#[case::expired(expired(), GrantError::AlreadyExpired)]
fn an_access_that_has_ended_cannot_be_accepted(#[case] end: AccessGrantEvent, #[case] refused: GrantError) {
    given(NOW, after_granting(vec![end])).when(accept()).then_expect_error(refused);
}

#[test]
fn an_auditor_accepts_only_what_is_theirs() {
    let given = |id| TestFramework::<AccessGrant>::with(auditor(NOW, id)).given(after_granting(vec![]));
    given("018f3b7e-0000-7000-8000-00000000c002").when(accept()).then_expect_error(GrantError::AnotherPerson);
    given(PERSON).when(accept()).then_expect_events(vec![accepted()]);
}

#[test]
fn sending_again_replaces_the_link() {
    given(NOW, after_granting(vec![])).when(resend('6')).then_expect_events(vec![resent('6')]);
    let replaced = || after_granting(vec![resent('6')]);
    given(NOW, replaced()).when(accept_with('5')).then_expect_error(GrantError::AnotherToken);
    given(NOW, replaced()).when(accept_with('6')).then_expect_events(vec![accepted()]);
    given(NOW, replaced()).when(resend('6')).then_expect_error(GrantError::NothingChanged);
}

#[rstest]
#[case::otherwise(Some(Delivery::ShowOnce), Delivery::ShowOnce)]
#[case::as_before_where_version_1_did_not_say(None, Delivery::Email)]
fn a_link_that_was_replaced_reaches_the_auditor_as_the_last_one_did(
    #[case] delivery: Option<Delivery>,
    #[case] expected: Delivery,
) {
    let resent = AccessGrantEvent::InviteResent(InviteResent { delivery, token_sha256: sha256('6') });
    let grant = after_granting(vec![resent]).into_iter().fold(AccessGrant::default(), |mut grant, event| {
        grant.apply(event);
        grant
    });
    assert_eq!(grant.terms().and_then(|terms| terms.invitation.as_ref()).map(|link| link.delivery), Some(expected));
}

#[rstest]
#[case::never_granted(NOW, vec![], GrantError::NotGranted)]
#[case::active(NOW, after_granting(vec![accepted()]), GrantError::AlreadyAccepted)]
#[case::revoked(NOW, after_granting(vec![revoked()]), GrantError::AlreadyRevoked)]
#[case::expired(NOW, after_granting(vec![expired()]), GrantError::AlreadyExpired)]
#[case::over(NOW + LASTS, after_granting(vec![]), GrantError::Over { expires_at: at(NOW + LASTS) })]
#[case::without_a_link(NOW, after(by_api_key(), vec![]), GrantError::NoLink)]
fn only_a_link_that_waits_is_replaced(
    #[case] now: i64,
    #[case] before: Vec<AccessGrantEvent>,
    #[case] refused: GrantError,
) {
    given(now, before).when(resend('6')).then_expect_error(refused);
}

// rows: C18
#[test]
fn a_policy_can_ask_for_a_new_grant_instead_of_another_link() {
    let command = Command::Resend(Resend { policy_allows: false, ..resend_by(Delivery::Email, '6') });
    given(NOW, after_granting(vec![])).when(command).then_expect_error(GrantError::ResendNotAllowed);
}

#[test]
fn a_refused_link_has_a_reason_to_record() {
    let refused = |grant: AccessGrant, now, command| grant.decide(&ctx(now), command).unwrap_err().reason();
    let pending = || replay(after_granting(vec![]));
    assert_eq!(refused(AccessGrant::Absent, NOW, accept()), Some(Refusal::GrantUnknown));
    assert_eq!(refused(pending(), NOW, accept_with('6')), Some(Refusal::TokenReplaced));
    assert_eq!(refused(pending(), NOW + LASTS, accept()), Some(Refusal::GrantExpired));
    assert_eq!(refused(replay(after_granting(vec![accepted()])), NOW, accept()), Some(Refusal::LinkUsed));
    assert_eq!(refused(replay(after_granting(vec![revoked()])), NOW, accept()), Some(Refusal::GrantRevoked));
    assert_eq!(refused(replay(after_granting(vec![expired()])), NOW, accept()), Some(Refusal::GrantExpired));
    assert_eq!(refused(pending(), NOW, Command::Grant(grant(LASTS))), None, "that is not about a link");
}
