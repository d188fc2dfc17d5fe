//! What holds of a grant whatever is asked of it.

use cqrs_es::DomainEvent;

use super::*;
use crate::note::NoteError;

// rows: S2-32, C19
#[test]
fn whatever_is_asked_a_grant_moves_forward_only_and_its_end_is_final() {
    let over = NOW + LASTS;
    let extent = || (at(NOW + 2 * LASTS), Scope::of_bundle(Bundle::Full).unwrap());
    let change = || {
        let (expires_at, scope) = extent();
        Command::Change(NewExtent { scope, expires_at, limits: DurationLimits::PLATFORM, policy_allows: true })
    };
    let asked = [
        (NOW, Command::Grant(Grant { invitation: Some(invitation(LinkReuse::Reusable)), ..grant(LASTS) })),
        (NOW, accept()),
        (NOW, resend('6')),
        (NOW, change()),
        (NOW, accept_terms(1)),
        (NOW, clear_terms()),
        (NOW, revoke()),
        (over, expire()),
    ];
    let place = |state: Option<State>| match state {
        None => 0,
        Some(State::Pending) => 1,
        Some(State::Active) => 2,
        Some(State::Revoked | State::Expired) => 3,
    };
    // Every sequence of five of them.
    for sequence in 0..asked.len().pow(5) {
        let mut grant = AccessGrant::default();
        for step in 0..5 {
            let (now, command) = &asked[sequence / asked.len().pow(step) % asked.len()];
            let before = place(grant.state());
            let Ok(event) = grant.decide(&ctx(*now), command.clone()) else { continue };
            assert!(before < 3, "an end is final, and {event:?} followed one");
            grant.apply(event);
            assert!(before <= place(grant.state()), "{before} to {:?}", grant.state());
        }
    }
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
    assert_eq!((event.event_type().as_str(), event.event_version().as_str()), ("auditor.invite.accepted", "2"));
}
