//! A mail server that takes everything, and what it was sent, as its readers see it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::mime::{Part, header};

/// For a message to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// What has arrived and was not read.
pub(crate) struct Mailbox {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    unread: Mutex<VecDeque<Mail>>,
    arrived: Notify,
}

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The address that it was for.
    pub(crate) to: String,
    /// As it was sent: ASCII, words of other letters encoded.
    pub(crate) subject: String,
    /// The plain text.
    pub(crate) text: String,
    /// The HTML document.
    pub(crate) html: String,
}

impl Mail {
    /// The address that the letter leads to.
    pub(crate) fn link(&self) -> String {
        let (_, rest) = self.html.split_once("<a href=\"").unwrap_or_else(|| panic!("no link in: {}", self.text));
        rest.split('"').next().unwrap().replace("&#38;", "&")
    }

    /// The digits to be typed, if the letter has any.
    pub(crate) fn code(&self) -> Option<String> {
        let mut lines = self.text.lines().map(|line| line.replace(' ', ""));
        lines.find(|line| 6 <= line.len() && line.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

impl Mailbox {
    /// A server on a port that is free.
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let kept = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&kept)));
            }
        });
        Self { port, state }
    }

    /// Its address, as a setting.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The next message for an address; those for others stay.
    pub(crate) async fn next_for(&self, to: &str) -> Mail {
        let arrived = async {
            loop {
                let notified = self.state.arrived.notified();
                if let Some(mail) = self.take(to) {
                    return mail;
                }
                notified.await;
            }
        };
        tokio::time::timeout(ARRIVES_WITHIN, arrived).await.unwrap_or_else(|_| panic!("no mail for {to} arrived"))
    }

    fn take(&self, to: &str) -> Option<Mail> {
        let mut unread = self.state.unread.lock().unwrap();
        let place = unread.iter().position(|mail| mail.to == to)?;
        unread.remove(place)
    }
}

async fn converse(stream: TcpStream, state: Arc<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut to = String::new();
    stream.write_all(b"220 mail.example.test ready\r\n").await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? != 0 {
        let command = std::mem::take(&mut line);
        let upper = command.to_ascii_uppercase();
        let answer: &[u8] = match upper.split([' ', ':', '\r']).next().unwrap_or_default() {
            "EHLO" => b"250-mail.example.test\r\n250 8BITMIME\r\n",
            "RCPT" => {
                let address = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                address.map_or("", |(address, _)| address).clone_into(&mut to);
                b"250 fine\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let message = message(&mut stream).await?;
                state.unread.lock().unwrap().push_back(read(&to, &message));
                state.arrived.notify_waiters();
                b"250 taken\r\n"
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => b"250 fine\r\n",
        };
        stream.write_all(answer).await?;
    }
    Ok(())
}

async fn message(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn read(to: &str, message: &[u8]) -> Mail {
    let mail = Part::parse(message);
    let mut letter = mail.parts();
    // With a file sent along, the letter is the first part.
    if header(&letter[0], "Content-Type").starts_with("multipart/") {
        letter = letter[0].parts();
    }
    Mail {
        to: to.to_owned(),
        subject: header(&mail, "Subject").to_owned(),
        text: letter[0].content(),
        html: letter[1].content(),
    }
}
