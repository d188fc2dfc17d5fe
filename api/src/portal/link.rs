//! Recognises what somebody came with as a link. Unknown, used, expired, revoked and replaced ones are one: the same
//! statements are run for them, and the same 404 leaves at the same point of time (C37).

use std::time::Duration;

use domain::access_grant::{AccessGrant, State, Terms};
use domain::activity::Refusal;
use domain::invitation::LinkReuse;
use domain::name::Sha256;
use ledger::vocabulary::Timestamp;
use subtle::ConstantTimeEq as _;

use super::attempt::{self, Attempt};
use super::evenly::Arrival;
use crate::access::grant_token::{self, Place};
use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::auditor::{self, Visitor};
use crate::error::{Error, Result};

/// S5-32, S5-73: 10 a minute, by address and first characters of the token.
const LINKS: Limit = Limit { name: "links", most: 10, within: Duration::from_mins(1) };
/// The same by address alone: whoever makes tokens up has as many first characters as they like.
const LINKS_OF_ADDRESS: Limit = Limit { name: "links of an address", most: 60, within: Duration::from_mins(10) };
/// How much of a token stands for it in the limit: enough that two people behind one address do not share a count.
const PREFIX_CHARS: usize = 8;

/// A link that is good now.
pub(super) struct Link {
    pub(super) place: Place,
    pub(super) access: AccessGrant,
    pub(super) token_sha256: Sha256,
}

impl Link {
    /// What the grant comes to.
    pub(super) fn terms(&self) -> &Terms {
        self.access.terms().expect("a link is good only with a grant")
    }
}

/// Recognises a token, whatever its form. A failure is recorded beside the answer.
///
/// # Errors
/// [`Error::TooMany`], [`Error::NotFound`], [`Error::Unavailable`].
pub(super) async fn recognise(app: &App, visitor: &Visitor, token: &str) -> Result<Link> {
    let arrival = Arrival::now();
    let token = &ungrouped(token);
    count(app, visitor, token).await?;
    let token_sha256 = grant_token::sha256_of(token);
    let place = app.requests().place_of(&token_sha256).await?;
    let access = auditor::load_grant_alike(app, place.as_ref()).await?;
    match (place, judged(&access, &token_sha256, store::clock::now())) {
        (Some(place), Ok(())) => return Ok(Link { place, access, token_sha256 }),
        (Some(place), Err(refusal)) => {
            Attempt::under(place.log, &place.grant, &access, visitor).refused_aside(app, refusal);
        }
        (None, _) => Attempt::nobodys_refused_aside(app, visitor, Refusal::TokenUnknown),
    }
    arrival.even().await;
    Err(Error::NotFound)
}

/// A token without what groups it where it is shown to be read (C3): neither blanks nor hyphens are in its alphabet.
fn ungrouped(token: &str) -> String {
    token.chars().filter(|character| !character.is_ascii_whitespace() && *character != '-').collect()
}

/// Before anything is looked up. Of those that are refused the first is recorded.
async fn count(app: &App, visitor: &Visitor, token: &str) -> Result<()> {
    let prefix: String = token.chars().take(PREFIX_CHARS).collect();
    let address = visitor.limited_by();
    within(app, visitor, LINKS_OF_ADDRESS, &[&address]).await?;
    within(app, visitor, LINKS, &[&address, prefix.as_bytes()]).await
}

async fn within(app: &App, visitor: &Visitor, limit: Limit, by: &[&[u8]]) -> Result<()> {
    match app.requests().count(app.access_secret(), limit, by).await? {
        Counted::Within => Ok(()),
        Counted::Over { retry_after, is_first } => {
            attempt::too_many(app, visitor, is_first);
            Err(Error::TooMany { retry_after })
        }
    }
}

/// Whether a grant lets whoever has this token in now; every reason is looked at, whichever holds.
fn judged(access: &AccessGrant, presented: &Sha256, now: Timestamp) -> Result<(), Refusal> {
    let terms = access.terms().ok_or(Refusal::GrantUnknown)?;
    let current = terms.token_sha256().map_or("", Sha256::as_str);
    let is_current = bool::from(current.as_bytes().ct_eq(presented.as_str().as_bytes()));
    let is_single = terms.invitation.as_ref().is_some_and(|link| link.link_reuse == LinkReuse::SingleUse);
    match access.state_at(now) {
        None => Err(Refusal::GrantUnknown),
        Some(State::Revoked) => Err(Refusal::GrantRevoked),
        Some(State::Expired) => Err(Refusal::GrantExpired),
        Some(State::Pending | State::Active) if !is_current => Err(Refusal::TokenReplaced),
        Some(State::Active) if is_single => Err(Refusal::LinkUsed),
        Some(State::Pending | State::Active) => Ok(()),
    }
}
