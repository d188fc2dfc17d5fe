//! Nothing of a letter and no address comes into the log, whatever becomes of it.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use super::server::{Does, heard, serve};
use super::*;
use crate::config::SmtpUrl;

/// Everything that is logged, at every level and by every crate.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_a_body_nor_an_address_is_logged() {
    let captured = Captured::default();
    let lines = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(captured.clone()).finish();
    let guard = tracing::subscriber::set_default(lines);
    for does in
        [Does::Accept, Does::AnswerRecipient(550), Does::AnswerMessage(451), Does::AnswerPassword(535), Does::Drop]
    {
        let (port, server) = serve(does).await;
        let url = SmtpUrl::parse(&format!("smtp://me:hunter2@127.0.0.1:{port}")).unwrap();
        let transport = Transport::smtp(&url, "ledger.example.com", Duration::from_secs(30)).unwrap();
        tracing::debug!(?transport, envelope = ?envelope(), "about to send");
        send_all(&transport).await;
        drop(transport);
        heard(server).await;
    }
    for transport in [Transport::Off, Transport::Kept(Mailbox::default())] {
        send_all(&transport).await;
    }
    drop(guard);
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    for expected in ["a mail went out", "a mail was skipped", "code 550", "code 451", "code 535", "it broke off"] {
        assert!(log.contains(expected), "{expected}\n{log}");
    }
    let secret = [
        "northgate",
        "ada@",
        "Ada",
        "Hallstr",
        "0a1b2c3d",
        "40718265",
        "4071 8265",
        "Mara",
        "Larkfield",
        "hunter2",
        "AG1lAG",
        "Jonas",
    ];
    for word in secret {
        assert!(!log.contains(word), "{word} was logged\n{log}");
    }
}

/// The server hears only the first; the others find nobody.
async fn send_all(transport: &Transport) {
    for message in Message::samples() {
        tracing::debug!(?message, "a letter");
        let _ = transport.send(&envelope(), &message).await;
    }
}
