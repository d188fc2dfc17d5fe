//! One message over one connection to the operator's mail server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, timeout_at};

use super::{MailServerError, SendError, Unreached};
use crate::config::{SmtpSecurity, SmtpUrl};

/// A mail server. It is asked anew for each message: a service like this sends a few an hour, and a connection that is
/// kept would be closed by the server when it is needed.
#[derive(Clone)]
pub struct Smtp(Arc<Server>);

struct Server {
    /// Where it is reached: the host of the URL. The certificate must be the host's whatever stands here.
    address: String,
    port: u16,
    line: Line,
    credentials: Option<Credentials>,
    hello: ClientId,
    limit: Duration,
}

/// How the line is protected.
enum Line {
    Plain,
    StartTls(TlsParameters),
    Tls(TlsParameters),
}

impl Smtp {
    pub(super) fn new(url: &SmtpUrl, host: &str, limit: Duration) -> Result<Self, MailServerError> {
        let tls = || TlsParameters::new(url.host().to_owned()).map_err(|_| MailServerError);
        let line = match url.security() {
            SmtpSecurity::Plain => Line::Plain,
            SmtpSecurity::StartTls => Line::StartTls(tls()?),
            SmtpSecurity::Tls => Line::Tls(tls()?),
        };
        let credentials = url
            .credentials()
            .map(|(user, password)| Credentials::new(user.to_owned(), password.expose_secret().to_owned()));
        let (address, port) = (url.host().to_owned(), url.port());
        Ok(Self(Arc::new(Server { address, port, line, credentials, hello: client_id(host), limit })))
    }

    /// Hands a message over. Once the server has taken it, nothing makes that an error any more.
    pub(super) async fn send(&self, message: &Message) -> Result<(), SendError> {
        let deadline = Instant::now() + self.0.limit;
        let taken = async {
            let mut connection = self.0.connect().await?;
            connection.send(message.envelope(), &message.formatted()).await.map_err(|error| of_message(&error))?;
            Ok(connection)
        };
        let mut connection = timeout_at(deadline, taken).await.map_err(|_| SendError::TimedOut)??;
        // Politeness only, in what time is left.
        drop(timeout_at(deadline, connection.quit()).await);
        Ok(())
    }

    /// The same server at `127.0.0.1`, and only that certificate trusted, so that a test can be any host.
    #[cfg(test)]
    pub(in crate::mail) fn on_this_machine(url: &SmtpUrl, certificate: &[u8], limit: Duration) -> Self {
        use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParametersBuilder};

        let trusted = TlsParametersBuilder::new(url.host().to_owned())
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_der(certificate.to_vec()).unwrap())
            .build()
            .unwrap();
        let mut smtp = Self::new(url, "ledger.example.com", limit).unwrap();
        let server = Arc::get_mut(&mut smtp.0).unwrap();
        "127.0.0.1".clone_into(&mut server.address);
        match &mut server.line {
            Line::Plain => {}
            Line::StartTls(tls) | Line::Tls(tls) => *tls = trusted,
        }
        smtp
    }
}

impl Server {
    /// A line that is protected as the URL asks, on which the server knows who we are.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let at_once = if let Line::Tls(tls) = &self.line { Some(tls.clone()) } else { None };
        let server = (self.address.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, at_once, None)
            .await
            .map_err(|error| before_message(&error, Unreached::NoConnection))?;
        if let Line::StartTls(tls) = &self.line {
            if !connection.can_starttls() {
                connection.abort().await;
                return Err(SendError::Unreachable(Unreached::NotEncrypted));
            }
            connection
                .starttls(tls.clone(), &self.hello)
                .await
                .map_err(|error| before_message(&error, Unreached::NotEncrypted))?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(DEFAULT_MECHANISMS, credentials)
                .await
                .map_err(|error| before_message(&error, Unreached::BrokeOff))?;
        }
        Ok(connection)
    }
}

/// Before a message is offered, a server can only refuse this service: that is no verdict on the message, which would
/// otherwise be given up because of a wrong password.
fn before_message(error: &Error, otherwise: Unreached) -> SendError {
    match error.status().map(u16::from) {
        Some(code) if error.is_transient() => SendError::Deferred { code },
        Some(code) => SendError::Unreachable(Unreached::TurnedAway { code }),
        None if error.is_response() => SendError::Unreachable(Unreached::BrokeOff),
        None => SendError::Unreachable(otherwise),
    }
}

fn of_message(error: &Error) -> SendError {
    match error.status().map(u16::from) {
        Some(code) if error.is_transient() => SendError::Deferred { code },
        Some(code) => SendError::Refused { code },
        None => SendError::Unreachable(Unreached::BrokeOff),
    }
}

/// What we call ourselves: a name, or the address where the name is one.
fn client_id(host: &str) -> ClientId {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    match address {
        Ok(std::net::IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(std::net::IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({}:{})", self.0.address, self.0.port)
    }
}
