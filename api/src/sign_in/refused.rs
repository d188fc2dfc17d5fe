//! Notes who was not believed: at the door of an organisation, or with an API key. No answer waits for it.

use std::time::Duration;

use domain::context::Ctx;
use domain::credential::{Act, CredentialEvent, CredentialRefusal, Method};
use domain::name::PersonId;
use ledger::entry::{Actor, ActorType};
use store::append::LogId;
use store::{logs, recording};

use super::enter::stranger;
use crate::access::limit::{self, Counted, Limit};
use crate::app::{App, count_not_recorded};
use crate::auth::Circumstances;
use crate::error::Result;
use crate::service_log;

/// Refusals that are recorded of one address, and of one member wherever they come from: as many as a person makes who has
/// forgotten a password, and what two or three guess who must not fill the log.
const FROM: Limit = Limit { name: "refusals of an address", most: 30, within: Duration::from_hours(1) };
const AS: Limit = Limit { name: "refusals of a member", most: 60, within: Duration::from_hours(1) };
/// The same of all who are no member, for one organisation.
const AS_NOBODY: Limit = Limit { name: "refusals of nobody", most: 100, within: Duration::from_hours(1) };

/// Notes an attempt to sign in that failed, as whom somebody tried it, as long as these are not too many.
pub fn sign_in(
    app: &App,
    log: LogId,
    circumstances: &Circumstances,
    member: Option<&PersonId>,
    method: Method,
    refusal: CredentialRefusal,
) {
    let (actor, event) = match member {
        None => (stranger(), CredentialEvent::unknown(method)),
        Some(member) => {
            let actor = Actor { kind: ActorType::User, id: member.as_str().to_owned(), role: None };
            (actor, CredentialEvent::of(member, Act::SignedIn { method, outcome: Err(refusal) }))
        }
    };
    let refused = Refused { from: limit::of_address(circumstances.ip), ctx: circumstances.ctx(actor), event };
    let owned = app.clone();
    app.aside(async move { refused.record(&owned, log).await });
}

/// Notes that somebody came with an API key that is not good, or with what is none: in the log of the organisation that
/// they came to, or in that of the service where there is none of that name or the address names none. That it is looked
/// for takes nothing of the answer's time.
pub fn api_key(app: &App, circumstances: &Circumstances, organisation: Option<String>) {
    let (from, ctx) = (limit::of_address(circumstances.ip), circumstances.ctx(stranger()));
    let refused = Refused { from, ctx, event: CredentialEvent::key_refused() };
    let owned = app.clone();
    app.aside(async move {
        let found = match organisation {
            Some(slug) => logs::find(owned.ledger().reader(), &slug).await?,
            None => None,
        };
        let log = match found {
            Some(info) => info.log,
            None => service_log::of(&owned).await?,
        };
        refused.record(&owned, log).await
    });
}

struct Refused {
    /// What stands for where it came from in a limit.
    from: Vec<u8>,
    ctx: Ctx,
    event: CredentialEvent,
}

impl Refused {
    async fn record(self, app: &App, log: LogId) -> Result<()> {
        if self.is_recorded(app, log).await? {
            recording::record(app.ledger(), log, &self.ctx, &self.event.stream(), &self.event, None).await?;
        }
        Ok(())
    }

    /// Whether one more is. What one address makes beyond its number takes nothing of a member's.
    async fn is_recorded(&self, app: &App, log: LogId) -> Result<bool> {
        let (of, whom) = self.event.member.as_ref().map_or((AS_NOBODY, ""), |member| (AS, member.as_str()));
        let limits: [(Limit, &[u8]); 2] = [(FROM, &self.from), (of, whom.as_bytes())];
        for (limit, by) in limits {
            let counted = app.requests().count(app.access_secret(), limit, &[log.0.as_bytes(), by]).await?;
            if let Counted::Over { is_first, .. } = counted {
                count_not_recorded();
                if is_first {
                    tracing::warn!(%log, limit = limit.name, "refused attempts to sign in are not recorded for a while");
                }
                return Ok(false);
            }
        }
        Ok(true)
    }
}
