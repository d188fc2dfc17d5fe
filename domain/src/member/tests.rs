//! Given what has happened, when something is asked, then this happens or is refused.

use cqrs_es::DomainEvent;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use ledger::vocabulary::{Actor, Outcome, Recorded, Stored};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::organisation::Granters;

/// 2026-11-22T09:00:00Z.
const NOW: i64 = 1_795_338_000_000_000;
const MEMBER: &str = "018f3b7e-0000-7000-8000-00000000d001";

#[test]
fn a_member_is_invited_for_a_week() {
    given(NOW, vec![]).when(Command::Invite(invite(&[Role::Admin]))).then_expect_events(vec![invited(&[Role::Admin])]);
    assert_eq!(invitation_of(vec![invited(&[Role::Admin])]).unwrap().expires_at, at(NOW + 7 * 86_400 * 1_000_000));
}

#[rstest]
#[case::invited(vec![])]
#[case::active(vec![activated()])]
#[case::suspended(vec![activated(), suspended()])]
#[case::removed(vec![removed()])]
fn nobody_is_invited_twice_under_one_id(#[case] after: Vec<MemberEvent>) {
    given(NOW, after_inviting(&[Role::Viewer], after))
        .when(Command::Invite(invite(&[Role::Viewer])))
        .then_expect_error(MemberError::AlreadyInvited);
}

#[rstest]
#[case::in_time(NOW + 1)]
#[case::after_its_week(NOW + 2 * INVITATION_MICROS)]
fn an_invitation_is_sent_again_with_another_link_and_a_new_week(#[case] now: i64) {
    let resent = MemberEvent::InviteResent(MemberInvitation {
        expires_at: at(now + INVITATION_MICROS),
        token_sha256: token('6'),
    });
    given(now, after_inviting(&[Role::Viewer], vec![]))
        .when(Command::ResendInvite { token_sha256: token('6') })
        .then_expect_events(vec![resent.clone()]);
    let invitation = invitation_of(after_inviting(&[Role::Viewer], vec![resent])).unwrap();
    assert_eq!((invitation.expires_at, invitation.token_sha256), (at(now + INVITATION_MICROS), token('6')));
}

#[test]
fn an_invitation_is_not_sent_again_with_the_link_it_had() {
    given(NOW, after_inviting(&[Role::Viewer], vec![]))
        .when(Command::ResendInvite { token_sha256: token('5') })
        .then_expect_error(MemberError::SameToken);
}

#[test]
fn an_invitation_is_taken_up_until_its_last_microsecond() {
    let before = || after_inviting(&[Role::Viewer], vec![]);
    let end = NOW + INVITATION_MICROS;
    given(end - 1, before()).when(activate('5')).then_expect_events(vec![activated()]);
    given(end, before()).when(activate('5')).then_expect_error(MemberError::InvitationOver { expires_at: at(end) });
}

#[test]
fn only_the_newest_link_takes_an_invitation_up() {
    let resent = MemberEvent::InviteResent(MemberInvitation { expires_at: at(NOW + 1), token_sha256: token('6') });
    let before = || after_inviting(&[Role::Viewer], vec![resent.clone()]);
    given(NOW, before()).when(activate('5')).then_expect_error(MemberError::AnotherToken);
    given(NOW, before()).when(Command::Activate { token_sha256: None }).then_expect_error(MemberError::AnotherToken);
    given(NOW, before()).when(activate('6')).then_expect_events(vec![activated()]);
}

#[test]
fn a_person_takes_up_only_their_own_invitation() {
    let before = || after_inviting(&[Role::Viewer], vec![]);
    let by = |kind, id| TestFramework::<Member>::with(Ctx::of(actor(kind, id), at(NOW))).given(before());
    let another = "018f3b7e-0000-7000-8000-00000000d002";
    by(ActorType::User, another).when(activate('5')).then_expect_error(MemberError::AnotherPerson);
    by(ActorType::User, MEMBER).when(activate('5')).then_expect_events(vec![activated()]);
    by(ActorType::System, "command-line").when(activate('5')).then_expect_events(vec![activated()]);
}

#[rstest]
#[case::absent(vec![], MemberError::NotInvited)]
#[case::active(after_inviting(&[Role::Viewer], vec![activated()]), MemberError::AlreadyActive)]
#[case::suspended(after_inviting(&[Role::Viewer], vec![activated(), suspended()]), MemberError::AlreadyActive)]
#[case::removed(after_inviting(&[Role::Viewer], vec![removed()]), MemberError::AlreadyRemoved)]
fn an_invitation_is_taken_up_and_sent_again_only_while_it_is_open(
    #[case] before: Vec<MemberEvent>,
    #[case] refused: MemberError,
) {
    given(NOW, before.clone()).when(activate('5')).then_expect_error(refused);
    given(NOW, before).when(Command::ResendInvite { token_sha256: token('6') }).then_expect_error(refused);
}

#[rstest]
#[case::before_they_begin(vec![])]
#[case::active(vec![activated()])]
#[case::suspended(vec![activated(), suspended()])]
fn a_member_gets_other_roles(#[case] after: Vec<MemberEvent>) {
    let before = after_inviting(&[Role::Viewer], after);
    let changed = roles_changed(&[Role::Viewer], &[Role::Approver, Role::Contributor]);
    let asked = change_roles(&[Role::Contributor, Role::Approver], 0);
    given(NOW, before.clone()).when(asked).then_expect_events(vec![changed.clone()]);
    let roles = replay([before, vec![changed]].concat()).profile().unwrap().roles.to_string();
    assert_eq!(roles, "approver, contributor");
}

#[test]
fn roles_that_stay_the_same_are_no_change() {
    given(NOW, after_inviting(&[Role::Viewer, Role::Approver], vec![activated()]))
        .when(change_roles(&[Role::Approver, Role::Viewer], 3))
        .then_expect_error(MemberError::NothingChanged);
}

#[rstest]
#[case::loses_the_role(change_roles(&[Role::Admin], 0))]
#[case::suspended(Command::Suspend(stop(0)))]
#[case::removed(Command::Remove(stop(0)))]
fn the_last_owner_stays_one(#[case] command: Command) {
    given(NOW, after_inviting(&[Role::Owner], vec![activated()]))
        .when(command)
        .then_expect_error(MemberError::LastOwner);
}

#[test]
fn an_owner_beside_another_can_go() {
    let owner = || given(NOW, after_inviting(&[Role::Owner], vec![activated()]));
    owner()
        .when(change_roles(&[Role::Admin], 1))
        .then_expect_events(vec![roles_changed(&[Role::Owner], &[Role::Admin])]);
    owner().when(Command::Suspend(stop(1))).then_expect_events(vec![suspended()]);
    owner().when(Command::Remove(stop(1))).then_expect_events(vec![removed()]);
}

#[test]
fn the_last_owner_may_have_further_roles() {
    given(NOW, after_inviting(&[Role::Owner], vec![activated()]))
        .when(change_roles(&[Role::Owner, Role::Approver], 0))
        .then_expect_events(vec![roles_changed(&[Role::Owner], &[Role::Owner, Role::Approver])]);
}

#[rstest]
#[case::not_begun(vec![])]
#[case::suspended(vec![activated(), suspended()])]
fn an_owner_who_does_not_count_can_be_removed(#[case] after: Vec<MemberEvent>) {
    given(NOW, after_inviting(&[Role::Owner], after))
        .when(Command::Remove(stop(0)))
        .then_expect_events(vec![removed()]);
}

#[test]
fn a_suspended_member_is_reinstated() {
    given(NOW, after_inviting(&[Role::Viewer], vec![activated(), suspended()]))
        .when(Command::Reinstate { note: None })
        .then_expect_events(vec![reinstated()]);
}

#[rstest]
#[case::absent(vec![], MemberError::NotInvited)]
#[case::not_begun(after_inviting(&[Role::Viewer], vec![]), MemberError::NotActive)]
#[case::suspended(after_inviting(&[Role::Viewer], vec![activated(), suspended()]), MemberError::AlreadySuspended)]
#[case::removed(after_inviting(&[Role::Viewer], vec![removed()]), MemberError::AlreadyRemoved)]
fn only_an_active_member_is_suspended(#[case] before: Vec<MemberEvent>, #[case] refused: MemberError) {
    given(NOW, before).when(Command::Suspend(stop(1))).then_expect_error(refused);
}

#[rstest]
#[case::absent(vec![], MemberError::NotInvited)]
#[case::not_begun(after_inviting(&[Role::Viewer], vec![]), MemberError::NotSuspended)]
#[case::active(after_inviting(&[Role::Viewer], vec![activated()]), MemberError::NotSuspended)]
#[case::removed(after_inviting(&[Role::Viewer], vec![removed()]), MemberError::AlreadyRemoved)]
fn only_a_suspended_member_is_reinstated(#[case] before: Vec<MemberEvent>, #[case] refused: MemberError) {
    given(NOW, before).when(Command::Reinstate { note: None }).then_expect_error(refused);
}

#[rstest]
#[case::absent(vec![], MemberError::NotInvited)]
#[case::removed(after_inviting(&[Role::Viewer], vec![removed()]), MemberError::AlreadyRemoved)]
fn whoever_is_no_member_is_neither_removed_nor_given_roles(
    #[case] before: Vec<MemberEvent>,
    #[case] refused: MemberError,
) {
    given(NOW, before.clone()).when(Command::Remove(stop(1))).then_expect_error(refused);
    given(NOW, before).when(change_roles(&[Role::Owner], 1)).then_expect_error(refused);
}

#[test]
fn only_an_active_member_may_do_anything() {
    let may = |after| replay(after_inviting(&[Role::Viewer], after)).permits(Permission::GrantsRead);
    assert!(!Member::Absent.permits(Permission::GrantsRead));
    assert!(!may(vec![]));
    assert!(may(vec![activated()]));
    assert!(!may(vec![activated(), suspended()]));
    assert!(may(vec![activated(), suspended(), reinstated()]));
    assert!(!may(vec![activated(), removed()]));
    let viewer = replay(after_inviting(&[Role::Viewer], vec![activated()]));
    assert!(!viewer.permits(Permission::GrantsWrite));
}

#[test]
fn every_state_is_reached_by_its_events() {
    let state = |after| replay(after_inviting(&[Role::Viewer], after)).state();
    assert_eq!(Member::default().state(), "absent");
    assert_eq!(state(vec![]), "invited");
    assert_eq!(state(vec![activated()]), "active");
    assert_eq!(state(vec![activated(), suspended()]), "suspended");
    assert_eq!(state(vec![activated(), suspended(), removed()]), "removed");
    assert_eq!(replay(vec![activated()]).state(), "absent", "without a profile there is no member");
}

#[test]
fn whatever_is_asked_a_removed_member_stays_removed_and_an_organisation_keeps_its_owner() {
    let asked = [
        Command::Invite(invite(&[Role::Owner])),
        activate('5'),
        change_roles(&[Role::Viewer], 0),
        Command::Suspend(stop(0)),
        Command::Reinstate { note: None },
        Command::Remove(stop(0)),
    ];
    // Every sequence of five of them.
    for sequence in 0..6_usize.pow(5) {
        let mut member = Member::default();
        for step in 0..5 {
            let command = &asked[sequence / 6_usize.pow(step) % 6];
            let (state, was_owner) = (member.state(), member.is_active_owner());
            let Ok(event) = member.decide(&ctx(NOW), command.clone()) else { continue };
            member.apply(event);
            assert_ne!(state, "removed");
            assert!(!was_owner || member.is_active_owner(), "{command:?} took the last owner");
        }
    }
}

#[test]
fn a_member_stays_one_when_their_data_key_is_gone() {
    let MemberEvent::MemberInvited(known) = invited(&[Role::Viewer]) else { unreachable!("it was invited") };
    let erased = MemberInvited { email: Personal::Erased, name: Some(Personal::Erased), ..known };
    let member = replay(vec![MemberEvent::MemberInvited(erased), activated()]);
    assert_eq!(member.profile().unwrap().email, Personal::Erased);
    assert!(member.permits(Permission::GrantsRead));
}

#[test]
fn an_invitation_names_its_member_by_the_subject_alone() {
    let event = invited(&[Role::Viewer]);
    assert!(event.detail().get("member").is_none());
    assert!(event.personal().iter().all(|part| part.person == MEMBER));
    let subject = Subject::parse("engagement/018f3b7e-0000-7000-8000-00000000d001").unwrap();
    let (name, version, outcome, detail) = ("member.invited", 1, &Outcome::Success, event.detail());
    let stored = Stored { name, version, subject: &subject, outcome, detail, personal: &[] };
    assert!(matches!(MemberEvent::read(&stored), Err(ReadError::Subject { .. })));
}

#[test]
fn recorded_roles_are_at_least_one_and_in_order() {
    let read = |roles: serde_json::Value| serde_json::from_value::<Roles>(roles).is_ok();
    assert!(read(json!(["admin", "owner"])));
    assert!(!read(json!(["owner", "admin"])));
    assert!(!read(json!(["owner", "owner"])));
    assert!(!read(json!(["king"])));
    assert!(!read(json!([])));
    assert_eq!(Roles::new([]), Err(NoRole));
}

#[test]
fn words_are_in_the_order_in_which_they_sort() {
    assert!(Role::ALL.is_sorted_by_key(|word| word.as_str()));
    assert!(Permission::ALL.is_sorted_by_key(|word| word.as_str()));
    for role in Role::ALL {
        assert!(role.permissions().is_sorted(), "{role}");
    }
}

#[test]
fn whoever_may_write_may_read() {
    for (read, write) in Permission::ALL.iter().filter_map(|write| {
        let read = write.as_str().strip_suffix("_write")?;
        Some((Permission::parse(&format!("{read}_read")).ok()?, *write))
    }) {
        for role in Role::ALL.iter().filter(|role| role.permissions().contains(&write)) {
            assert!(role.permissions().contains(&read), "{role}: {write} without {read}");
        }
    }
}

// rows: C39
#[test]
fn the_roles_of_all_systems_are_built_in_and_permissions_are_what_counts() {
    let words: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let expected = ["admin", "approver", "compliance_officer", "contributor", "owner", "resource_owner", "viewer"];
    assert_eq!(words, expected);
    for role in Role::ALL {
        let roles = Roles::new([*role]).unwrap();
        assert!(Permission::ALL.iter().all(|one| roles.permit(*one) == role.permissions().contains(one)), "{role}");
    }
}

#[test]
fn everybody_sees_who_has_access() {
    assert!(Role::ALL.iter().all(|role| role.permissions().contains(&Permission::GrantsRead)));
}

#[rstest]
#[case(Granters::Owner, &[Role::Owner])]
#[case(Granters::OwnerAdmin, &[Role::Admin, Role::Owner])]
#[case(Granters::Permission, &[Role::Admin, Role::ComplianceOfficer, Role::Owner])]
fn a_policy_says_who_gives_access(#[case] granters: Granters, #[case] who: &[Role]) {
    let may = |role: &&Role| may_grant(granters, &roles(&[**role]));
    assert_eq!(Role::ALL.iter().filter(may).copied().collect::<Vec<_>>(), who);
    assert!(may_grant(granters, &roles(&[Role::Viewer, who[0]])), "one of the roles is enough");
}

#[test]
fn only_owners_decide_over_owners() {
    let (admin, owner, officer) = (roles(&[Role::Admin]), roles(&[Role::Owner]), roles(&[Role::ComplianceOfficer]));
    assert!(owner.may_manage(&owner) && owner.may_manage(&admin));
    assert!(admin.may_manage(&admin) && !admin.may_manage(&owner));
    assert!(!admin.may_manage(&roles(&[Role::Owner, Role::Viewer])));
    assert!(!officer.may_manage(&officer));
}

#[test]
fn the_framework_sees_the_frozen_name_and_version() {
    let event = activated();
    assert_eq!((event.event_type().as_str(), event.event_version().as_str()), ("member.activated", "1"));
}

fn given(now: i64, events: Vec<MemberEvent>) -> AggregateTestExecutor<Member> {
    TestFramework::with(ctx(now)).given(events)
}

fn after_inviting(roles: &[Role], events: Vec<MemberEvent>) -> Vec<MemberEvent> {
    [vec![invited(roles)], events].concat()
}

fn replay(events: Vec<MemberEvent>) -> Member {
    let mut member = Member::default();
    for event in events {
        member.apply(event);
    }
    member
}

fn invitation_of(events: Vec<MemberEvent>) -> Option<MemberInvitation> {
    replay(events).invitation().cloned()
}

fn invite(as_what: &[Role]) -> Invite {
    Invite {
        member: PersonId::parse(MEMBER).unwrap(),
        email: Email::parse("grace@example.org").unwrap(),
        name: Some(PersonName::parse("Grace Prüfer").unwrap()),
        roles: roles(as_what),
        email_hash: Some(EmailHash::parse("0123456789abcdef").unwrap()),
        token_sha256: token('5'),
    }
}

fn invited(as_what: &[Role]) -> MemberEvent {
    let Invite { member, email, name, roles, email_hash, token_sha256 } = invite(as_what);
    let invitation = MemberInvitation { expires_at: at(NOW + INVITATION_MICROS), token_sha256 };
    let (email, name) = (Personal::Known(email), name.map(Personal::Known));
    MemberEvent::MemberInvited(MemberInvited { member, email_hash, invitation, roles, email, name })
}

fn activate(digit: char) -> Command {
    Command::Activate { token_sha256: token(digit) }
}

fn activated() -> MemberEvent {
    MemberEvent::MemberActivated(MemberActivated {})
}

fn change_roles(to: &[Role], other_owners: u32) -> Command {
    Command::ChangeRoles { roles: roles(to), other_owners }
}

fn roles_changed(before: &[Role], after: &[Role]) -> MemberEvent {
    MemberEvent::RolesChanged(RolesChanged { after: roles(after), before: roles(before) })
}

fn stop(other_owners: u32) -> Stop {
    Stop { note: Some(note()), sessions_ended: 2, other_owners }
}

fn suspended() -> MemberEvent {
    MemberEvent::MemberSuspended(MemberStopped { note: Some(note()), sessions_ended: 2 })
}

fn reinstated() -> MemberEvent {
    MemberEvent::MemberReinstated(MemberReinstated { note: None })
}

fn removed() -> MemberEvent {
    MemberEvent::MemberRemoved(MemberStopped { note: Some(note()), sessions_ended: 2 })
}

fn note() -> Note {
    Note::parse("On leave").unwrap()
}

fn roles(of: &[Role]) -> Roles {
    Roles::new(of.iter().copied()).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "what a token's hash is given as")]
fn token(digit: char) -> Option<Sha256> {
    Some(Sha256::parse(&digit.to_string().repeat(64)).unwrap())
}

fn ctx(now: i64) -> Ctx {
    Ctx::of(actor(ActorType::User, MEMBER), at(now))
}

fn actor(kind: ActorType, id: &str) -> Actor {
    Actor { kind, id: id.to_owned(), role: None }
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}
