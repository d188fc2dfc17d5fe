//! Who asks: extractors that stand in an endpoint's signature, so that one cannot be written without.

pub mod acting;
pub mod auditor;
pub mod member;
mod permission;
pub mod principal;

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::access::api_key::{ApiKey, Token};
use crate::app::App;
use crate::error::{Error, Result};
use crate::sign_in::refused;

pub use acting::{Acting, Circumstances};
pub use member::{Member, MemberSession};
pub use permission::{
    AnyKey, AnyMember, Approve, EngagementsRead, EngagementsWrite, EntriesRead, EventsWrite, EvidenceRead,
    EvidenceWrite, Granting, GrantsRead, KeyNeed, KeysWrite, LedgerExport, MailRead, MemberNeed, MembersRead,
    MembersWrite, Permission, RecordsRead, RecordsWrite, SettingsRead, SettingsWrite,
};
pub use principal::{Principal, Via};

/// A caller whose API key is good, belongs to the organisation in the path, and has the scope.
///
/// Without a good key the answer is 401 whatever is asked for; with one, a foreign organisation is the same 404 as one
/// that does not exist.
pub struct Caller<P> {
    key: ApiKey,
    permission: PhantomData<P>,
}

impl<P> Caller<P> {
    /// Under which this caller's idempotency keys stand, and how entries name it.
    pub fn principal(&self) -> String {
        format!("api_key/{}", self.key.id)
    }
}

impl<P> Deref for Caller<P> {
    type Target = ApiKey;

    fn deref(&self) -> &ApiKey {
        &self.key
    }
}

impl<P: Permission> FromRequestParts<App> for Caller<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let key = recognised::<P>(parts, app).await?;
        // A member's own key does no more than the member may.
        if let Some(owner) = principal::owner_of(parts, app, &key).await? {
            owner.require::<P>()?;
        }
        Ok(Self { key, permission: PhantomData })
    }
}

/// The key that asks, if it is good, belongs to the organisation in the path, and has the scope.
async fn recognised<P: Permission>(parts: &mut Parts, app: &App) -> Result<ApiKey> {
    let organisation = member::organisation_in(parts, app).await;
    let token = bearer(parts);
    let key = match &token {
        Some(token) => app.requests().recognise(token).await,
        None => Err(Error::Unauthenticated),
    };
    if let Err(Error::Unauthenticated) = key {
        note_refused(parts, app, token.as_ref(), organisation.as_ref().ok().cloned().flatten());
    }
    let key = key?;
    if organisation?.is_some_and(|slug| slug != key.origin.slug()) {
        return Err(Error::NotFound);
    }
    match P::KEY {
        KeyNeed::Scope(scope) if !key.scopes.contains(&scope) => return Err(Error::ScopeMissing(scope.as_str())),
        KeyNeed::Session => return Err(Error::SessionNeeded),
        KeyNeed::Scope(_) | KeyNeed::Any => {}
    }
    if key.use_is_news {
        app.note_use(key.clone());
    }
    Ok(key)
}

/// Notes that somebody came with something in the header `Authorization`, and with no good key.
fn note_refused(parts: &Parts, app: &App, token: Option<&Token>, organisation: Option<String>) {
    if parts.headers.contains_key(AUTHORIZATION) {
        let api_key = token.map(|token| token.id().to_owned());
        refused::api_key(app, &Circumstances { api_key, ..Circumstances::of(parts) }, organisation);
    }
}

/// The key in the `Authorization` header, of which there must be exactly one.
fn bearer(parts: &Parts) -> Option<Token> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Token::parse(token) } else { None }
}
