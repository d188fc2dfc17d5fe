//! Addresses that files are downloaded from (S5-29): signed for a session, a file and five minutes. Another site can send an
//! auditor's browser to an address, but not to one that downloads in their name, and an address that was copied is soon
//! worth nothing. What may be downloaded is asked of the grant alone.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::name::SessionId;
use ledger::vocabulary::Timestamp;

use crate::access::secret::{Purpose, Secret};
use crate::app::App;
use crate::auth::auditor::AuditorSession;
use crate::query::Parameters;

/// For how many seconds an address downloads.
const GOOD_FOR: u64 = 5 * 60;

/// Signs the addresses of one session.
#[derive(Clone, Debug)]
pub struct Signer {
    secret: Secret,
    session: SessionId,
}

impl Signer {
    /// For the session of a request.
    pub fn of(app: &App, auditor: &AuditorSession) -> Self {
        Self { secret: app.access_secret().clone(), session: auditor.sid.clone() }
    }

    /// The query under which a revision of evidence is downloaded: `revision=1&until=1764208800&signature=…`.
    pub fn query(&self, evidence: &str, revision: u32, now: Timestamp) -> String {
        let until = now.unix_seconds() + GOOD_FOR;
        let [revision, until] = [u64::from(revision), until].map(|number| number.to_string());
        let mac = self.secret.mac(Purpose::Download, &self.parts(evidence, &revision, &until));
        format!("revision={revision}&until={until}&signature={}", BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    /// Whether these are the parameters of such a query, and still good.
    pub fn is_good(&self, evidence: &str, parameters: &Parameters, now: Timestamp) -> bool {
        let [revision, until, signature] =
            ["revision", "until", "signature"].map(|name| parameters.get(name).unwrap_or_default());
        let mac = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        self.secret.verifies(Purpose::Download, &self.parts(evidence, revision, until), &mac)
            && until.parse().is_ok_and(|until: u64| now.unix_seconds() < until)
    }

    fn parts<'a>(&'a self, evidence: &'a str, revision: &'a str, until: &'a str) -> [&'a [u8]; 4] {
        [self.session.as_str(), evidence, revision, until].map(str::as_bytes)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::access::auditor_session;

    const EVIDENCE: &str = "0194f3b0-0000-7000-8000-000000000001";

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros(i64::try_from(second).unwrap() * 1_000_000).unwrap()
    }

    fn is_good(signer: &Signer, evidence: &str, query: &str, second: u64) -> bool {
        signer.is_good(evidence, &Parameters::parse(Some(query)).unwrap(), at(second))
    }

    #[test]
    fn an_address_is_good_for_five_minutes_and_for_one_session() {
        let signer = Signer { secret: Secret::parse(&"5a".repeat(32)).unwrap(), session: auditor_session::random_id() };
        let query = signer.query(EVIDENCE, 2, at(1_000));
        assert!(is_good(&signer, EVIDENCE, &query, 1_000) && is_good(&signer, EVIDENCE, &query, 1_299));
        assert!(!is_good(&signer, EVIDENCE, &query, 1_300));
        let other = Signer { session: auditor_session::random_id(), ..signer };
        assert!(!is_good(&other, EVIDENCE, &query, 1_000));
    }

    #[rstest]
    #[case::another_revision("revision=2", "revision=1")]
    #[case::a_later_end("until=1300", "until=9999")]
    #[case::another_signature("signature=", "signature=A")]
    #[case::no_signature("&signature=", "&other=")]
    fn an_address_that_was_changed_is_not_good(#[case] part: &str, #[case] by: &str) {
        let signer = Signer { secret: Secret::parse(&"5a".repeat(32)).unwrap(), session: auditor_session::random_id() };
        let query = signer.query(EVIDENCE, 2, at(1_000));
        assert!(query.contains(part));
        assert!(!is_good(&signer, EVIDENCE, &query.replace(part, by), 1_000));
        assert!(!is_good(&signer, "0194f3b0-0000-7000-8000-000000000002", &query, 1_000));
    }
}
