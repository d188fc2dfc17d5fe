//! Given what has happened, when something is asked, then this happens or is refused.

use cqrs_es::DomainEvent;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use ledger::vocabulary::{Actor, Recorded};
use rstest::rstest;

use super::*;
use crate::name::UnknownWord;
use crate::note::NoteError;

/// 2026-11-22T09:00:00Z.
const NOW: i64 = 1_795_338_000_000_000;
const PERSON: &str = "018f3b7e-0000-7000-8000-00000000c001";

#[test]
fn access_is_granted_with_the_sets_of_its_bundle() {
    let expected = granted(30 * DAY_MICROS);
    assert_eq!(words(&expected.capabilities), ["export", "view"]);
    assert_eq!(words(&expected.resources), ["access_reports", "audit_logs", "compliance_status", "user_activity"]);
    given(NOW, vec![])
        .when(Command::Grant(grant(30 * DAY_MICROS)))
        .then_expect_events(vec![AccessGrantEvent::AccessGranted(expected)]);
}

#[rstest]
#[case::pending(vec![])]
#[case::accepted(vec![accepted()])]
#[case::revoked(vec![revoked()])]
#[case::expired(vec![expired()])]
fn access_is_not_granted_twice_in_one_stream(#[case] after: Vec<AccessGrantEvent>) {
    given(NOW, after_granting(after))
        .when(Command::Grant(grant(30 * DAY_MICROS)))
        .then_expect_error(GrantError::AlreadyGranted);
}

#[rstest]
#[case::a_day(DAY_MICROS)]
#[case::a_year(365 * DAY_MICROS)]
fn access_is_granted_for_a_day_to_365_days(#[case] duration: i64) {
    given(NOW, vec![])
        .when(Command::Grant(grant(duration)))
        .then_expect_events(vec![AccessGrantEvent::AccessGranted(granted(duration))]);
}

#[rstest]
#[case::a_microsecond_short(DAY_MICROS - 1)]
#[case::nothing(0)]
#[case::the_past(-DAY_MICROS)]
fn access_for_less_than_a_day_is_refused(#[case] duration: i64) {
    let refused = GrantError::TooShort { expires_at: at(NOW + duration), now: at(NOW) };
    given(NOW, vec![]).when(Command::Grant(grant(duration))).then_expect_error(refused);
}

#[test]
fn access_for_more_than_365_days_is_refused() {
    let duration = 365 * DAY_MICROS + 1;
    let refused = GrantError::TooLong { expires_at: at(NOW + duration), now: at(NOW) };
    given(NOW, vec![]).when(Command::Grant(grant(duration))).then_expect_error(refused);
}

#[test]
fn a_granted_access_is_accepted() {
    given(NOW, after_granting(vec![])).when(Command::Accept).then_expect_events(vec![accepted()]);
}

#[test]
fn an_accepted_access_cannot_be_accepted_again() {
    given(NOW, after_granting(vec![accepted()])).when(Command::Accept).then_expect_error(GrantError::AlreadyAccepted);
}

#[test]
fn an_access_that_was_never_granted_cannot_be_accepted() {
    given(NOW, vec![]).when(Command::Accept).then_expect_error(GrantError::NotGranted);
}

#[rstest]
#[case::at_the_instant(30 * DAY_MICROS)]
#[case::later(30 * DAY_MICROS + 1)]
fn an_access_cannot_be_accepted_once_its_time_is_over(#[case] elapsed: i64) {
    let refused = GrantError::Over { expires_at: at(NOW + 30 * DAY_MICROS) };
    given(NOW + elapsed, after_granting(vec![])).when(Command::Accept).then_expect_error(refused);
}

#[test]
fn an_access_can_be_accepted_until_its_last_microsecond() {
    given(NOW + 30 * DAY_MICROS - 1, after_granting(vec![])).when(Command::Accept).then_expect_events(vec![accepted()]);
}

#[rstest]
#[case::revoked(revoked(), GrantError::AlreadyRevoked)]
#[case::expired(expired(), GrantError::AlreadyExpired)]
fn an_access_that_has_ended_cannot_be_accepted(#[case] end: AccessGrantEvent, #[case] refused: GrantError) {
    given(NOW, after_granting(vec![end])).when(Command::Accept).then_expect_error(refused);
}

#[test]
fn an_auditor_accepts_only_what_is_theirs() {
    let mut ctx = ctx(NOW);
    ctx.actor = actor(ActorType::Auditor, "018f3b7e-0000-7000-8000-00000000c002");
    let given = |ctx| TestFramework::<AccessGrant>::with(ctx).given(after_granting(vec![]));
    given(ctx.clone()).when(Command::Accept).then_expect_error(GrantError::AnotherPerson);
    ctx.actor = actor(ActorType::Auditor, PERSON);
    given(ctx).when(Command::Accept).then_expect_events(vec![accepted()]);
}

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
    given(NOW + 30 * DAY_MICROS, after_granting(after)).when(expire()).then_expect_events(vec![expired()]);
}

#[test]
fn an_access_does_not_expire_before_its_time() {
    let now = NOW + 30 * DAY_MICROS - 1;
    let refused = GrantError::NotOver { expires_at: at(NOW + 30 * DAY_MICROS), now: at(now) };
    given(now, after_granting(vec![accepted()])).when(expire()).then_expect_error(refused);
}

#[rstest]
#[case::never_granted(vec![], GrantError::NotGranted)]
#[case::revoked(after_granting(vec![revoked()]), GrantError::AlreadyRevoked)]
#[case::expired(after_granting(vec![expired()]), GrantError::AlreadyExpired)]
fn what_is_not_in_force_does_not_expire(#[case] before: Vec<AccessGrantEvent>, #[case] refused: GrantError) {
    given(NOW + 31 * DAY_MICROS, before).when(expire()).then_expect_error(refused);
}

#[rstest]
#[case::accepted(vec![accepted()], Ok(()))]
#[case::pending(vec![], Err(Refusal::GrantNotAccepted))]
#[case::revoked(vec![accepted(), revoked()], Err(Refusal::GrantRevoked))]
#[case::expired(vec![accepted(), expired()], Err(Refusal::GrantExpired))]
fn only_an_accepted_access_permits_anything(#[case] after: Vec<AccessGrantEvent>, #[case] answer: Result<(), Refusal>) {
    let grant = replay(after_granting(after));
    assert_eq!(grant.permits(at(NOW), Capability::View, Resource::AuditLogs), answer);
}

#[test]
fn an_access_permits_what_it_reaches_until_its_last_microsecond() {
    let grant = replay(after_granting(vec![accepted()]));
    let view = |now, resource| grant.permits(at(now), Capability::View, resource);
    assert_eq!(view(NOW + 30 * DAY_MICROS - 1, Resource::AuditLogs), Ok(()));
    assert_eq!(view(NOW + 30 * DAY_MICROS, Resource::AuditLogs), Err(Refusal::GrantExpired));
    assert_eq!(view(NOW, Resource::Invoices), Err(Refusal::NotPermitted));
    assert_eq!(grant.permits(at(NOW), Capability::Download, Resource::AuditLogs), Err(Refusal::NotPermitted));
    let absent = AccessGrant::Absent.permits(at(NOW), Capability::View, Resource::AuditLogs);
    assert_eq!(absent, Err(Refusal::GrantUnknown));
}

#[test]
fn a_grant_keeps_its_terms_when_its_data_key_is_gone() {
    let erased = AccessGranted { email: Personal::Erased, name: Some(Personal::Erased), ..granted(30 * DAY_MICROS) };
    let grant = replay(vec![AccessGrantEvent::AccessGranted(erased), accepted()]);
    assert_eq!(grant.state(), "accepted");
    assert_eq!(grant.terms().unwrap().email, Personal::Erased);
    assert_eq!(grant.permits(at(NOW), Capability::View, Resource::AuditLogs), Ok(()));
}

#[test]
fn every_state_is_reached_by_its_events() {
    let state = |events| replay(events).state();
    assert_eq!(state(vec![]), "absent");
    assert_eq!(state(after_granting(vec![])), "granted");
    assert_eq!(state(after_granting(vec![accepted()])), "accepted");
    assert_eq!(state(after_granting(vec![accepted(), revoked()])), "revoked");
    assert_eq!(state(after_granting(vec![expired()])), "expired");
    assert_eq!(state(vec![accepted()]), "absent", "without terms there is no grant");
}

#[test]
fn whatever_is_asked_a_grant_moves_forward_only_and_its_end_is_final() {
    let over = NOW + 30 * DAY_MICROS;
    let asked =
        [(NOW, Command::Grant(grant(30 * DAY_MICROS))), (NOW, Command::Accept), (NOW, revoke()), (over, expire())];
    let order = ["absent", "granted", "accepted", "revoked", "expired"];
    // Every sequence of five of them.
    for sequence in 0..4_usize.pow(5) {
        let mut grant = AccessGrant::default();
        for step in 0..5 {
            let (now, command) = &asked[sequence / 4_usize.pow(step) % 4];
            let before = grant.state();
            let Ok(event) = grant.decide(&ctx(*now), command.clone()) else { continue };
            grant.apply(event);
            let place = |state| order.iter().position(|name| *name == state);
            assert!(place(before) < place(grant.state()), "{before} to {}", grant.state());
            assert!(!["revoked", "expired"].contains(&before), "{before} is final");
        }
    }
}

#[test]
fn an_unknown_capability_or_resource_or_bundle_is_refused() {
    let unknown = |result: Result<Scope, ScopeError>| match result {
        Err(ScopeError::Unknown(UnknownWord { what, found, .. })) => (what, found),
        other => panic!("not refused as unknown: {other:?}"),
    };
    assert_eq!(unknown(Scope::custom(["view", "edit"], ["controls"])), ("capability", "edit".into()));
    assert_eq!(unknown(Scope::custom(["view"], ["payroll"])), ("type of resource", "payroll".into()));
    let error = Bundle::parse("Full").unwrap_err();
    assert_eq!(error.to_string(), "\"Full\" is no bundle; there are: compliance, custom, financial, full, security");
}

#[test]
fn a_scope_reaches_something() {
    assert_eq!(Scope::custom([], ["controls"]), Err(ScopeError::NoCapability));
    assert_eq!(Scope::custom(["view"], []), Err(ScopeError::NoResource));
    assert_eq!(Scope::of_bundle(Bundle::Custom), Err(ScopeError::Custom));
}

#[test]
fn the_full_bundle_reaches_all_that_the_others_do() {
    let resources = |bundle| Scope::of_bundle(bundle).unwrap().into_parts().2;
    assert_eq!(resources(Bundle::Full).len(), 8);
    for bundle in [Bundle::Compliance, Bundle::Financial, Bundle::Security] {
        assert!(resources(bundle).is_subset(&resources(Bundle::Full)), "{bundle}");
    }
}

#[test]
fn sets_are_recorded_in_the_order_of_their_words() {
    assert!(Capability::ALL.is_sorted_by_key(|word| word.as_str()));
    assert!(Resource::ALL.is_sorted_by_key(|word| word.as_str()));
    assert_eq!(words(Capability::ALL).len(), 8);
}

#[test]
fn a_recorded_set_out_of_order_or_empty_or_doubled_is_not_read() {
    let read = |set: &str| {
        let mut detail = AccessGrantEvent::AccessGranted(granted(DAY_MICROS)).detail();
        detail["capabilities"] = serde_json::from_str(set).unwrap();
        serde_json::from_value::<AccessGranted>(detail).is_ok()
    };
    assert!(read(r#"["export","view"]"#));
    assert!(!read(r#"["view","export"]"#));
    assert!(!read(r#"["view","view"]"#));
    assert!(!read("[]"));
}

#[test]
fn a_note_is_a_paragraph_at_most() {
    assert_eq!(Note::parse(&"é".repeat(1000)).unwrap().as_str().chars().count(), 1000);
    assert_eq!(Note::parse(&"é".repeat(1001)), Err(NoteError::Length { chars: 1001 }));
    assert_eq!(Note::parse(""), Err(NoteError::Length { chars: 0 }));
    assert_eq!(Note::parse("a\0b"), Err(NoteError::Nul));
}

#[test]
fn the_framework_sees_the_frozen_name_and_version() {
    let event = accepted();
    assert_eq!((event.event_type().as_str(), event.event_version().as_str()), ("auditor.invite.accepted", "1"));
}

fn given(now: i64, events: Vec<AccessGrantEvent>) -> AggregateTestExecutor<AccessGrant> {
    TestFramework::with(ctx(now)).given(events)
}

fn after_granting(events: Vec<AccessGrantEvent>) -> Vec<AccessGrantEvent> {
    let mut all = vec![AccessGrantEvent::AccessGranted(granted(30 * DAY_MICROS))];
    all.extend(events);
    all
}

fn replay(events: Vec<AccessGrantEvent>) -> AccessGrant {
    let mut grant = AccessGrant::default();
    for event in events {
        grant.apply(event);
    }
    grant
}

fn grant(duration: i64) -> Grant {
    Grant {
        person: PersonId::parse(PERSON).unwrap(),
        email: Email::parse("ada@example.org").unwrap(),
        name: Some(PersonName::parse("Ada Prüfer").unwrap()),
        firm: Firm::parse("KPMG").unwrap(),
        scope: Scope::of_bundle(Bundle::Compliance).unwrap(),
        expires_at: at(NOW + duration),
        token_sha256: None,
    }
}

fn granted(duration: i64) -> AccessGranted {
    let Grant { person, email, name, firm, scope, expires_at, token_sha256 } = grant(duration);
    let (bundle, capabilities, resources) = scope.into_parts();
    let (email, name) = (Personal::Known(email), name.map(Personal::Known));
    AccessGranted { bundle, capabilities, expires_at, firm, person, resources, token_sha256, email, name }
}

fn accepted() -> AccessGrantEvent {
    AccessGrantEvent::InviteAccepted(InviteAccepted { link: Link::First })
}

fn revoked() -> AccessGrantEvent {
    let note = Some(Note::parse("Audit is over").unwrap());
    AccessGrantEvent::AccessRevoked(AccessRevoked { note, sessions_ended: 1 })
}

fn expired() -> AccessGrantEvent {
    let expires_at = at(NOW + 30 * DAY_MICROS);
    AccessGrantEvent::AccessExpired(AccessExpired { expires_at, sessions_ended: 2 })
}

fn revoke() -> Command {
    Command::Revoke { note: Some(Note::parse("Audit is over").unwrap()), sessions_ended: 1 }
}

fn expire() -> Command {
    Command::Expire { sessions_ended: 2 }
}

fn ctx(now: i64) -> Ctx {
    Ctx::of(actor(ActorType::ApiKey, "018f3b7e-0000-7000-8000-00000000b001"), at(now))
}

fn actor(kind: ActorType, id: &str) -> Actor {
    Actor { kind, id: id.to_owned(), role: None }
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

fn words<'a, T: ToString + 'a>(set: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    set.into_iter().map(ToString::to_string).collect()
}
