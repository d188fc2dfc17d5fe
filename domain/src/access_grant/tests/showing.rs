use super::expiry::after_days;
use super::words::{Tone, Vocabulary, display, state};
use super::*;

// rows: S2-24, S2-25, S2-26, S2-27, C16
#[rstest]
#[case(State::Pending, Vocabulary::Ours, "pending", Tone::Waiting)]
#[case(State::Active, Vocabulary::Ours, "active", Tone::Good)]
#[case(State::Expired, Vocabulary::Ours, "expired", Tone::Ended)]
#[case(State::Revoked, Vocabulary::Ours, "revoked", Tone::Ended)]
#[case(State::Pending, Vocabulary::Invites, "active", Tone::Good)]
#[case(State::Active, Vocabulary::Invites, "accepted", Tone::Info)]
#[case(State::Expired, Vocabulary::Invites, "expired", Tone::Waiting)]
#[case(State::Revoked, Vocabulary::Invites, "revoked", Tone::Ended)]
fn a_state_has_a_word_and_a_tone_in_each_vocabulary(
    #[case] of: State,
    #[case] vocabulary: Vocabulary,
    #[case] word: &str,
    #[case] tone: Tone,
) {
    let badge = display(of, vocabulary);
    assert_eq!((badge.word, badge.tone), (word, tone));
    assert_eq!(state(word, vocabulary), Some(of));
}

#[test]
fn a_word_of_another_vocabulary_is_no_state() {
    assert_eq!(state("accepted", Vocabulary::Ours), None);
    assert_eq!(state("pending", Vocabulary::Invites), None);
}

#[test]
fn every_state_is_reached_by_its_events() {
    let state = |events| replay(events).state();
    assert_eq!(state(vec![]), None);
    assert_eq!(state(after_granting(vec![])), Some(State::Pending));
    assert_eq!(state(after_granting(vec![accepted()])), Some(State::Active));
    assert_eq!(state(after_granting(vec![accepted(), revoked()])), Some(State::Revoked));
    assert_eq!(state(after_granting(vec![expired()])), Some(State::Expired));
    assert_eq!(state(vec![accepted()]), None, "without terms there is no grant");
}

// rows: C2
#[test]
fn what_is_over_is_expired_whether_that_is_recorded_or_not() {
    let end = at(NOW + LASTS);
    let state_at = |events, now| replay(after_granting(events)).state_at(now);
    assert_eq!(state_at(vec![], at(NOW)), Some(State::Pending));
    assert_eq!(state_at(vec![], end), Some(State::Expired));
    assert_eq!(state_at(vec![accepted()], end), Some(State::Expired));
    assert_eq!(state_at(vec![accepted(), revoked()], end), Some(State::Revoked), "whoever revoked it ended it");
}

// rows: S1-14
#[test]
fn days_are_counted_from_now_and_never_fail() {
    assert_eq!(after_days(at(NOW), 30), at(NOW + LASTS));
    let thirty_days = after_days(Timestamp::parse("2024-01-15T10:00:00.000000Z").unwrap(), 30);
    assert_eq!(thirty_days.to_string(), "2024-02-14T10:00:00.000000Z");
    assert_eq!(after_days(at(NOW), u32::MAX).to_string(), "9999-12-31T23:59:59.999999Z");
    let endless = Grant { expires_at: after_days(at(NOW), u32::MAX), ..grant(LASTS) };
    let refused = AccessGrant::Absent.decide(&ctx(NOW), Command::Grant(endless));
    assert!(matches!(refused, Err(GrantError::TooLong { max_days: 365, .. })));
}
