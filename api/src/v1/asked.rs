//! What every request for an act has in common: who asks, in which circumstances, and under which key.

use std::marker::PhantomData;

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::context::Ctx;
use ledger::entry::{Actor, ActorType};
use ledger::name::Origin;
use store::append::{IdempotencyKey, LogId};

use crate::acts::By;
use crate::app::App;
use crate::auth::{Caller, Permission, Principal};
use crate::error::{Error, Result};
use crate::idempotency::Key;
use crate::telemetry::RequestId;

/// A request by a program's key with this scope, or by a member with this permission: with a key of their own, or with
/// their session from a page of it.
pub struct Asked<P> {
    /// The service.
    pub app: App,
    log: LogId,
    origin: Origin,
    ctx: Ctx,
    /// Under which keys of requests stand.
    principal: String,
    key: Option<String>,
    permission: PhantomData<P>,
}

impl<P: Permission> FromRequestParts<App> for Asked<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Key(key) = Key::from_request_parts(parts, app).await?;
        if parts.headers.contains_key(AUTHORIZATION) {
            let caller = Caller::<P>::from_request_parts(parts, app).await?;
            if caller.member.is_none() {
                return Self::by_program(app, parts, caller, key).await;
            }
        }
        let member = Principal::<P>::from_request_parts(parts, app).await?;
        let (log, origin, ctx) = (member.log, member.info.origin.clone(), member.ctx());
        Ok(Self { app: app.clone(), log, origin, ctx, principal: member.principal(), key, permission: PhantomData })
    }
}

impl<P: Permission> Asked<P> {
    async fn by_program(app: &App, parts: &mut Parts, caller: Caller<P>, key: Option<String>) -> Result<Self> {
        let request = Extension::<RequestId>::from_request_parts(parts, app).await.map_err(Error::internal)?;
        let (log, origin, ctx) = (caller.log, caller.origin.clone(), of_program(&caller, &request));
        Ok(Self { app: app.clone(), log, origin, ctx, principal: caller.principal(), key, permission: PhantomData })
    }
}

/// The circumstances of a request by an API key.
fn of_program<P>(caller: &Caller<P>, request: &RequestId) -> Ctx {
    let actor = Actor { kind: ActorType::ApiKey, id: caller.id.clone(), role: None };
    let mut ctx = Ctx::of(actor, store::clock::now());
    ctx.request_id = Some(request.0.clone());
    ctx.service = Some("api".to_owned());
    ctx
}

impl<P> Asked<P> {
    /// In whose log it is to be done, and in which circumstances.
    pub fn by(&self) -> By<'_> {
        By { ledger: self.app.ledger(), log: self.log, ctx: &self.ctx }
    }

    /// The request's key with whose it is and what it stands for.
    pub fn idempotency(&self, request_sha256: [u8; 32]) -> Option<IdempotencyKey> {
        self.key.clone().map(|key| IdempotencyKey { principal: self.principal.clone(), key, request_sha256 })
    }

    /// The organisation's log.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// What that log is called.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The organisation in addresses.
    pub fn slug(&self) -> &str {
        self.origin.slug()
    }
}
