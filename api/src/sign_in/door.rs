//! Somebody before the door of an organisation.

use std::time::Duration;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use domain::credential::CredentialRefusal;
use store::append::LogId;
use store::logs::{self, LogInfo};

use crate::access::limit::{self, Counted, Limit};
use crate::app::App;
use crate::auth::Circumstances;
use crate::error::{Error, Result};
use crate::refusals::Refused;

/// Attempts to sign in from one line, whatever they are made with: people who share one are more than one, and a guess is
/// one of many thousands.
const FROM_ONE_ADDRESS: Limit = Limit { name: "sign_in", most: 60, within: Duration::from_mins(10) };

/// Somebody who may have no session, before the organisation of the path.
pub struct Door {
    /// Whose door.
    pub info: LogInfo,
    /// What is known of the request.
    pub circumstances: Circumstances,
}

impl FromRequestParts<App> for Door {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        #[derive(serde::Deserialize)]
        struct Organisation {
            org: String,
        }
        let Path(Organisation { org }) = Path::from_request_parts(parts, app).await.map_err(|_| Error::NotFound)?;
        let info = logs::find(app.ledger().reader(), &org).await?.ok_or(Error::NotFound)?;
        Ok(Self { info, circumstances: Circumstances::of(parts) })
    }
}

/// Counts an attempt by where it comes from, before anything is looked up. `log` is that of the organisation before whose
/// door it is, where the address names one.
///
/// # Errors
/// [`Error::TooMany`], [`Error::Unavailable`].
pub async fn count(app: &App, log: Option<LogId>, circumstances: &Circumstances) -> Result<()> {
    let by = limit::of_address(circumstances.ip);
    let counted = app.requests().count(app.access_secret(), FROM_ONE_ADDRESS, &[&by]).await?;
    within(counted).inspect_err(|_| app.count_refused(log, Refused::Credential(None, CredentialRefusal::Locked)))
}

/// Lets an attempt through that is within its limit.
///
/// # Errors
/// [`Error::TooMany`].
pub fn within(counted: Counted) -> Result<()> {
    match counted {
        Counted::Within => Ok(()),
        Counted::Over { retry_after, .. } => Err(Error::TooMany { retry_after }),
    }
}

/// Where somebody goes who got in: where they were going, if that is a page of this organisation, else its home.
pub fn next(slug: &str, asked: Option<&str>) -> String {
    let home = format!("/orgs/{slug}");
    let is_page = |asked: &&str| {
        let below = asked.strip_prefix(&home).is_some_and(|rest| rest.starts_with(['/', '?']));
        below
            && !asked.contains(['\\', '#'])
            && !asked.contains("//")
            && asked.bytes().all(|byte| byte.is_ascii_graphic())
    };
    asked.filter(is_page).map_or(home.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    #[rstest]
    #[case(None, "/orgs/acme")]
    #[case(Some("/orgs/acme/grants?state=active"), "/orgs/acme/grants?state=active")]
    #[case(Some("/orgs/acme-labs/grants"), "/orgs/acme")]
    #[case(Some("/orgs/rival"), "/orgs/acme")]
    #[case(Some("//evil.example/orgs/acme/"), "/orgs/acme")]
    #[case(Some("https://evil.example"), "/orgs/acme")]
    #[case(Some("/orgs/acme/\\evil.example"), "/orgs/acme")]
    #[case(Some("/orgs/acme//evil.example"), "/orgs/acme")]
    #[case(Some("/orgs/acme/x\r\nSet-Cookie:a"), "/orgs/acme")]
    fn one_goes_on_to_pages_of_this_organisation_alone(#[case] asked: Option<&str>, #[case] next: &str) {
        assert_eq!(super::next("acme", asked), next);
    }
}
