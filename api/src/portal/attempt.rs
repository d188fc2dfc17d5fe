//! Records who came with a link, a code or a session, and in vain. Everyday failures are queued and not awaited, so that
//! no answer tells by its time whether what was presented is known.

use std::time::Duration;

use domain::access_grant::{AccessGrant, Terms};
use domain::activity::{ActivityEvent, Refusal};
use domain::context::Ctx;
use domain::name::{EmailHash, GrantId};
use store::append::LogId;
use store::recording;

use crate::access::limit::{Counted, Limit};
use crate::app::{App, count_not_recorded};
use crate::auth::auditor::{Visitor, actor};
use crate::error::Result;
use crate::service_log;

/// Attempts with what belongs to nobody, which are recorded, by address and by why they were refused: whoever makes such
/// things up must not fill the log of the service.
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
    /// Whether it was good.
    pub outcome: Result<(), Refusal>,
}

impl Attempt {
    /// With something that belongs to no grant.
    pub fn of_nobody(visitor: &Visitor, refusal: Refusal) -> Self {
        let ctx = visitor.ctx_of_nobody();
        Self { log: None, grant: None, email_hash: None, ctx, outcome: Err(refusal) }
    }

    /// With something that belongs to a grant; whoever has it is taken for the grant's auditor.
    pub fn under(
        log: LogId,
        grant: &GrantId,
        access: &AccessGrant,
        visitor: &Visitor,
        outcome: Result<(), Refusal>,
    ) -> Self {
        let terms = access.terms();
        let ctx = terms.map_or_else(|| visitor.ctx_of_nobody(), |terms: &Terms| visitor.ctx(actor(terms), None));
        let email_hash = terms.and_then(|terms| terms.email_hash.clone());
        Self { log: Some(log), grant: Some(grant.clone()), email_hash, ctx, outcome }
    }

    /// Records it.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable) and others of an append.
    pub async fn record(self, app: &App) -> Result<()> {
        let log = match self.log {
            Some(log) => log,
            None => service_log::of(app).await?,
        };
        let Self { grant, email_hash, ctx, outcome, .. } = self;
        let event = ActivityEvent::AcceptAttempted { grant, email_hash, outcome };
        recording::record(app.ledger(), log, &ctx, &event.stream(), &event, None).await?;
        Ok(())
    }

    /// Records it beside the answer.
    pub fn record_aside(self, app: &App) {
        let owned = app.clone();
        app.aside(async move { self.record(&owned).await });
    }

    /// The same of what belongs to nobody: as often as a person would come with it and no more.
    pub fn record_aside_as_nobodys(self, app: &App, visitor: &Visitor) {
        let reason = self.outcome.err().map_or("", Refusal::as_str);
        let by = [visitor.limited_by().as_slice(), reason.as_bytes()].concat();
        Self::record_aside_within(app, NOBODYS, by, async { Ok(self) });
    }

    /// The same, unless it has happened too often: then what the attempt was is not even looked up.
    pub fn record_aside_within(
        app: &App,
        limit: Limit,
        by: Vec<u8>,
        attempt: impl Future<Output = Result<Self>> + Send + 'static,
    ) {
        let owned = app.clone();
        app.aside(async move {
            match owned.requests().count(owned.access_secret(), limit, &[&by]).await? {
                Counted::Within => attempt.await?.record(&owned).await,
                Counted::Over { .. } => {
                    count_not_recorded();
                    Ok(())
                }
            }
        });
    }
}
