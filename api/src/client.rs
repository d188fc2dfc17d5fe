//! Where a request comes from: the connection says it, or a proxy of the operator that stands in between.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use thiserror::Error;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Most proxies that a setting names: in front of one service there are few, and they are looked through for each request.
const PROXIES_MAX: usize = 64;

/// The other end of a connection, put into each of its requests by the accept loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The address that a request came from. Personal: it stands sealed in entries, and never in a log line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl std::fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAddress(..)")
    }
}

/// The proxies whose `X-Forwarded-For` is believed. From anybody else the header is what they would like to be taken for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpAddr>);

/// A text that is no list of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("addresses of proxies, at most {PROXIES_MAX}, separated by commas, such as 192.0.2.1,2001:db8::1")]
pub struct TrustedProxiesError;

impl TrustedProxies {
    /// Reads addresses separated by commas.
    ///
    /// # Errors
    /// [`TrustedProxiesError`].
    pub fn parse(text: &str) -> Result<Self, TrustedProxiesError> {
        let addresses = text.split(',').map(|address| address.trim().parse::<IpAddr>());
        let addresses: Vec<IpAddr> = addresses.collect::<Result<_, _>>().map_err(|_| TrustedProxiesError)?;
        if PROXIES_MAX < addresses.len() {
            return Err(TrustedProxiesError);
        }
        Ok(Self(addresses.iter().map(IpAddr::to_canonical).collect()))
    }

    /// Each proxy appends the address that it was asked from, so the last one that is no proxy of ours is the client;
    /// what stands before it the client may have written.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let forwarded: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
        let mut client = peer.to_canonical();
        for address in forwarded.iter().rev() {
            let (true, Ok(address)) = (self.0.contains(&client), address.parse::<IpAddr>()) else { break };
            client = address.to_canonical();
        }
        client
    }
}

/// Puts a [`ClientAddress`] into each request whose connection is known.
pub async fn locate(State(proxies): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    if let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() {
        let client = proxies.client(peer, request.headers());
        request.extensions_mut().insert(ClientAddress(client));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nobody_forwards("192.0.2.9", &[], "192.0.2.9")]
    #[case::a_stranger_says_so("192.0.2.9", &["198.51.100.1"], "192.0.2.9")]
    #[case::a_proxy_says_so("10.0.0.1", &["198.51.100.1"], "198.51.100.1")]
    #[case::the_client_wrote_the_first("10.0.0.1", &["203.0.113.7, 198.51.100.1"], "198.51.100.1")]
    #[case::two_proxies("10.0.0.1", &["198.51.100.1, 10.0.0.2"], "198.51.100.1")]
    #[case::two_headers("10.0.0.1", &["203.0.113.7", "198.51.100.1"], "198.51.100.1")]
    #[case::no_address("10.0.0.1", &["unknown"], "10.0.0.1")]
    #[case::of_both_families("::ffff:10.0.0.1", &["2001:db8::1"], "2001:db8::1")]
    fn a_request_comes_from_the_last_address_that_is_no_proxy(
        #[case] peer: &str,
        #[case] forwarded: &[&str],
        #[case] client: &str,
    ) {
        let proxies = TrustedProxies::parse("10.0.0.1, 10.0.0.2").unwrap();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        assert_eq!(proxies.client(peer.parse().unwrap(), &headers), client.parse::<IpAddr>().unwrap());
    }

    #[test]
    fn proxies_are_a_list_of_addresses() {
        for text in ["", "proxy.example", "10.0.0.1;10.0.0.2", "10.0.0.0/8"] {
            assert_eq!(TrustedProxies::parse(text), Err(TrustedProxiesError), "{text}");
        }
        assert_eq!(format!("{:?}", ClientAddress("192.0.2.9".parse().unwrap())), "ClientAddress(..)");
    }
}
