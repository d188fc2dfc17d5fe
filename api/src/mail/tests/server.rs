//! A mail server that does as it is told, and tells what it was told.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the server does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// Takes the message.
    Accept,
    /// Takes it, and then says nothing any more.
    AcceptAndHang,
    /// Answers the recipient with that code.
    AnswerRecipient(u16),
    /// Answers the whole message with that code.
    AnswerMessage(u16),
    /// Answers the connection with that code.
    AnswerConnection(u16),
    /// Answers the password with that code.
    AnswerPassword(u16),
    /// Takes the connection and never says a word.
    Hang,
    /// Closes the line in the middle of the message.
    Drop,
    /// Offers STARTTLS and cannot do it.
    BreakEncryption,
    /// Says what no mail server says.
    SpeakAnotherProtocol,
}

/// What it was told.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Lines before and after the message, of the encrypted line where it became one.
    pub(super) commands: Vec<String>,
    /// Lines before it became one.
    pub(super) in_the_clear: Vec<String>,
    /// The message, dots undone.
    pub(super) message: Option<Vec<u8>>,
}

/// A line, encrypted or not.
trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}
type Line = BufReader<Box<dyn Duplex>>;

/// A key, and a certificate that says whose it is.
pub(super) struct Certified {
    certificate: Vec<u8>,
    acceptor: TlsAcceptor,
}

impl Certified {
    pub(super) fn new(host: &str) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new([host.to_owned()]).unwrap().self_signed(&key).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        Self { certificate: certificate.der().to_vec(), acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }
}

/// A server for one connection; its port, and what it heard when the connection ended.
pub(super) async fn serve(does: Does) -> (u16, JoinHandle<Heard>) {
    listen(does, None, false).await
}

/// The same for an encrypted line: from the first byte for `smtps`, on demand for `smtp`.
pub(super) async fn serve_encrypted(certified: &Certified, scheme: &str) -> (u16, JoinHandle<Heard>) {
    listen(Does::Accept, Some(certified.acceptor.clone()), scheme == "smtps").await
}

async fn listen(does: Does, mut acceptor: Option<TlsAcceptor>, at_once: bool) -> (u16, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut heard = Heard::default();
        let mut stream: Box<dyn Duplex> = Box::new(stream);
        if let Some(acceptor) = acceptor.take_if(|_| at_once) {
            let Ok(encrypted) = acceptor.accept(stream).await else { return heard };
            stream = Box::new(encrypted);
        }
        // An error is the client gone, which ends a conversation like QUIT.
        drop(converse(does, BufReader::new(stream), acceptor, &mut heard).await);
        heard
    });
    (port, heard)
}

/// What was heard; the client closes the line at the end of each message, so this does not wait for long.
pub(super) async fn heard(server: JoinHandle<Heard>) -> Heard {
    tokio::time::timeout(Duration::from_secs(10), server).await.expect("the line was closed").unwrap()
}

async fn converse(
    does: Does,
    mut stream: Line,
    mut acceptor: Option<TlsAcceptor>,
    heard: &mut Heard,
) -> std::io::Result<()> {
    match does {
        Does::Hang => return wait_for_the_end(&mut stream).await,
        Does::AnswerConnection(code) => say(&mut stream, &format!("{code} no")).await?,
        Does::SpeakAnotherProtocol => say(&mut stream, "HTTP/1.1 400 Bad Request").await?,
        _ => say(&mut stream, "220 mail.example.test ready").await?,
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        heard.commands.push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match (verb.as_str(), does) {
            ("EHLO", _) if acceptor.is_some() => say(&mut stream, "250-mail.example.test\r\n250 STARTTLS").await?,
            ("STARTTLS", _) if acceptor.is_some() => {
                say(&mut stream, "220 go ahead").await?;
                heard.in_the_clear.append(&mut heard.commands);
                let acceptor = acceptor.take().expect("it is there");
                stream = BufReader::new(Box::new(acceptor.accept(stream.into_inner()).await?));
            }
            ("EHLO", Does::BreakEncryption) => say(&mut stream, "250-mail.example.test\r\n250 STARTTLS").await?,
            ("EHLO", _) => say(&mut stream, "250-mail.example.test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN").await?,
            ("STARTTLS", _) => {
                say(&mut stream, "220 go ahead").await?;
                // Only in answer to the client's first encrypted bytes, or it would be read together with the line before.
                stream.fill_buf().await?;
                say(&mut stream, "500 what is this").await?;
                return wait_for_the_end(&mut stream).await;
            }
            ("AUTH", Does::AnswerPassword(code)) => say(&mut stream, &format!("{code} no")).await?,
            ("AUTH", _) => say(&mut stream, "235 welcome").await?,
            // Servers like to repeat the address.
            ("RCPT", Does::AnswerRecipient(code)) => {
                say(&mut stream, &format!("{code} {line}: no such mailbox")).await?;
            }
            ("DATA", _) => {
                say(&mut stream, "354 go on").await?;
                if does == Does::Drop {
                    stream.read_line(&mut String::new()).await?;
                    return Ok(());
                }
                let message = message(&mut stream).await?;
                let repeated = String::from_utf8_lossy(&message[..message.len().min(200)]).replace("\r\n", " ");
                heard.message = Some(message);
                match does {
                    Does::AnswerMessage(code) => say(&mut stream, &format!("{code} no: {repeated}")).await?,
                    _ => say(&mut stream, "250 taken").await?,
                }
                if does == Does::AcceptAndHang {
                    return wait_for_the_end(&mut stream).await;
                }
            }
            ("QUIT", _) => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "250 fine").await?,
        }
    }
}

async fn say(stream: &mut Line, line: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.get_mut().flush().await
}

async fn message(stream: &mut Line) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

async fn wait_for_the_end(stream: &mut Line) -> std::io::Result<()> {
    while stream.read_line(&mut String::new()).await? != 0 {}
    Ok(())
}
