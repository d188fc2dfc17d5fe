//! What goes over an encrypted line, and that nothing goes over one that should be and is not.

use std::time::Duration;

use rstest::rstest;

use super::server::{Certified, Does, Heard, heard, serve, serve_encrypted};
use super::*;
use crate::config::SmtpUrl;

/// The host of every URL here; none of it is looked up.
const HOST: &str = "mail.example.test";
const PATIENT: Duration = Duration::from_secs(30);

async fn sent(scheme: &str, port: u16, certificate: &[u8]) -> Result<Sent, SendError> {
    let url = SmtpUrl::parse(&format!("{scheme}://me:hunter2@{HOST}:{port}")).unwrap();
    let transport = Transport::Smtp(Smtp::on_this_machine(&url, certificate, PATIENT));
    transport.send(&envelope(), &Message::Code(Code::sample())).await
}

fn assert_taken(heard: &Heard) {
    let tail: Vec<_> = heard.commands.iter().rev().take(6).rev().map(String::as_str).collect();
    assert_eq!(
        tail,
        [
            "EHLO ledger.example.com",
            "AUTH PLAIN AG1lAGh1bnRlcjI=",
            "MAIL FROM:<compliance@ledger.example.com>",
            "RCPT TO:<ada@northgate.example>",
            "DATA",
            "QUIT"
        ]
    );
    assert!(heard.message.is_some());
}

#[tokio::test]
async fn another_machine_hears_the_password_and_the_message_when_the_line_is_encrypted() {
    let certified = Certified::new(HOST);
    let (port, server) = serve_encrypted(&certified, "smtp").await;
    assert_eq!(sent("smtp", port, certified.certificate()).await, Ok(Sent::Accepted));
    let heard = heard(server).await;
    assert_eq!(heard.in_the_clear, ["EHLO ledger.example.com", "STARTTLS"]);
    assert_taken(&heard);
}

#[tokio::test]
async fn a_line_can_be_encrypted_from_the_first_byte() {
    let certified = Certified::new(HOST);
    let (port, server) = serve_encrypted(&certified, "smtps").await;
    assert_eq!(sent("smtps", port, certified.certificate()).await, Ok(Sent::Accepted));
    let heard = heard(server).await;
    assert_eq!(heard.in_the_clear, [""; 0]);
    assert_taken(&heard);
}

#[rstest]
#[case("smtp", Unreached::NotEncrypted)]
#[case("smtps", Unreached::NoConnection)]
#[tokio::test]
async fn a_certificate_of_another_host_is_not_good(#[case] scheme: &str, #[case] why: Unreached) {
    let certified = Certified::new("other.example.test");
    let (port, server) = serve_encrypted(&certified, scheme).await;
    assert_eq!(sent(scheme, port, certified.certificate()).await, Err(SendError::Unreachable(why)));
    let heard = heard(server).await;
    assert!(heard.commands.is_empty() && heard.message.is_none());
}

#[rstest]
#[case("smtp", Unreached::NotEncrypted)]
#[case("smtps", Unreached::NoConnection)]
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_good(#[case] scheme: &str, #[case] why: Unreached) {
    let certified = Certified::new(HOST);
    let (port, server) = serve_encrypted(&certified, scheme).await;
    let another = Certified::new(HOST);
    assert_eq!(sent(scheme, port, another.certificate()).await, Err(SendError::Unreachable(why)));
    assert!(heard(server).await.message.is_none());
}

#[rstest]
#[case(Does::Accept, &["EHLO ledger.example.com", "QUIT"])]
#[case(Does::BreakEncryption, &["EHLO ledger.example.com", "STARTTLS"])]
#[tokio::test]
async fn another_machine_that_does_not_encrypt_gets_nothing(#[case] does: Does, #[case] commands: &[&str]) {
    let (port, server) = serve(does).await;
    let outcome = sent("smtp", port, Certified::new(HOST).certificate()).await;
    assert_eq!(outcome, Err(SendError::Unreachable(Unreached::NotEncrypted)));
    let heard = heard(server).await;
    assert_eq!(heard.commands, commands, "neither password nor address nor message");
    assert!(heard.message.is_none());
}

#[tokio::test]
async fn a_line_to_be_encrypted_at_once_carries_nothing_in_the_clear() {
    let (port, server) = serve(Does::Accept).await;
    let outcome = sent("smtps", port, Certified::new(HOST).certificate()).await;
    assert_eq!(outcome, Err(SendError::Unreachable(Unreached::NoConnection)));
    let heard = heard(server).await;
    assert!(heard.message.is_none() && heard.commands.iter().all(|line| !line.contains("EHLO")));
}
