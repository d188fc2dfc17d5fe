//! The URL under which people reach the service.

use std::fmt;

use thiserror::Error;

/// Scheme, host and port, nothing else: `https://ledger.example.com`, or plain http for `localhost` alone, because
/// passkeys and `__Host-` cookies work nowhere else without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    https: bool,
    host: String,
    port: Option<u16>,
}

/// Why a text is no public URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PublicUrlError {
    /// Another scheme, or none.
    #[error("it must begin with https:// (or http:// for localhost)")]
    Scheme,
    /// A path, query, user or fragment.
    #[error("it has a scheme, a host and perhaps a port, nothing else")]
    Extra,
    /// No host, or characters that none has.
    #[error("its host must be a lower-case name or an address")]
    Host,
    /// A port that is none.
    #[error("its port must be a number from 1 to 65535")]
    Port,
    /// Plain http with a host that is not `localhost`.
    #[error("plain http works for localhost only; use https, terminated by a proxy in front")]
    PlainHttp,
}

impl PublicUrl {
    /// Reads a URL; a slash at its end may stand there.
    ///
    /// # Errors
    /// [`PublicUrlError`].
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(PublicUrlError::Scheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@']) {
            return Err(PublicUrlError::Extra);
        }
        let (host, port) = split_port(authority)?;
        if !is_host(host) {
            return Err(PublicUrlError::Host);
        }
        if !https && host != "localhost" {
            return Err(PublicUrlError::PlainHttp);
        }
        Ok(Self { https, host: host.to_owned(), port })
    }

    /// `http://localhost` with a port.
    pub fn localhost(port: u16) -> Self {
        Self { https: false, host: "localhost".to_owned(), port: Some(port) }
    }

    /// Whether people come by TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether a request's `Host` names this service. Where it runs on `localhost`, so do the loopback addresses, and any
    /// port, since a forwarded one differs.
    pub fn is_named_by(&self, host: &str) -> bool {
        let name = split_port(host).map_or(host, |(name, _)| name);
        name.eq_ignore_ascii_case(&self.host) || (self.host == "localhost" && is_loopback(name))
    }
}

/// Whether a `Host` header names a loopback address.
pub(crate) fn is_loopback(host: &str) -> bool {
    matches!(split_port(host).map_or(host, |(name, _)| name), "127.0.0.1" | "[::1]")
}

pub(super) fn split_port(authority: &str) -> Result<(&str, Option<u16>), PublicUrlError> {
    let end_of_address = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[end_of_address..].rfind(':') {
        None => Ok((authority, None)),
        Some(at) => {
            let (host, port) = authority.split_at(end_of_address + at);
            match port[1..].parse::<u16>() {
                Ok(port) if port > 0 => Ok((host, Some(port))),
                _ => Err(PublicUrlError::Port),
            }
        }
    }
}

pub(super) fn is_host(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && !host.starts_with(['.', '-'])
                && host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'))
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}
