//! How often somebody may try. Counted before anything is looked up, so that what is unknown is counted like what is not.

use std::net::IpAddr;
use std::time::Duration;

use sqlx::postgres::types::PgInterval;

use super::secret::{Purpose, Secret};
use crate::access::Requests;
use crate::error::{Error, Result};

/// So many attempts in so much time, counted in a window that slides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited; no two limits share a name.
    pub name: &'static str,
    /// How many are let through.
    pub most: u16,
    /// Within which time.
    pub within: Duration,
}

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It is let through.
    Within,
    /// There were too many.
    Over {
        /// When the next is let through.
        retry_after: Duration,
        /// Whether the one before was let through: what is refused is recorded once, or a flood of it would fill the log.
        is_first: bool,
    },
}

impl Requests {
    /// Counts an attempt by whatever it is limited by. The database holds only a MAC of that.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; what cannot be counted is not let through.
    pub async fn count(&self, secret: &Secret, limit: Limit, by: &[&[u8]]) -> Result<Counted> {
        let parts: Vec<&[u8]> = std::iter::once(limit.name.as_bytes()).chain(by.iter().copied()).collect();
        let key = secret.mac(Purpose::Limit, &parts);
        let within = PgInterval::try_from(limit.within).map_err(Error::internal)?;
        let row = sqlx::query!(
            r#"select wait_seconds as "wait_seconds!", is_first_refusal as "is_first_refusal!"
            from access.count_attempt($1, $2, $3)"#,
            key.as_slice(),
            i32::from(limit.most),
            within
        )
        .fetch_one(self.pool())
        .await?;
        let wait = u64::try_from(row.wait_seconds).map_err(Error::internal)?;
        if wait == 0 {
            return Ok(Counted::Within);
        }
        Ok(Counted::Over { retry_after: Duration::from_secs(wait), is_first: row.is_first_refusal })
    }

    /// Counts an attempt in each of these limits, up to the first that it is over: where the narrow ones come first, what
    /// they refuse takes nothing of the others.
    ///
    /// # Errors
    /// As [`Requests::count`].
    pub async fn count_in_all(&self, secret: &Secret, limits: &[Limit], by: &[&[u8]]) -> Result<Counted> {
        for limit in limits {
            let counted = self.count(secret, *limit, by).await?;
            if counted != Counted::Within {
                return Ok(counted);
            }
        }
        Ok(Counted::Within)
    }
}

/// What stands for a client's address in a limit: of IPv6 the first 64 bits, which is what one line has.
pub fn of_address(address: Option<IpAddr>) -> Vec<u8> {
    match address.map(|address| address.to_canonical()) {
        None => Vec::new(),
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => address.octets()[..8].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use store::cluster::Role;
    use store::testing;

    use super::*;

    const THREE: Limit = Limit { name: "test", most: 3, within: Duration::from_mins(1) };

    #[tokio::test]
    async fn so_many_are_let_through_and_the_next_is_told_when_to_come_back() {
        let database = testing::database().await;
        let requests = Requests::open(&database.options(Role::App));
        let secret = Secret::parse(&"5e".repeat(32)).unwrap();
        for _ in 0..3 {
            assert_eq!(requests.count(&secret, THREE, &[b"ada"]).await.unwrap(), Counted::Within);
        }
        let Counted::Over { retry_after, is_first } = requests.count(&secret, THREE, &[b"ada"]).await.unwrap() else {
            panic!("a fourth was let through");
        };
        assert!(is_first && (1..=60).contains(&retry_after.as_secs()), "{retry_after:?}");
        let again = requests.count(&secret, THREE, &[b"ada"]).await.unwrap();
        assert!(matches!(again, Counted::Over { is_first: false, .. }), "only the first is news: {again:?}");
        assert_eq!(requests.count(&secret, THREE, &[b"bob"]).await.unwrap(), Counted::Within, "another is not counted");
        let other = Limit { name: "other", ..THREE };
        assert_eq!(requests.count(&secret, other, &[b"ada"]).await.unwrap(), Counted::Within, "nor is another limit");
    }

    #[tokio::test]
    async fn of_many_at_the_same_moment_no_more_are_let_through() {
        let database = testing::database().await;
        let requests = Requests::open(&database.options(Role::App));
        let secret = Secret::parse(&"5e".repeat(32)).unwrap();
        let counted = (0..12).map(|_| requests.count(&secret, THREE, &[b"ada"]));
        let counted = futures::future::try_join_all(counted).await.unwrap();
        assert_eq!(counted.iter().filter(|counted| **counted == Counted::Within).count(), 3);
    }

    #[test]
    fn the_addresses_of_one_line_are_one() {
        let of = |text: &str| of_address(Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
