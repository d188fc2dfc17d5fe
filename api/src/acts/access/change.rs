//! Changes what access reaches and until when; from the next request on (S5-30, S5-80, C17).

use domain::access_grant::{Change, Command, Extent, NewExtent, Scope};
use domain::name::GrantId;
use store::append::{Appended, IdempotencyKey};

use super::term::Term;
use super::{NotDone, load, put};
use crate::app::App;
use crate::auth::Acting;
use crate::error::{Error, Result};

/// What is to be another; the rest stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// To what.
    pub scope: Option<Scope>,
    /// Until when.
    pub term: Option<Term>,
}

/// Changes access. Whatever widens it asks for whoever asks to have just confirmed who they are: `confirmed`.
///
/// # Errors
/// [`NotDone`].
pub async fn change(
    app: &App,
    acting: &Acting,
    confirmed: impl FnOnce() -> Result<()>,
    grant: &GrantId,
    asked: Asked,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended, NotDone> {
    acting.require_granter()?;
    let ctx = &acting.ctx();
    let loaded = load(app, acting, grant).await?;
    let before = &loaded.terms().ok_or(Error::NotFound)?.extent;
    let policy = acting.organisation.policy();
    let expires_at = match asked.term {
        Some(term) => term.end(ctx.now, policy.values(), &acting.organisation)?,
        None => before.expires_at,
    };
    let after = Extent { expires_at, scope: asked.scope.unwrap_or_else(|| before.scope.clone()) };
    if Change::between(before, &after).is_widening() {
        confirmed()?;
    }
    let new = NewExtent {
        scope: after.scope,
        expires_at,
        limits: policy.limits(),
        policy_allows: policy.values().edit_in_place,
    };
    put(app, acting, ctx, grant, Command::Change(new), idempotency).await
}
