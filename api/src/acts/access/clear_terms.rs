//! Has an auditor accept the terms of engagement again (S5-51).

use domain::access_grant::Command;
use domain::name::GrantId;
use domain::note::Note;
use store::append::{Appended, IdempotencyKey};

use super::{NotDone, put};
use crate::app::App;
use crate::auth::Acting;

/// Clears the acceptance: the auditor's next request leads to the terms.
///
/// # Errors
/// [`NotDone`].
pub async fn clear_terms(
    app: &App,
    acting: &Acting,
    grant: &GrantId,
    note: Option<Note>,
    idempotency: Option<IdempotencyKey>,
) -> Result<Appended, NotDone> {
    acting.require_granter()?;
    let ctx = &acting.ctx();
    put(app, acting, ctx, grant, Command::ClearTerms { note }, idempotency).await
}
