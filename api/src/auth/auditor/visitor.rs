//! Whoever sends a request, before anybody knows who it is.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use domain::context::Ctx;
use domain::name::SessionPrefix;
use domain::person::UserAgent;
use ledger::entry::{Actor, ActorType};
use ledger::vocabulary::Personal;

use crate::access::limit;
use crate::client::ClientAddress;
use crate::telemetry::RequestId;

/// The part of the system that entries of the portal name.
const SERVICE: &str = "portal";

/// What is known of a request besides what it asks for.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    request_id: Option<String>,
    address: Option<IpAddr>,
    user_agent: Option<UserAgent>,
}

impl Visitor {
    /// Of a request.
    pub fn of(parts: &Parts) -> Self {
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
            address: parts.extensions.get::<ClientAddress>().map(|address| address.0),
            user_agent: user_agent.and_then(UserAgent::new),
        }
    }

    /// The circumstances of an act of theirs, now. Address and program are sealed for the actor.
    pub fn ctx(&self, actor: Actor, session: Option<SessionPrefix>) -> Ctx {
        let mut ctx = Ctx::of(actor, store::clock::now());
        ctx.request_id.clone_from(&self.request_id);
        ctx.session = session;
        ctx.service = Some(SERVICE.to_owned());
        ctx.ip = self.address.map(Personal::Known);
        ctx.user_agent = self.user_agent.clone().map(Personal::Known);
        ctx
    }

    /// The circumstances of an act of nobody known.
    pub fn ctx_of_nobody(&self) -> Ctx {
        self.ctx(Actor { kind: ActorType::System, id: SERVICE.to_owned(), role: None }, None)
    }

    /// What stands for where they come from in a limit.
    pub fn limited_by(&self) -> Vec<u8> {
        limit::of_address(self.address)
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
