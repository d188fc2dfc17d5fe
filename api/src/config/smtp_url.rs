//! The mail server that letters are handed to.

use std::net::IpAddr;

use secrecy::SecretString;
use thiserror::Error;

use super::public_url::{is_host, split_port};

/// The port of message submission, at which encryption is asked for (RFC 6409).
const SUBMISSION_PORT: u16 = 587;
/// The port of message submission that is encrypted from the first byte (RFC 8314 §7.3).
const SUBMISSIONS_PORT: u16 = 465;
/// The port of a relay on the same machine.
const RELAY_PORT: u16 = 25;

/// `smtps://user:password@host:465`, encrypted at once; `smtp://user:password@host:587`, which must turn encrypted before
/// anything is sent, unless the host is this machine. Port and credentials may be left out. Prefer `smtps`: whoever sits on
/// the line before it turns encrypted can at least pretend that a message was taken.
#[derive(Clone, Debug)]
pub struct SmtpUrl {
    security: SmtpSecurity,
    host: String,
    port: u16,
    credentials: Option<(String, SecretString)>,
}

/// How the line to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all: it does not leave this machine.
    Plain,
    /// By STARTTLS; a server that does not offer it gets nothing.
    StartTls,
    /// From the first byte.
    Tls,
}

/// Why a text is no URL of a mail server. It does not repeat the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SmtpUrlError {
    /// Another scheme, or none.
    #[error("it must begin with smtps:// or smtp://")]
    Scheme,
    /// A path, query or fragment, or such a character in a password.
    #[error("it has user, password, host and port, nothing else; write / ? # @ : in a password as %2F %3F %23 %40 %3A")]
    Extra,
    /// A user without a password, or characters that cannot be decoded.
    #[error("its user and password stand before the host as user:password@, with %XX for special characters")]
    Credentials,
    /// No host, or characters that none has.
    #[error("its host must be a lower-case name or an address")]
    Host,
    /// A port that is none.
    #[error("its port must be a number from 1 to 65535")]
    Port,
}

impl SmtpUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`SmtpUrlError`].
    pub fn parse(text: &str) -> Result<Self, SmtpUrlError> {
        let (encrypted, rest) = match (text.strip_prefix("smtps://"), text.strip_prefix("smtp://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(SmtpUrlError::Scheme),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) || 1 < rest.matches('@').count() {
            return Err(SmtpUrlError::Extra);
        }
        let (credentials, authority) = match rest.split_once('@') {
            Some((given, authority)) => (Some(credentials(given)?), authority),
            None => (None, rest),
        };
        let (host, port) = split_port(authority).map_err(|_| SmtpUrlError::Port)?;
        if !is_host(host) {
            return Err(SmtpUrlError::Host);
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (security, usual_port) = match (encrypted, is_this_machine(&host)) {
            (true, _) => (SmtpSecurity::Tls, SUBMISSIONS_PORT),
            (false, true) => (SmtpSecurity::Plain, RELAY_PORT),
            (false, false) => (SmtpSecurity::StartTls, SUBMISSION_PORT),
        };
        Ok(Self { security, host, port: port.unwrap_or(usual_port), credentials })
    }

    /// How the line is protected.
    pub fn security(&self) -> SmtpSecurity {
        self.security
    }

    /// A name, or an address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// User and password.
    pub fn credentials(&self) -> Option<(&str, &SecretString)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password))
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn credentials(given: &str) -> Result<(String, SecretString), SmtpUrlError> {
    let (user, password) = given.split_once(':').ok_or(SmtpUrlError::Credentials)?;
    let decoded = |text: &str| percent_decoded(text).filter(|text| !text.is_empty() && !text.contains('\0'));
    let user = decoded(user).ok_or(SmtpUrlError::Credentials)?;
    let password = decoded(password).ok_or(SmtpUrlError::Credentials)?;
    Ok((user, SecretString::from(password)))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.extend(hex::decode(digits).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[rstest]
    #[case("smtps://mail.example.com", SmtpSecurity::Tls, "mail.example.com", 465)]
    #[case("smtp://mail.example.com", SmtpSecurity::StartTls, "mail.example.com", 587)]
    #[case("smtp://mail.example.com:2525/", SmtpSecurity::StartTls, "mail.example.com", 2525)]
    #[case("smtp://10.0.0.1:25", SmtpSecurity::StartTls, "10.0.0.1", 25)]
    #[case("smtp://localhost", SmtpSecurity::Plain, "localhost", 25)]
    #[case("smtp://127.0.0.1:1025", SmtpSecurity::Plain, "127.0.0.1", 1025)]
    #[case("smtp://[::1]:1025", SmtpSecurity::Plain, "::1", 1025)]
    #[case("smtps://localhost", SmtpSecurity::Tls, "localhost", 465)]
    #[case("smtp://localhost.example.com", SmtpSecurity::StartTls, "localhost.example.com", 587)]
    fn only_a_line_within_this_machine_may_be_plain(
        #[case] text: &str,
        #[case] security: SmtpSecurity,
        #[case] host: &str,
        #[case] port: u16,
    ) {
        let url = SmtpUrl::parse(text).unwrap();
        assert_eq!((url.security(), url.host(), url.port()), (security, host, port));
        assert!(url.credentials().is_none());
    }

    #[test]
    fn user_and_password_are_decoded_and_not_shown() {
        let url = SmtpUrl::parse("smtp://me%40example.com:p%3A%C3%A9%2F+@mail.example.com").unwrap();
        let (user, password) = url.credentials().unwrap();
        assert_eq!((user, password.expose_secret()), ("me@example.com", "p:é/+"));
        assert!(!format!("{url:?}").contains("p:"));
    }

    #[rstest]
    #[case("mail.example.com", SmtpUrlError::Scheme)]
    #[case("http://mail.example.com", SmtpUrlError::Scheme)]
    #[case("smtp://", SmtpUrlError::Host)]
    #[case("smtp://Mail.example.com", SmtpUrlError::Host)]
    #[case("smtp://mail.example.com:0", SmtpUrlError::Port)]
    #[case("smtp://mail.example.com?tls=none", SmtpUrlError::Extra)]
    #[case("smtp://me:a/b@mail.example.com", SmtpUrlError::Extra)]
    #[case("smtp://me:a@b@mail.example.com", SmtpUrlError::Extra)]
    #[case("smtp://me@mail.example.com", SmtpUrlError::Credentials)]
    #[case("smtp://me:@mail.example.com", SmtpUrlError::Credentials)]
    #[case("smtp://me:%zz@mail.example.com", SmtpUrlError::Credentials)]
    #[case("smtp://me:%f@mail.example.com", SmtpUrlError::Credentials)]
    #[case("smtp://me:%ff@mail.example.com", SmtpUrlError::Credentials)]
    #[case("smtp://me:%00@mail.example.com", SmtpUrlError::Credentials)]
    fn another_url_is_refused_without_being_repeated(#[case] text: &str, #[case] error: SmtpUrlError) {
        assert_eq!(SmtpUrl::parse(text).unwrap_err(), error);
    }
}
