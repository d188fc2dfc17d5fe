//! Values that try to act.

use domain::person::Email;
use rstest::rstest;

use super::mime::{Part, header};
use super::*;

/// Each of them as an organisation, an auditor, a firm, a contact, an engagement and a reason.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "Acme\r\nBcc: everybody@example.com\r\n\r\n<h1>Pay here</h1>",
    "Acme\u{2028}Bcc: everybody@example.com",
    "\u{202e}moc.live//:sptth\u{2066}",
    "{{ 7 * 7 }} {% for x in y %} &lt; &#60;",
    "=?utf-8?q?Acme=0d=0aBcc:_everybody=40example.com?=",
    "'`;--,<x@y.example>, \\\" (comment) \0\u{1b}[31m",
];

fn messages(value: &str) -> Vec<Message> {
    let shown = Shown::new(value);
    let head = Letterhead { organisation: shown.clone(), contact: Some(shown.clone()) };
    let name = Some(shown.clone());
    let invite = Invite {
        head: head.clone(),
        name: name.clone(),
        firm: name.clone(),
        granted_by: name.clone(),
        engagement: name.clone(),
        until: Moment::new(Invite::sample().until.at(), value, time::UtcOffset::from_hms(1, 0, 0).unwrap()),
        ..Invite::sample()
    };
    vec![
        Message::Invite(invite.clone()),
        Message::InviteResent(InviteResent(invite)),
        Message::Code(Code { head: head.clone(), name: name.clone(), ..Code::sample() }),
        Message::TermsCopy(TermsCopy {
            head: head.clone(),
            name: name.clone(),
            text: format!("{value}\n"),
            ..TermsCopy::sample()
        }),
        Message::Revoked(Revoked {
            head: head.clone(),
            name: name.clone(),
            engagement: name.clone(),
            reason: name.clone(),
            ..Revoked::sample()
        }),
        Message::Expired(Expired {
            head: head.clone(),
            name: name.clone(),
            auditor: name.clone(),
            firm: name.clone(),
            engagement: name.clone(),
            ..Expired::sample()
        }),
        Message::MemberInvitation(MemberInvitation {
            head: head.clone(),
            name: name.clone(),
            invited_by: name.clone(),
            roles: vec![shown],
            ..MemberInvitation::sample()
        }),
        Message::MemberRecovery(MemberRecovery { head, name, ..MemberRecovery::sample() }),
    ]
}

fn tags(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap().to_owned());
    // The text of accepted terms has as many lines as it has.
    tags.filter(|tag| tag != "br").collect()
}

#[test]
fn no_value_changes_a_tag_of_the_html() {
    for value in HOSTILE {
        for (plain, hostile) in messages("Acme").iter().zip(messages(value)) {
            assert_eq!(tags(&plain.rendered().html), tags(&hostile.rendered().html), "{} with {value:?}", plain.kind());
        }
    }
}

#[test]
fn nothing_that_acts_is_shown() {
    for value in HOSTILE {
        for message in messages(value) {
            let rendered = message.rendered();
            let kinds = [rendered.subject.to_string(), rendered.text.clone(), rendered.html.clone()];
            for shown in kinds {
                let acting = shown.chars().find(|c| {
                    (c.is_control() && *c != '\n') || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                });
                assert_eq!(acting, None, "{} with {value:?}", message.kind());
            }
            assert!(!rendered.subject.as_str().contains('\n'));
        }
    }
}

#[test]
fn no_value_begins_a_paragraph_or_a_fact_of_the_plain_text() {
    let hostile = messages("Acme\n\nUntil:\n  31 December 2099\n\nhttps://evil.example/\n");
    for (plain, hostile) in messages("Acme").iter().zip(hostile) {
        let blocks = |message: &Message| message.rendered().text.split("\n\n").count();
        // The text of accepted terms is a document, which has paragraphs of its own.
        if !matches!(hostile, Message::TermsCopy(_)) {
            assert_eq!(blocks(plain), blocks(&hostile), "{}", hostile.kind());
        }
    }
}

#[test]
fn no_value_adds_a_header_or_a_recipient() {
    for value in HOSTILE {
        for message in messages(value) {
            let name = Shown::new(value);
            let person = domain::person::PersonName::parse(name.as_str()).unwrap();
            let to = Recipient::new(&Email::parse(ADDRESS).unwrap(), Some(&person)).unwrap();
            let mail = Envelope { to, ..envelope() }.around(&message);
            let part = Part::parse(&mail.formatted());
            let mut names: Vec<_> = part.headers.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            let ours =
                ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
            assert_eq!(names, ours, "{} with {value:?}", message.kind());
            assert_eq!(header(&part, "Auto-Submitted"), "auto-generated");
            let (from, to) = (header(&part, "From"), header(&part, "To"));
            assert!(from.ends_with(" <compliance@ledger.example.com>"), "{from}");
            assert!(to.ends_with(&format!(" <{ADDRESS}>")), "{to}");
            assert_eq!(mail.envelope().to().iter().map(ToString::to_string).collect::<Vec<_>>(), [ADDRESS]);
            // What stands before our address is one quoted or encoded word, not a list of addresses.
            for name in [from, to] {
                let name = &name[..name.rfind(" <").unwrap()];
                let quoted = name.starts_with('"') && name.ends_with('"');
                let encoded = name.split(' ').all(|word| word.starts_with("=?utf-8?b?") && word.ends_with("?="));
                assert!(quoted || encoded || name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
            }
        }
    }
}

#[test]
fn a_text_that_looks_encoded_is_not_decoded_by_its_reader() {
    let message = &messages("=?utf-8?q?Acme=0d=0aBcc:_everybody=40example.com?=")[4];
    let mail = envelope().around(message).formatted();
    let part = Part::parse(&mail);
    assert!(!header(&part, "From").contains("=?utf-8?q"), "{}", header(&part, "From"));
    assert!(!header(&part, "Subject").contains("=?"), "{}", header(&part, "Subject"));
}

#[rstest]
#[case("\"a b\"@example.com")]
#[case("\"<script>\"@example.com")]
#[case("a@example.com>,<b@example.com")]
#[case("a@exämple.com")]
#[case("\u{202e}a@example.com")]
#[case("a..b@example.com")]
#[case("a(comment)@example.com")]
#[case("a,b@example.com")]
#[case("a@-example.com")]
fn an_address_that_only_some_systems_carry_is_refused_when_it_is_typed(#[case] text: &str) {
    let refused = match Email::parse(text) {
        Ok(email) => Recipient::new(&email, None).is_err(),
        Err(_) => true,
    };
    assert!(refused && Sender::parse(text).is_err());
    assert!(!AddressError.to_string().contains(text));
}

#[rstest]
#[case("compliance@example.com", "compliance@example.com")]
#[case(" Compliance team <compliance@example.com> ", "Compliance team <compliance@example.com>")]
#[case("\"Compliance\" <compliance@example.com>", "Compliance <compliance@example.com>")]
#[case("<compliance@example.com>", "compliance@example.com")]
#[case("Team\r\nBcc: x <compliance@example.com>", "\"Team Bcc: x\" <compliance@example.com>")]
fn a_sender_is_an_address_with_a_name_or_without(#[case] text: &str, #[case] shown: &str) {
    assert_eq!(Sender::parse(text).unwrap().to_string(), shown);
}

#[rstest]
#[case("")]
#[case("Compliance")]
#[case("a@example.com, b@example.com")]
#[case("A <a@example.com> B <b@example.com>")]
#[case("a@example.com\r\nBcc: b@example.com")]
fn a_text_that_is_no_sender_is_refused(#[case] text: &str) {
    assert_eq!(Sender::parse(text), Err(AddressError));
}

#[test]
fn the_sender_that_nobody_has_set_is_compliance_at_the_authority() {
    assert_eq!(Sender::of_authority("ledger.example.com:8443").unwrap().to_string(), "compliance@ledger.example.com");
    assert_eq!(Sender::of_authority("le/dger"), Err(AddressError));
}

#[test]
fn an_id_is_the_same_each_time_and_holds_only_what_ids_hold() {
    let id = |host| MessageId::of_entry(log(), 7, host).as_str().to_owned();
    assert_eq!(id("ledger.example.com"), "<7.018f3b7e-0000-7000-8000-000000000001@ledger.example.com>");
    assert_eq!(id("ledger.example.com"), id("ledger.example.com"));
    assert_eq!(id("a>\r\nBcc: x"), "<7.018f3b7e-0000-7000-8000-000000000001@localhost>");
    let drawn = MessageId::of_id(log(), Uuid::from_u128(9), "[::1]");
    assert_eq!(drawn.as_str(), "<00000000-0000-0000-0000-000000000009.018f3b7e-0000-7000-8000-000000000001@[::1]>");
}
