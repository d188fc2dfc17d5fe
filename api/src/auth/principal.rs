//! A member who asks for data: by their session, or by a key of their own.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};
use store::append::IdempotencyKey;
use store::logs;

use super::acting::{Acting, Circumstances};
use super::member::{self, MemberSession};
use super::{Permission, recognised};
use crate::access::api_key::ApiKey;
use crate::app::App;
use crate::error::{Error, Result};
use crate::idempotency::Key;
use crate::sign_in::refused;
use crate::web::FormToken;

/// Where a script of ours shows that it runs on a page of the session: what forms carry in their hidden field.
pub const FORM_TOKEN: HeaderName = HeaderName::from_static("x-form-token");

/// A member with a good session, or with a key of their own that is good and has the scope; their roles allow it now.
///
/// The organisation is that of the path, or of the key where the path names none.
pub struct Principal<P> {
    acting: Acting,
    via: Via,
    permission: PhantomData<P>,
}

/// By what a member asks.
#[derive(Clone, Debug)]
pub enum Via {
    /// A session.
    Session(Box<MemberSession>),
    /// A key of their own, by its public part.
    Key(String),
}

impl<P> Deref for Principal<P> {
    type Target = Acting;

    fn deref(&self) -> &Acting {
        &self.acting
    }
}

impl<P> Principal<P> {
    /// By what the member asks.
    pub fn via(&self) -> &Via {
        &self.via
    }

    /// The key of a request with whose it is and what it stands for.
    pub fn idempotency(&self, key: Key, request_sha256: [u8; 32]) -> Option<IdempotencyKey> {
        key.0.map(|key| IdempotencyKey { principal: self.acting.principal(), key, request_sha256 })
    }

    /// Whether a privileged act may go on. A key was made by somebody who had just confirmed who they are, for exactly
    /// what its scopes say; a session is asked, and that it was asked in vain is recorded.
    ///
    /// # Errors
    /// [`Error::NotFresh`].
    pub fn require_fresh(&self, app: &App) -> Result<()> {
        match &self.via {
            Via::Session(session) => session.require_fresh(app),
            Via::Key(_) => Ok(()),
        }
    }
}

impl<P: Permission> FromRequestParts<App> for Principal<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let (acting, via) = if parts.headers.contains_key(AUTHORIZATION) {
            by_key::<P>(parts, app).await?
        } else {
            by_session(parts, app).await?
        };
        acting.require::<P>()?;
        Ok(Self { acting, via, permission: PhantomData })
    }
}

async fn by_key<P: Permission>(parts: &mut Parts, app: &App) -> Result<(Acting, Via)> {
    let key = recognised::<P>(parts, app).await?;
    let acting = owner_of(parts, app, &key).await?.ok_or(Error::KeyOfNobody)?;
    Ok((acting, Via::Key(key.id)))
}

/// The member whose own a key is, with their authority; nothing where the key is a program's.
///
/// # Errors
/// [`Error::Unauthenticated`] where the member is not active, which is noted as a key that is not good.
pub(super) async fn owner_of(parts: &Parts, app: &App, key: &ApiKey) -> Result<Option<Acting>> {
    let Some(member) = key.member.clone() else { return Ok(None) };
    let info = logs::find(app.ledger().reader(), key.origin.slug()).await?.ok_or(Error::Unauthenticated)?;
    let circumstances = Circumstances { api_key: Some(key.id.clone()), ..Circumstances::of(parts) };
    let acting = Acting::load(app, info, member, circumstances.clone()).await?;
    acting.map(Some).ok_or_else(|| {
        refused::api_key(app, &circumstances, Some(key.origin.slug().to_owned()));
        Error::Unauthenticated
    })
}

async fn by_session(parts: &mut Parts, app: &App) -> Result<(Acting, Via)> {
    let sessions = match member::organisation_in(parts, app).await? {
        Some(slug) => member::session(parts, app, &slug).await?.into_iter().collect(),
        None => member::sessions(parts, app).await?,
    };
    let session = the_one(parts, app, sessions)?;
    Ok((session.acting.clone(), Via::Session(Box::new(session))))
}

/// The session that the request belongs to: that of the page it was sent from. What only reads may be asked for by typing
/// its address too, where there is no choice.
fn the_one(parts: &Parts, app: &App, mut sessions: Vec<MemberSession>) -> Result<MemberSession> {
    if let Some(at) = sessions.iter().position(|session| is_of_a_page(parts, app, session)) {
        return Ok(sessions.swap_remove(at));
    }
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    match (sessions.pop(), sessions.is_empty()) {
        (Some(session), true) if reads => Ok(session),
        (Some(_), _) => Err(Error::FormExpired),
        (None, _) => Err(Error::Unauthenticated),
    }
}

fn is_of_a_page(parts: &Parts, app: &App, session: &MemberSession) -> bool {
    let sent = parts.headers.get(FORM_TOKEN).and_then(|value| value.to_str().ok()).unwrap_or("");
    FormToken::is_of(sent, app, session.form_key())
}
