//! Records who was not believed: at the door of an organisation, with a link to it, or with an API key. No answer waits for
//! it. What comes too often is counted.

use std::time::Duration;

use domain::context::Ctx;
use domain::credential::{Act, CredentialEvent, CredentialRefusal, Method};
use domain::name::PersonId;
use ledger::entry::{Actor, ActorType};
use store::append::LogId;
use store::{logs, recording};

use super::enter::stranger;
use crate::access::limit::{self, Counted, Limit};
use crate::app::App;
use crate::auth::Circumstances;
use crate::error::Result;
use crate::refusals::Refused;
use crate::service_log;

/// Refusals of one address that have an entry each, and of one member wherever they come from: as many as a person makes
/// who has forgotten a password, and what two or three guess who must not fill the log. Further ones are counted.
const FROM: Limit = Limit { name: "refusals of an address", most: 30, within: Duration::from_hours(1) };
const AS: Limit = Limit { name: "refusals of a member", most: 60, within: Duration::from_hours(1) };
/// The same of all who are no member, for one organisation.
const AS_NOBODY: Limit = Limit { name: "refusals of nobody", most: 100, within: Duration::from_hours(1) };

/// Records an attempt to sign in that failed, as whom somebody tried it. `log` is none where what they came with belongs to
/// no organisation: it stands in the log of the service then.
pub fn sign_in(
    app: &App,
    log: Option<LogId>,
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
    let refusal = if member.is_none() { CredentialRefusal::UnknownMember } else { refusal };
    let from = limit::of_address(circumstances.ip);
    let attempt = Attempt { from, ctx: circumstances.ctx(actor), event, refusal };
    let owned = app.clone();
    app.aside(log, attempt.refused(), async move { attempt.record(&owned, log).await });
}

/// Records that somebody came with an API key that is not good, or with what is none: in the log of the organisation that
/// they came to, or in that of the service where there is none of that name or the address names none. That it is looked
/// for takes nothing of the answer's time.
pub fn api_key(app: &App, circumstances: &Circumstances, organisation: Option<String>) {
    let (from, ctx) = (limit::of_address(circumstances.ip), circumstances.ctx(stranger()));
    let attempt = Attempt { from, ctx, event: CredentialEvent::key_refused(), refusal: CredentialRefusal::WrongKey };
    let owned = app.clone();
    app.aside(None, attempt.refused(), async move {
        let found = match organisation {
            Some(slug) => logs::find(owned.ledger().reader(), &slug).await?,
            None => None,
        };
        attempt.record(&owned, found.map(|info| info.log)).await
    });
}

struct Attempt {
    /// What stands for where it came from in a limit.
    from: Vec<u8>,
    ctx: Ctx,
    event: CredentialEvent,
    /// Of the event.
    refusal: CredentialRefusal,
}

impl Attempt {
    fn refused(&self) -> Refused {
        Refused::Credential(self.event.member.clone(), self.refusal)
    }

    async fn record(self, app: &App, log: Option<LogId>) -> Result<()> {
        let log = match log {
            Some(log) => log,
            None => service_log::of(app).await?,
        };
        if self.has_entry(app, log).await? {
            recording::record(app.ledger(), log, &self.ctx, &self.event.stream(), &self.event, None).await?;
        } else {
            app.count_refused(Some(log), self.refused());
        }
        Ok(())
    }

    /// Whether one more has. What one address makes beyond its number takes nothing of a member's.
    async fn has_entry(&self, app: &App, log: LogId) -> Result<bool> {
        let (of, whom) = self.event.member.as_ref().map_or((AS_NOBODY, ""), |member| (AS, member.as_str()));
        let limits: [(Limit, &[u8]); 2] = [(FROM, &self.from), (of, whom.as_bytes())];
        for (limit, by) in limits {
            let counted = app.requests().count(app.access_secret(), limit, &[log.0.as_bytes(), by]).await?;
            if let Counted::Over { is_first, .. } = counted {
                if is_first {
                    let info = logs::of(app.ledger().reader(), log).await?;
                    let log = info.map(|info| info.origin.to_string());
                    tracing::warn!(
                        log,
                        limit = limit.name,
                        "refused passwords, links or keys are only counted for a while"
                    );
                }
                return Ok(false);
            }
        }
        Ok(true)
    }
}
