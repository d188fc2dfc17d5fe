//! What every request for an act has in common: who asks, in which circumstances, and under which key.

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::context::Ctx;
use ledger::entry::{Actor, ActorType};
use ledger::name::Origin;
use store::append::{IdempotencyKey, LogId};

use crate::acts::By;
use crate::app::App;
use crate::auth::{Caller, Permission};
use crate::error::{Error, Result};
use crate::idempotency::Key;
use crate::telemetry::RequestId;

/// A request by somebody with this permission.
pub struct Asked<P> {
    /// The service.
    pub app: App,
    caller: Caller<P>,
    ctx: Ctx,
    key: Option<String>,
}

impl<P: Permission> FromRequestParts<App> for Asked<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let request = Extension::<RequestId>::from_request_parts(parts, app).await.map_err(Error::internal)?;
        let Key(key) = Key::from_request_parts(parts, app).await?;
        let ctx = ctx(&caller, &request);
        Ok(Self { app: app.clone(), caller, ctx, key })
    }
}

/// The circumstances of a request by an API key.
fn ctx<P>(caller: &Caller<P>, request: &RequestId) -> Ctx {
    let actor = Actor { kind: ActorType::ApiKey, id: caller.id.clone(), role: None };
    let mut ctx = Ctx::of(actor, store::clock::now());
    ctx.request_id = Some(request.0.clone());
    ctx.service = Some("api".to_owned());
    ctx
}

impl<P> Asked<P> {
    /// In whose log it is to be done, and in which circumstances.
    pub fn by(&self) -> By<'_> {
        By { ledger: self.app.ledger(), log: self.caller.log, ctx: &self.ctx }
    }

    /// The request's key with whose it is and what it stands for.
    pub fn idempotency(&self, request_sha256: [u8; 32]) -> Option<IdempotencyKey> {
        Key(self.key.clone()).of(&self.caller, request_sha256)
    }

    /// The organisation's log.
    pub fn log(&self) -> LogId {
        self.caller.log
    }

    /// What that log is called.
    pub fn origin(&self) -> &Origin {
        &self.caller.origin
    }

    /// The organisation in addresses.
    pub fn slug(&self) -> &str {
        self.caller.origin.slug()
    }
}
