//! What stands in the mail log, in words that people read.

use crate::access::mails::{Filter, Listed};
use crate::web::components::Tone;

/// What a filter is called.
pub(super) const fn filter(filter: Filter) -> &'static str {
    match filter {
        Filter::All => "All",
        Filter::Sent => "Sent",
        Filter::Waiting => "Waiting",
        Filter::Skipped => "Skipped",
        Filter::Failed => "Not sent",
    }
}

/// What a kind of letter is called.
pub(super) fn kind(kind: &str) -> &'static str {
    match kind {
        "invite" => "Invitation of an auditor",
        "invite_resent" => "Invitation of an auditor, sent again",
        "code" => "Code for the portal",
        "terms_copy" => "Copy of the accepted terms",
        "revoked" => "Access was revoked",
        "expired" => "Access has run out",
        "member_invitation" => "Invitation of a member",
        "member_recovery" => "Recovery of a member's sign-in",
        _ => "Letter",
    }
}

/// Who reads it.
pub(super) fn reader(recipient: &str) -> &'static str {
    match recipient {
        "auditor" => "to the auditor",
        "granter" => "to whoever gave the access",
        _ => "to the member",
    }
}

/// What it is about, as a link.
pub(super) const fn about(is_of_member: bool) -> &'static str {
    if is_of_member { "See the member" } else { "See the access" }
}

/// The state with its word.
pub(super) fn state(mail: &Listed) -> (Tone, &'static str) {
    match (mail.state.as_str(), mail.next_attempt_at.is_some()) {
        ("sent", _) => (Tone::Good, "Sent"),
        ("skipped", _) => (Tone::Ended, "Skipped"),
        ("refused", _) => (Tone::Ended, "Refused"),
        ("given_up", _) => (Tone::Ended, "Given up"),
        ("recorded", true) => (Tone::Waiting, "Waiting"),
        ("recorded", false) => (Tone::Info, "Not known"),
        (_, true) => (Tone::Waiting, "Tried again"),
        (_, false) => (Tone::Ended, "Not sent"),
    }
}

/// Why, in a sentence.
pub fn reason(mail: &Listed) -> Option<String> {
    let sentence = match (mail.state.as_str(), mail.reason.as_deref()) {
        ("sent", _) => return None,
        ("skipped", _) => "No mailer is configured.",
        ("timed_out", _) => "The mail server did not answer within 10 seconds.",
        ("recorded", _) if mail.next_attempt_at.is_none() => {
            "It is being sent, or the service ended while it was: it may have arrived."
        }
        (_, Some("erased")) => "Whoever it was for has been erased.",
        (_, Some("bad_address")) => "Mail cannot be sent to this address.",
        (_, Some("no_recipient")) => "Whoever gave the access is no member any more.",
        (_, Some("no_connection")) => "The mail server cannot be reached.",
        (_, Some("not_encrypted")) => "The line to the mail server could not be encrypted.",
        (_, Some("broke_off")) => "The mail server broke off.",
        (_, Some(code)) => {
            return Some(match code.strip_prefix("turned_away_") {
                Some(code) => format!("The mail server turned this service away with code {code}."),
                None if code.bytes().all(|byte| byte.is_ascii_digit()) => {
                    format!("The mail server answered with code {code}.")
                }
                None => format!("It could not be written: {}.", code.replace('_', " ")),
            });
        }
        (_, None) => return None,
    };
    Some(sentence.to_owned())
}

/// Where a letter can be sent again by hand: what holds a link gets another one.
pub(super) fn remedy(kind: &str) -> Option<&'static str> {
    matches!(kind, "invite" | "invite_resent" | "member_invitation").then_some("Send it again")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::mail::Message;

    fn mail(state: &str, reason: Option<&str>, is_due: bool) -> Listed {
        Listed {
            id: Uuid::nil(),
            kind: "invite".to_owned(),
            recipient: "auditor".to_owned(),
            about: Uuid::nil(),
            state: state.to_owned(),
            reason: reason.map(str::to_owned),
            attempts: 1,
            created_at: OffsetDateTime::UNIX_EPOCH,
            next_attempt_at: is_due.then_some(OffsetDateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn every_kind_of_letter_has_a_name() {
        for message in Message::samples() {
            assert_ne!(kind(message.kind()), "Letter", "{}", message.kind());
        }
    }

    #[rstest]
    #[case("sent", None, false, "Sent", None)]
    #[case("skipped", None, false, "Skipped", Some("No mailer is configured."))]
    #[case("recorded", None, true, "Waiting", None)]
    #[case("deferred", Some("451"), true, "Tried again", Some("The mail server answered with code 451."))]
    #[case("refused", Some("550"), false, "Refused", Some("The mail server answered with code 550."))]
    #[case("given_up", Some("erased"), false, "Given up", Some("Whoever it was for has been erased."))]
    #[case(
        "unreachable",
        Some("turned_away_554"),
        false,
        "Not sent",
        Some("The mail server turned this service away with code 554.")
    )]
    fn a_state_has_a_word_and_a_reason(
        #[case] named: &str,
        #[case] code: Option<&str>,
        #[case] is_due: bool,
        #[case] word: &str,
        #[case] why: Option<&str>,
    ) {
        let mail = mail(named, code, is_due);
        assert_eq!((state(&mail).1, reason(&mail).as_deref()), (word, why));
    }
}
