//! A published log behind web addresses (spec §5).

use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use ledger::verify::Fetch;
use ureq::http::header::{AUTHORIZATION, HeaderValue, LOCATION};
use ureq::http::{Response, StatusCode, Uri};
use ureq::{Agent, Body, Error};

use crate::published::read_file;

/// Requests at once. Most of the time of each is spent waiting, so it is more than there are cores.
pub(crate) const REQUESTS_AT_ONCE: usize = 16;
/// How often a file is asked for before the question is given up.
const ATTEMPTS_MAX: u32 = 4;
/// The pause after the first failed attempt; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// Redirects within the server that one request may lead to.
const REDIRECTS_MAX: usize = 3;
/// For one request with its answer: the largest tile, 16 MiB, at 150 kB a second.
const REQUEST_TIME_MAX: Duration = Duration::from_mins(2);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(15);

/// All addresses that begin alike and go on as the paths of C2SP tlog-tiles do.
#[derive(Debug)]
pub(crate) struct Prefix {
    agent: Agent,
    /// Scheme and host, without a slash at the end.
    server: String,
    /// Ends in a slash.
    path: String,
    /// What is shown to the server.
    key: Option<Bearer>,
}

/// A key for an `Authorization` header (RFC 6750). Its `Debug` form does not show it.
#[derive(Clone)]
pub(crate) struct Bearer(HeaderValue);

impl Bearer {
    /// The key that a file holds, with or without a newline at its end.
    pub(crate) fn read(file: &Path) -> Result<Bearer> {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let value = HeaderValue::from_str(&format!("Bearer {}", text.trim()));
        let mut value = value.ok().with_context(|| format!("{} holds no key", file.display()))?;
        value.set_sensitive(true);
        Ok(Bearer(value))
    }
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(..)")
    }
}

/// Why an attempt did not bring an answer.
enum Failure {
    /// It may be better next time.
    Passing(String),
    Lasting(String),
}

impl Prefix {
    /// The address that `checkpoint` and `tile/…` follow, with or without a slash at its end.
    pub(crate) fn parse(address: &str, key: Option<Bearer>) -> Result<Prefix> {
        let Ok(uri) = address.parse::<Uri>() else { bail!("it is no web address") };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            bail!("it is no web address")
        };
        if uri.query().is_some() || address.contains(['?', '#']) {
            bail!("the address of a log has neither `?` nor `#` in it");
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(REQUEST_TIME_MAX))
            .timeout_connect(Some(CONNECT_TIME_MAX))
            .timeout_resolve(Some(CONNECT_TIME_MAX))
            .max_idle_connections(REQUESTS_AT_ONCE)
            .max_idle_connections_per_host(REQUESTS_AT_ONCE)
            .user_agent(concat!("countersign-verify/", env!("CARGO_PKG_VERSION")));
        Ok(Prefix {
            agent: config.build().new_agent(),
            server: format!("{scheme}://{authority}"),
            path: format!("{}/", uri.path().trim_end_matches('/')),
            key,
        })
    }

    fn attempt(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        let mut target = format!("{}{path}", self.path);
        for _ in 0..=REDIRECTS_MAX {
            let address = format!("{}{target}", self.server);
            let mut request = self.agent.get(&address);
            if let Some(Bearer(key)) = &self.key {
                request = request.header(AUTHORIZATION, key);
            }
            let mut response = request.call().map_err(|error| failure(&error))?;
            let status = response.status();
            if status == StatusCode::OK {
                let content = read_file(path, response.body_mut().with_config().limit(u64::MAX).reader());
                // However a connection breaks off, it says nothing about the log.
                return content.map(Some).map_err(|error| Failure::Passing(error.to_string()));
            }
            match status {
                StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
                _ if status.is_redirection() => target = self.redirected(&response)?,
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    return Err(Failure::Lasting(format!(
                        "{}: it shows {path} only to whoever has a key for it (--key)",
                        answered(status)
                    )));
                }
                StatusCode::TOO_MANY_REQUESTS => return Err(Failure::Passing(answered(status))),
                _ if status.is_server_error() => return Err(Failure::Passing(answered(status))),
                _ => return Err(Failure::Lasting(answered(status))),
            }
        }
        Err(Failure::Lasting("the server redirects from one address to the next".into()))
    }

    /// Where on the same server a redirect leads to. Another server is another source, which nobody asked for.
    fn redirected(&self, response: &Response<Body>) -> Result<String, Failure> {
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
        let path = location.strip_prefix(self.server.as_str()).unwrap_or(location);
        if path.starts_with('/') && !path.starts_with("//") {
            Ok(path.to_owned())
        } else {
            Err(Failure::Lasting(format!(
                "the server redirects to {location:?}, which is not followed; if you trust it, verify that address"
            )))
        }
    }
}

impl Fetch for Prefix {
    fn fetch(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let mut pause = PAUSE;
        for attempts_left in (0..ATTEMPTS_MAX).rev() {
            let reason = match self.attempt(path) {
                Ok(content) => return Ok(content),
                Err(Failure::Passing(_)) if 0 < attempts_left => {
                    #[expect(
                        clippy::disallowed_methods,
                        reason = "no state to wait for: the server is to have a rest"
                    )]
                    std::thread::sleep(pause);
                    pause *= 2;
                    continue;
                }
                Err(Failure::Passing(reason) | Failure::Lasting(reason)) => reason,
            };
            return Err(io::Error::other(format!("{}{}{path}: {reason}", self.server, self.path)));
        }
        unreachable!("the last attempt returns")
    }
}

fn failure(error: &Error) -> Failure {
    match error {
        Error::Timeout(_) | Error::Io(_) | Error::ConnectionFailed | Error::Protocol(_) | Error::BodyStalled => {
            Failure::Passing(error.to_string())
        }
        error => Failure::Lasting(error.to_string()),
    }
}

fn answered(status: StatusCode) -> String {
    format!("the server answered {status}")
}
