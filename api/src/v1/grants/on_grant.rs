//! What the acts under a grant have in common: who asks about which grant, and what is answered once it is recorded.

use axum::Extension;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use domain::access_grant::{Capability, Command, Item, Resource};
use domain::activity::{ActivityEvent, Refusal};
use domain::context::Ctx;
use domain::name::GrantId;
use ledger::entry::{Entry, Outcome};
use store::append::Appended;
use store::recording;

use super::Changed;
use crate::app::App;
use crate::auth::{Caller, Permission};
use crate::error::{Error, Result};
use crate::idempotency::Key;
use crate::telemetry::RequestId;
use crate::v1::recorded;

/// A request about the grant of its path, by a caller with this permission.
pub struct OnGrant<P> {
    app: App,
    caller: Caller<P>,
    ctx: Ctx,
    grant: GrantId,
    key: Key,
}

impl<P: Permission> FromRequestParts<App> for OnGrant<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let request = Extension::<RequestId>::from_request_parts(parts, app).await.map_err(Error::internal)?;
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Path((_org, grant)) = path.map_err(|error| Error::BadRequest(error.to_string()))?;
        let key = Key::from_request_parts(parts, app).await?;
        let (ctx, grant) = (super::ctx(&caller, &request), super::grant_id(&grant)?);
        Ok(Self { app: app.clone(), caller, ctx, grant, key })
    }
}

impl<P> OnGrant<P> {
    /// Which grant.
    pub fn grant(&self) -> GrantId {
        self.grant.clone()
    }

    /// Whether the grant's auditor may do that now.
    ///
    /// # Errors
    /// The grant cannot be loaded.
    pub async fn permitted(&self, capability: Capability, resource: Resource) -> Result<Result<(), Refusal>> {
        let grant = super::load(&self.app, &self.caller, &self.ctx, &self.grant).await?;
        // What the records are is known to the program that asks, and not here.
        Ok(grant.permits(self.ctx.now, capability, resource, Item::Unknown))
    }

    /// Puts a command to the grant, and answers with what was recorded.
    ///
    /// # Errors
    /// What the grant refuses, and what stands in the way of recording it.
    pub async fn command(self, command: Command, request_sha256: [u8; 32]) -> Result<Response> {
        let idempotency = self.key.of(&self.caller, request_sha256);
        let appended = super::command(&self.app, &self.caller, &self.ctx, &self.grant, command, idempotency).await?;
        Ok(changed(&self.caller, &self.grant, &appended))
    }

    /// Records an act under the grant, whatever was decided, and then answers by what stands in the log: a request that
    /// is sent again is answered as the first time.
    ///
    /// # Errors
    /// What was refused and recorded, and what stands in the way of recording it.
    pub async fn act(self, event: &ActivityEvent, request_sha256: [u8; 32]) -> Result<Response> {
        let idempotency = self.key.of(&self.caller, request_sha256);
        let (ledger, stream) = (self.app.ledger(), event.stream());
        let appended = recording::record(ledger, self.caller.log, &self.ctx, &stream, event, idempotency).await?;
        match refusal(&appended)? {
            None => Ok(changed(&self.caller, &self.grant, &appended)),
            Some(Refusal::GrantUnknown) => Err(Error::NotFound),
            Some(refusal) => Err(Error::Refused(refusal.as_str())),
        }
    }
}

fn changed<P>(caller: &Caller<P>, grant: &GrantId, appended: &Appended) -> Response {
    let entries = recorded::accepted(&caller.origin, appended);
    let changed = Changed { grant: grant.as_str().to_owned(), entries };
    recorded::answered(StatusCode::CREATED, None, appended.replayed, &changed)
}

/// Why the recorded act came to nothing, if it did.
fn refusal(appended: &Appended) -> Result<Option<Refusal>> {
    let entry = appended.entries.first().ok_or_else(|| Error::internal("an append without an entry"))?;
    match Entry::parse(&entry.bytes).map_err(Error::internal)?.outcome {
        Outcome::Success => Ok(None),
        Outcome::Failure { reason } => Refusal::parse(&reason).map(Some).map_err(Error::internal),
    }
}
