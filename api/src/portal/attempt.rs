//! Records who came with a link, a code or a session, and who in vain. Everyday failures are queued and not awaited, so that
//! no answer tells by its time whether what was presented is known.

use std::time::Duration;

use domain::access_grant::{AccessGrant, Terms};
use domain::activity::{ActivityEvent, Refusal};
use domain::context::Ctx;
use domain::name::{EmailHash, GrantId};
use store::append::LogId;
use store::recording;

use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::auditor::{Visitor, actor};
use crate::error::Result;
use crate::refusals::Refused;
use crate::service_log;

/// Attempts with what belongs to nobody that have an entry each, by address and by why they were refused: whoever makes
/// such things up must not fill the log of the service. Further ones are counted.
const NOBODYS: Limit = Limit { name: "attempts of nobody", most: 10, within: Duration::from_hours(1) };

/// Somebody who came with something.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Of which organisation; none where nothing that was presented belongs to one.
    pub log: Option<LogId>,
    /// On which grant.
    pub grant: Option<GrantId>,
    /// The hash of the address that the grant is for.
    pub email_hash: Option<EmailHash>,
    /// Who, and from where.
    pub ctx: Ctx,
}

impl Attempt {
    /// With something that belongs to no grant.
    pub fn of_nobody(visitor: &Visitor) -> Self {
        Self { log: None, grant: None, email_hash: None, ctx: visitor.ctx_of_nobody() }
    }

    /// With something that belongs to a grant; whoever has it is taken for the grant's auditor.
    pub fn under(log: LogId, grant: &GrantId, access: &AccessGrant, visitor: &Visitor) -> Self {
        let terms = access.terms();
        let ctx = terms.map_or_else(|| visitor.ctx_of_nobody(), |terms: &Terms| visitor.ctx(actor(terms), None));
        let email_hash = terms.and_then(|terms| terms.email_hash.clone());
        Self { log: Some(log), grant: Some(grant.clone()), email_hash, ctx }
    }

    /// Records it: it was good, or why it was refused.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable) and others of an append.
    pub async fn record(self, app: &App, outcome: Result<(), Refusal>) -> Result<()> {
        let log = match self.log {
            Some(log) => log,
            None => service_log::of(app).await?,
        };
        let Self { grant, email_hash, ctx, .. } = self;
        let event = ActivityEvent::AcceptAttempted { grant, email_hash, outcome };
        recording::record(app.ledger(), log, &ctx, &event.stream(), &event, None).await?;
        Ok(())
    }

    /// Records beside the answer that it was refused.
    pub fn refused_aside(self, app: &App, refusal: Refusal) {
        let owned = app.clone();
        let (log, refused) = (self.log, Refused::Access(self.grant.clone(), refusal));
        app.aside(log, refused, async move { self.record(&owned, Err(refusal)).await });
    }

    /// The same of what belongs to nobody: as often as a person would come with it and no more.
    pub fn nobodys_refused_aside(app: &App, visitor: &Visitor, refusal: Refusal) {
        let by = [visitor.limited_by().as_slice(), refusal.as_str().as_bytes()].concat();
        let attempt = Self::of_nobody(visitor);
        Self::refused_aside_within(app, (NOBODYS, by), (None, Refused::Access(None, refusal)), async move {
            Ok((attempt, refusal))
        });
    }

    /// The same, unless it has happened too often: then what the attempt was is not even looked up, and it is counted as
    /// what is known of it.
    pub fn refused_aside_within(
        app: &App,
        (limit, by): (Limit, Vec<u8>),
        (log, refused): (Option<LogId>, Refused),
        attempt: impl Future<Output = Result<(Self, Refusal)>> + Send + 'static,
    ) {
        let (owned, counted_as) = (app.clone(), refused.clone());
        app.aside(log, refused, async move {
            match owned.requests().count(owned.access_secret(), limit, &[&by]).await? {
                Counted::Within => {
                    let (attempt, refusal) = attempt.await?;
                    attempt.record(&owned, Err(refusal)).await
                }
                Counted::Over { .. } => {
                    owned.count_refused(log, counted_as);
                    Ok(())
                }
            }
        });
    }
}

/// Notes that somebody came too often: the first time by an entry, then by a count.
pub fn too_many(app: &App, visitor: &Visitor, is_first: bool) {
    if is_first {
        Attempt::nobodys_refused_aside(app, visitor, Refusal::RateLimited);
    } else {
        app.count_refused(None, Refused::Access(None, Refusal::RateLimited));
    }
}
