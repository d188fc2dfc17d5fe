//! Passkeys: adding one, and removing one.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::credential::Act;
use domain::name::PasskeyId;
use serde::Deserialize;

use super::{Confirmed, address, done, unless_typed, with_warning};
use crate::access::{member_login, passkey};
use crate::app::App;
use crate::auth::member::NotShown;
use crate::auth::{AnyMember, Circumstances, Member, Principal, Via};
use crate::error::{Error, Result};
use crate::sign_in::ceremony::{self, Answer, Question};
use crate::sign_in::device;
use crate::sign_in::enter::record;
use crate::web::Protected;

/// Longest name, as the table has it.
const NAME_CHARS_MAX: usize = 100;

/// What a script put into the form, and what to call it.
#[derive(Deserialize)]
pub struct New {
    #[serde(flatten)]
    answer: Answer,
    #[serde(default)]
    name: String,
}

/// Nothing but the token.
#[derive(Deserialize)]
pub struct Nothing {}

/// Asks the browser for a new passkey.
pub async fn ask(principal: Principal<AnyMember>, State(app): State<App>) -> Result<Json<Question>> {
    principal.require_fresh(&app)?;
    match principal.via() {
        Via::Session(session) => Ok(Json(ceremony::ask_to_register(&app, &session.info, &session.profile).await?)),
        Via::Key(_) => Err(Error::SessionNeeded),
    }
}

/// Adds it. The entry comes before it counts.
pub async fn add(
    member: Member<AnyMember>,
    circumstances: Circumstances,
    State(app): State<App>,
    form: Protected<New>,
) -> Result<Response, NotShown> {
    let form = form.verify(&app, member.form_key()).await?;
    member.require_fresh_for(&app, &address(&member))?;
    let Some(new) = ceremony::registered(&app, &member.info, &member.member, &form.answer).await? else {
        let warning = "The passkey was not added: the answer did not fit what was asked. Try it once more.";
        return Ok(with_warning(&app, &member, warning).await?);
    };
    let name: String = form.name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    let name = if name.is_empty() { device::label(circumstances.user_agent.as_ref()) } else { name };
    let mut tx = app.db(member.log).await?;
    let id = match passkey::insert(&mut tx, member.log, &member.member, &name, &new).await {
        Ok(id) => id,
        Err(Error::Conflict(rule)) => return Ok(with_warning(&app, &member, &format!("Not added: {rule}.")).await?),
        Err(error) => return Err(error.into()),
    };
    let added = Act::PasskeyAdded { passkey: id };
    let index = record(&app, member.log, &member.ctx(), &member.member, added).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(done(&member, index))
}

/// Removes one, unless it is all that the member has to sign in by.
pub async fn remove(
    member: Member<AnyMember>,
    State(app): State<App>,
    Path((_, id)): Path<(String, String)>,
    form: Protected<Confirmed>,
) -> Result<Response, NotShown> {
    let form = form.verify(&app, member.form_key()).await?;
    member.require_fresh_for(&app, &address(&member))?;
    if let Some(again) = unless_typed(&app, &member, &id, &form, "remove").await? {
        return Ok(again);
    }
    let id = PasskeyId::parse(&id).map_err(|_| Error::NotFound)?;
    let mut tx = app.db(member.log).await?;
    passkey::remove(&mut tx, member.log, &member.member, &id).await?;
    let login = member_login::by_member(&mut tx, member.log, &member.member).await?;
    let others = passkey::list(&mut tx, member.log, &member.member).await?;
    if others.is_empty() && login.is_none_or(|login| login.password_hash.is_none()) {
        tx.rollback().await.map_err(Error::from)?;
        let warning = "Not removed: it is all that you have to sign in by. Add another passkey or a password first.";
        return Ok(with_warning(&app, &member, warning).await?);
    }
    let removed = Act::PasskeyRemoved { passkey: id };
    let index = record(&app, member.log, &member.ctx(), &member.member, removed).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(done(&member, index))
}
