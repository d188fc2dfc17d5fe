//! The cookie of an auditor's session: who comes, signed. Never what they may (S5-30).

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::name::{GrantId, OrganisationId, SessionId};
use ledger::time::Timestamp;
use serde::{Deserialize, Serialize};
use store::append::LogId;
use uuid::Uuid;

use crate::access::secret::{Purpose, Secret};

/// Its name. The prefix binds it to this host and to encrypted lines.
pub const SESSION_COOKIE: &str = "__Host-auditor";

/// What the cookie says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Which session.
    pub sid: SessionId,
    /// Under which grant.
    pub grant: GrantId,
    /// Of which organisation.
    pub org: OrganisationId,
    /// Since when, in seconds since 1970.
    pub iat: u64,
    /// From when it is good no more.
    pub exp: u64,
}

/// What a request has for a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presented {
    /// None.
    Nothing,
    /// One that we signed.
    Ours(Claims),
    /// One that we did not sign, with what it claims where that can be read.
    Forged(Option<Claims>),
}

impl Presented {
    /// By a request.
    pub(super) fn by(jar: &CookieJar, secret: &Secret) -> Self {
        let Some(cookie) = jar.get(SESSION_COOKIE) else { return Self::Nothing };
        let claimed =
            |text: &str| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text.split('.').next()?).ok()?).ok();
        match Claims::verified(cookie.value(), secret) {
            Some(claims) => Self::Ours(claims),
            None => Self::Forged(claimed(cookie.value())),
        }
    }
}

impl Claims {
    /// What the cookie of a request says, if it is one that we signed.
    pub fn of(jar: &CookieJar, secret: &Secret) -> Option<Self> {
        Self::verified(jar.get(SESSION_COOKIE)?.value(), secret)
    }

    /// The cookie to set.
    pub fn cookie(&self, secret: &Secret) -> Cookie<'static> {
        let lifetime = self.exp.saturating_sub(self.iat);
        let max_age = time::Duration::seconds(i64::try_from(lifetime).unwrap_or(i64::MAX));
        host_cookie(SESSION_COOKIE, self.signed(secret), max_age)
    }

    /// Takes the cookie out of the browser.
    pub fn removal() -> Cookie<'static> {
        host_cookie(SESSION_COOKIE, String::new(), time::Duration::ZERO)
    }

    /// The log of the organisation.
    pub fn log(&self) -> LogId {
        LogId(Uuid::parse_str(self.org.as_str()).expect("the id of an organisation is a UUID"))
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.exp <= now.unix_seconds()
    }

    fn signed(&self, secret: &Secret) -> String {
        let claims = serde_json::to_vec(self).expect("claims are plain JSON");
        let mac = secret.mac(Purpose::AuditorSession, &[&claims]);
        format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims), BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    fn verified(text: &str, secret: &Secret) -> Option<Self> {
        let (claims, mac) = text.split_once('.')?;
        let (claims, mac) = (BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?, BASE64_URL_SAFE_NO_PAD.decode(mac).ok()?);
        if !secret.verifies(Purpose::AuditorSession, &[&claims], &mac) {
            return None;
        }
        serde_json::from_slice(&claims).ok()
    }
}

/// A cookie of this host alone, that no script reads and that other sites send only when somebody follows a link from
/// them.
pub fn host_cookie(name: &'static str, value: String, max_age: time::Duration) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            sid: SessionId::parse(&"0a".repeat(16)).unwrap(),
            grant: GrantId::parse("018f3b7e-0000-7000-8000-00000000b001").unwrap(),
            org: OrganisationId::parse("018f3b7e-0000-7000-8000-00000000a001").unwrap(),
            iat: 1_795_000_000,
            exp: 1_795_028_800,
        }
    }

    fn secret() -> Secret {
        Secret::parse(&"5e".repeat(32)).unwrap()
    }

    // rows: S5-70, C10
    #[test]
    fn a_cookie_says_what_was_signed_and_nothing_else() {
        let signed = claims().signed(&secret());
        assert_eq!(Claims::verified(&signed, &secret()), Some(claims()));
        let (said, mac) = signed.split_once('.').unwrap();
        let read = serde_json::from_slice::<serde_json::Value>(&BASE64_URL_SAFE_NO_PAD.decode(said).unwrap()).unwrap();
        let names: Vec<_> = read.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["exp", "grant", "iat", "org", "sid"], "who it is, and nothing that they may do");
        let mut other = claims();
        other.exp += 1;
        let forged = other.signed(&Secret::parse(&"5f".repeat(32)).unwrap());
        assert_eq!(Claims::verified(&forged, &secret()), None);
        assert_eq!(Claims::verified(&format!("{}.{mac}", forged.split_once('.').unwrap().0), &secret()), None);
        for text in ["", ".", said, &format!("{said}."), &format!("{said}.AAAA")] {
            assert_eq!(Claims::verified(text, &secret()), None, "{text}");
        }
    }

    // rows: S5-71
    #[test]
    fn a_cookie_is_of_this_host_alone_and_closed_to_scripts() {
        let cookie = claims().cookie(&secret()).to_string();
        assert!(cookie.starts_with("__Host-auditor="), "{cookie}");
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=28800"] {
            assert!(cookie.contains(part), "{part}: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}
