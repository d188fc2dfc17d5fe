//! Who asks: extractors that stand in an endpoint's signature, so that one cannot be written without.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::access::api_key::{ApiKey, Scope, Token};
use crate::app::App;
use crate::error::{Error, Result};

/// What an endpoint asks of its caller.
pub trait Permission: Send + Sync {
    /// The scope that the caller's key must have; none where any key will do.
    const SCOPE: Option<Scope>;
}

/// May append events.
pub struct EventsWrite;
/// May read entries, receipts and proofs.
pub struct EntriesRead;
/// May grant access and act under grants.
pub struct GrantsWrite;
/// May read grants.
pub struct GrantsRead;
/// May open, change and close engagements.
pub struct EngagementsWrite;
/// May read engagements.
pub struct EngagementsRead;
/// May add, revise and withdraw evidence.
pub struct EvidenceWrite;
/// May read evidence and download its files.
pub struct EvidenceRead;
/// May put and withdraw records.
pub struct RecordsWrite;
/// May read records.
pub struct RecordsRead;
/// May ask about itself.
pub struct AnyKey;

impl Permission for EventsWrite {
    const SCOPE: Option<Scope> = Some(Scope::EventsWrite);
}
impl Permission for EntriesRead {
    const SCOPE: Option<Scope> = Some(Scope::EntriesRead);
}
impl Permission for GrantsWrite {
    const SCOPE: Option<Scope> = Some(Scope::GrantsWrite);
}
impl Permission for GrantsRead {
    const SCOPE: Option<Scope> = Some(Scope::GrantsRead);
}
impl Permission for EngagementsWrite {
    const SCOPE: Option<Scope> = Some(Scope::EngagementsWrite);
}
impl Permission for EngagementsRead {
    const SCOPE: Option<Scope> = Some(Scope::EngagementsRead);
}
impl Permission for EvidenceWrite {
    const SCOPE: Option<Scope> = Some(Scope::EvidenceWrite);
}
impl Permission for EvidenceRead {
    const SCOPE: Option<Scope> = Some(Scope::EvidenceRead);
}
impl Permission for RecordsWrite {
    const SCOPE: Option<Scope> = Some(Scope::RecordsWrite);
}
impl Permission for RecordsRead {
    const SCOPE: Option<Scope> = Some(Scope::RecordsRead);
}
impl Permission for AnyKey {
    const SCOPE: Option<Scope> = None;
}

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
        let token = bearer(parts).ok_or(Error::Unauthenticated)?;
        let key = app.requests().recognise(&token).await?;
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|error| Error::BadRequest(error.to_string()))?;
        let organisation = params.iter().find(|(name, _)| *name == "org").map(|(_, value)| value);
        if organisation.is_some_and(|slug| slug != key.origin.slug()) {
            return Err(Error::NotFound);
        }
        if let Some(scope) = P::SCOPE
            && !key.scopes.contains(&scope)
        {
            return Err(Error::ScopeMissing(scope.as_str()));
        }
        if key.use_is_news {
            app.note_use(key.clone());
        }
        Ok(Self { key, permission: PhantomData })
    }
}

/// The key in the `Authorization` header, of which there must be exactly one.
fn bearer(parts: &Parts) -> Option<Token> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Token::parse(token) } else { None }
}
