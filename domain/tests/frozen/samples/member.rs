//! Of a member.

use domain::event::Event;
use domain::member::{
    Member, MemberActivated, MemberEvent, MemberInvitation, MemberInvited, MemberReinstated, MemberStopped, Role,
    Roles, RolesChanged,
};
use domain::name::EmailHash;
use domain::person::{Email, PersonName};
use ledger::vocabulary::Personal;

use super::{Sample, instant, note, person, sha256};

pub(super) fn samples() -> Vec<Sample> {
    let stream = Member::stream(&person());
    let sample = |case, event| Sample { case, stream: stream.clone(), event: Event::Member(event) };
    let bare = MemberInvited { email_hash: None, invitation: invitation(None), name: None, ..invited() };
    let (before, after) = (roles(Role::ALL), roles(&[Role::Viewer]));
    vec![
        sample("link", MemberEvent::MemberInvited(invited())),
        sample("bare", MemberEvent::MemberInvited(bare)),
        sample("link", MemberEvent::InviteResent(invitation(Some('6')))),
        sample("bare", MemberEvent::InviteResent(invitation(None))),
        sample("taken_up", MemberEvent::MemberActivated(MemberActivated {})),
        sample("fewer", MemberEvent::RolesChanged(RolesChanged { after, before })),
        sample("noted", MemberEvent::MemberSuspended(MemberStopped { note: Some(note()), sessions_ended: 2 })),
        sample("silent", MemberEvent::MemberSuspended(MemberStopped { note: None, sessions_ended: 0 })),
        sample("noted", MemberEvent::MemberReinstated(MemberReinstated { note: Some(note()) })),
        sample("silent", MemberEvent::MemberReinstated(MemberReinstated { note: None })),
        sample("noted", MemberEvent::MemberRemoved(MemberStopped { note: Some(note()), sessions_ended: 1 })),
        sample("silent", MemberEvent::MemberRemoved(MemberStopped { note: None, sessions_ended: 0 })),
    ]
}

fn invited() -> MemberInvited {
    MemberInvited {
        member: person(),
        email_hash: Some(EmailHash::parse("0123456789abcdef").expect("a hash")),
        invitation: invitation(Some('5')),
        roles: roles(&[Role::Owner, Role::Admin]),
        email: Personal::Known(Email::parse("grace@example.org").expect("an address")),
        name: Some(Personal::Known(PersonName::parse("Grace Prüfer").expect("a name"))),
    }
}

fn invitation(token: Option<char>) -> MemberInvitation {
    MemberInvitation { expires_at: instant(), token_sha256: token.map(sha256) }
}

fn roles(of: &[Role]) -> Roles {
    Roles::new(of.iter().copied()).expect("a role")
}
