use super::*;

// rows: C17
#[test]
fn an_access_is_changed_where_it_stands() {
    let (before, after) = (granted(LASTS).extent, full(2 * LASTS));
    let expected = AccessChanged { after: after.clone(), before: before.clone(), version: 2, widening: true };
    for so_far in [vec![], vec![accepted()]] {
        given(NOW, after_granting(so_far))
            .when(change(&after))
            .then_expect_events(vec![AccessGrantEvent::AccessChanged(Box::new(expected.clone()))]);
    }
    let back = AccessChanged { after: before.clone(), before: after, version: 3, widening: false };
    given(NOW, after_granting(vec![AccessGrantEvent::AccessChanged(Box::new(expected))]))
        .when(change(&before))
        .then_expect_events(vec![AccessGrantEvent::AccessChanged(Box::new(back))]);
}

#[test]
fn a_change_decides_from_the_next_request_on() {
    let changed = |after: Extent| {
        let before = granted(LASTS).extent;
        AccessGrantEvent::AccessChanged(Box::new(AccessChanged { after, before, version: 2, widening: true }))
    };
    let grant = replay(after_granting(vec![accepted(), changed(full(DAY_MICROS))]));
    let view = |now, resource| grant.permits(at(now), Capability::View, resource, Item::List);
    assert_eq!(view(NOW, Resource::Invoices), Ok(()));
    assert_eq!(view(NOW + DAY_MICROS, Resource::Invoices), Err(Refusal::GrantExpired), "the end was moved");
    assert_eq!(grant.terms().unwrap().version, 2);
}

#[test]
fn an_end_that_stays_is_not_measured_again() {
    let late = NOW + LASTS - 1;
    let after = full(LASTS);
    let expected = AccessChanged { after: after.clone(), before: granted(LASTS).extent, version: 2, widening: true };
    given(late, after_granting(vec![accepted()]))
        .when(change(&after))
        .then_expect_events(vec![AccessGrantEvent::AccessChanged(Box::new(expected))]);
}

#[rstest]
#[case::too_short(LASTS + 1, |expires_at, now| GrantError::TooShort { expires_at, now, min_days: 1 })]
#[case::too_long(200 * DAY_MICROS, |expires_at, now| GrantError::TooLong { expires_at, now, max_days: 90 })]
fn a_new_end_is_measured_from_now(#[case] end: i64, #[case] refused: fn(Timestamp, Timestamp) -> GrantError) {
    let now = NOW + LASTS - 1;
    given(now, after_granting(vec![accepted()]))
        .when(change(&full(end)))
        .then_expect_error(refused(at(NOW + end), at(now)));
}

#[rstest]
#[case::never_granted(NOW, vec![], GrantError::NotGranted)]
#[case::revoked(NOW, after_granting(vec![revoked()]), GrantError::AlreadyRevoked)]
#[case::expired(NOW, after_granting(vec![expired()]), GrantError::AlreadyExpired)]
#[case::over(NOW + LASTS, after_granting(vec![]), GrantError::Over { expires_at: at(NOW + LASTS) })]
fn what_is_not_in_force_cannot_be_changed(
    #[case] now: i64,
    #[case] before: Vec<AccessGrantEvent>,
    #[case] refused: GrantError,
) {
    given(now, before).when(change(&full(2 * LASTS))).then_expect_error(refused);
}

#[test]
fn a_change_of_nothing_is_refused() {
    given(NOW, after_granting(vec![]))
        .when(change(&granted(LASTS).extent))
        .then_expect_error(GrantError::NothingChanged);
}

// rows: C17
#[test]
fn a_policy_can_ask_for_a_new_grant_instead_of_a_change() {
    let Command::Change(allowed) = change(&full(LASTS)) else { unreachable!("it is a change") };
    given(NOW, after_granting(vec![]))
        .when(Command::Change(NewExtent { policy_allows: false, ..allowed }))
        .then_expect_error(GrantError::ChangeNotAllowed);
}

fn full(duration: i64) -> Extent {
    Extent { expires_at: at(NOW + duration), scope: Scope::of_bundle(Bundle::Full).unwrap() }
}

fn change(to: &Extent) -> Command {
    let limits = DurationLimits::new(1, 90).unwrap();
    let Extent { expires_at, scope } = to.clone();
    Command::Change(NewExtent { scope, expires_at, limits, policy_allows: true })
}
