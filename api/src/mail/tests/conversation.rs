//! Real conversations with a mail server, and what each end of one is called.

use std::time::Duration;

use rstest::rstest;

use super::mime::{Part, header};
use super::server::{Does, Heard, heard, serve};
use super::*;
use crate::config::SmtpUrl;

/// For servers that answer: far more than they need, also where other tests are busy.
const PATIENT: Duration = Duration::from_secs(30);
/// For servers that do not.
const IMPATIENT: Duration = Duration::from_millis(150);

async fn sent(does: Does, limit: Duration, user: &str) -> (Result<Sent, SendError>, Heard) {
    let (port, server) = serve(does).await;
    let url = SmtpUrl::parse(&format!("smtp://{user}127.0.0.1:{port}")).unwrap();
    let transport = Transport::smtp(&url, "ledger.example.com", limit).unwrap();
    let outcome = transport.send(&envelope(), &Message::Invite(Invite::sample())).await;
    (outcome, heard(server).await)
}

#[tokio::test]
async fn the_server_gets_the_envelope_and_both_parts() {
    let (outcome, heard) = sent(Does::Accept, PATIENT, "").await;
    assert_eq!(outcome, Ok(Sent::Accepted));
    let commands: Vec<_> = heard.commands.iter().map(String::as_str).collect();
    assert_eq!(
        commands,
        [
            "EHLO ledger.example.com",
            "MAIL FROM:<compliance@ledger.example.com>",
            "RCPT TO:<ada@northgate.example>",
            "DATA",
            "QUIT"
        ]
    );
    let mail = Part::parse(&heard.message.unwrap());
    assert_eq!(header(&mail, "From"), "\"Larkfield Clinic\" <compliance@ledger.example.com>");
    assert_eq!(header(&mail, "To"), "=?utf-8?b?QWRhIEhhbGxzdHLDtm0=?= <ada@northgate.example>");
    assert_eq!(header(&mail, "Message-ID"), envelope().id.as_str());
    assert_eq!(header(&mail, "Date"), "Sun, 22 Nov 2026 23:00:00 +0000");
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    assert!(header(&mail, "Content-Type").starts_with("multipart/alternative;"));
    let rendered = Message::Invite(Invite::sample()).rendered();
    assert_eq!(header(&mail, "Subject"), rendered.subject.as_str());
    let parts = mail.parts();
    let kinds: Vec<_> = parts.iter().map(|part| header(part, "Content-Type")).collect();
    assert_eq!(kinds, ["text/plain; charset=utf-8", "text/html; charset=utf-8"], "the better one comes last");
    assert_eq!(parts[0].content().trim_end(), rendered.text.trim_end());
    assert_eq!(parts[1].content().trim_end(), rendered.html.trim_end());
}

#[test]
fn accepted_terms_come_as_a_file_with_the_very_bytes() {
    let terms = TermsCopy { text: "1. Ünder\n\n.\n  two  \n".to_owned(), ..TermsCopy::sample() };
    let mail = Part::parse(&envelope().around(&Message::TermsCopy(terms.clone())).formatted());
    assert!(header(&mail, "Content-Type").starts_with("multipart/mixed;"));
    let parts = mail.parts();
    assert_eq!(parts[0].parts().len(), 2);
    assert_eq!(header(&parts[1], "Content-Disposition"), "attachment; filename=\"terms-3.txt\"");
    assert_eq!(parts[1].content(), terms.text);
}

#[test]
fn answers_go_where_the_envelope_says() {
    let reply_to = Some(Sender::parse("Compliance <desk@example.com>").unwrap());
    let mail = Envelope { reply_to, ..envelope() }.around(&Message::Code(Code::sample()));
    assert_eq!(header(&Part::parse(&mail.formatted()), "Reply-To"), "Compliance <desk@example.com>");
}

#[tokio::test]
async fn a_name_of_the_operator_stands_in_place_of_the_organisations() {
    let from = Sender::parse("Compliance desk <desk@example.com>").unwrap();
    let mail = Envelope { from, ..envelope() }.around(&Message::Code(Code::sample()));
    assert_eq!(header(&Part::parse(&mail.formatted()), "From"), "\"Compliance desk\" <desk@example.com>");
}

#[rstest]
#[case(Does::AnswerRecipient(550), SendError::Refused { code: 550 })]
#[case(Does::AnswerMessage(554), SendError::Refused { code: 554 })]
#[case(Does::AnswerRecipient(451), SendError::Deferred { code: 451 })]
#[case(Does::AnswerMessage(452), SendError::Deferred { code: 452 })]
#[case(Does::AnswerConnection(421), SendError::Deferred { code: 421 })]
#[case(Does::AnswerConnection(554), SendError::Unreachable(Unreached::TurnedAway { code: 554 }))]
#[case(Does::Drop, SendError::Unreachable(Unreached::BrokeOff))]
#[case(Does::SpeakAnotherProtocol, SendError::Unreachable(Unreached::BrokeOff))]
#[tokio::test]
async fn what_the_server_does_has_a_name(#[case] does: Does, #[case] error: SendError) {
    let (outcome, heard) = sent(does, PATIENT, "").await;
    assert_eq!(outcome, Err(error));
    let permanent = matches!(error, SendError::Refused { .. });
    assert_eq!(error.is_permanent(), permanent, "only a refusal is worth no further try");
    for told in [error.to_string(), format!("{error:?}")] {
        assert!(!told.contains("northgate") && !told.contains("RCPT"), "{told} repeats what the server wrote");
    }
    drop(heard);
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_when_the_time_is_over() {
    let (outcome, heard) = sent(Does::Hang, IMPATIENT, "").await;
    assert_eq!(outcome, Err(SendError::TimedOut));
    assert_eq!(heard.commands, [""; 0]);
}

#[tokio::test]
async fn a_message_that_was_taken_is_sent_whatever_the_server_does_afterwards() {
    let (outcome, heard) = sent(Does::AcceptAndHang, Duration::from_secs(2), "").await;
    assert_eq!(outcome, Ok(Sent::Accepted));
    assert!(heard.message.is_some());
}

#[tokio::test]
async fn where_nobody_listens_there_is_no_connection() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let url = SmtpUrl::parse(&format!("smtp://127.0.0.1:{port}")).unwrap();
    let transport = Transport::smtp(&url, "ledger.example.com", PATIENT).unwrap();
    let outcome = transport.send(&envelope(), &Message::Code(Code::sample())).await;
    assert_eq!(outcome, Err(SendError::Unreachable(Unreached::NoConnection)));
}

#[tokio::test]
async fn a_password_is_given_before_the_message() {
    let (outcome, heard) = sent(Does::Accept, PATIENT, "me:p%3Aw@").await;
    assert_eq!(outcome, Ok(Sent::Accepted));
    assert_eq!(heard.commands[1], "AUTH PLAIN AG1lAHA6dw==");
}

#[rstest]
#[case(535, SendError::Unreachable(Unreached::TurnedAway { code: 535 }))]
#[case(454, SendError::Deferred { code: 454 })]
#[tokio::test]
async fn a_wrong_password_is_no_verdict_on_the_message(#[case] code: u16, #[case] error: SendError) {
    let (outcome, heard) = sent(Does::AnswerPassword(code), PATIENT, "me:wrong@").await;
    assert_eq!(outcome, Err(error));
    assert!(!error.is_permanent() && heard.message.is_none());
}
