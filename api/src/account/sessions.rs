//! Sessions: ending one, and ending all others. It takes no confirmation: it only takes away.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::credential::{Act, EndedBy};
use domain::name::SessionId;

use super::passkeys::Nothing;
use super::{address, done};
use crate::access::member_session;
use crate::app::App;
use crate::auth::member::{no_cookie, with_cookie};
use crate::auth::{AnyMember, Member};
use crate::error::{Error, Result};
use crate::sign_in::enter::record;
use crate::web::Protected;

/// Ends one. The session ends first: whatever follows, nobody goes on with it.
pub async fn end(
    member: Member<AnyMember>,
    State(app): State<App>,
    Path((_, sid)): Path<(String, String)>,
    form: Protected<Nothing>,
) -> Result<Response> {
    form.verify(&app, member.form_key()).await?;
    let session = SessionId::parse(&sid).map_err(|_| Error::NotFound)?;
    let mut tx = app.db(member.log).await?;
    let was_open = member_session::end(&mut tx, member.log, &member.member, &session).await?;
    tx.commit().await?;
    if !was_open {
        return Err(Error::NotFound);
    }
    let is_this = session == member.sid;
    let by = if is_this { EndedBy::SelfEnded } else { EndedBy::Other };
    let ended = Act::SessionEnded { session, by };
    let index = record(&app, member.log, &member.ctx(), &member.member, ended).await?;
    if is_this {
        let slug = &member.info.slug;
        let out = Redirect::to(&format!("/orgs/{slug}/sign-in?signed_out=true"));
        return Ok(with_cookie(out.into_response(), no_cookie(slug)));
    }
    Ok(done(&member, index))
}

/// Ends all but this one.
pub async fn end_others(
    member: Member<AnyMember>,
    State(app): State<App>,
    form: Protected<Nothing>,
) -> Result<Response> {
    form.verify(&app, member.form_key()).await?;
    let mut tx = app.db(member.log).await?;
    let ended = member_session::end_all(&mut tx, member.log, &member.member, Some(&member.sid)).await?;
    tx.commit().await?;
    let mut last = None;
    for session in ended {
        let act = Act::SessionEnded { session, by: EndedBy::Other };
        last = Some(record(&app, member.log, &member.ctx(), &member.member, act).await?);
    }
    Ok(match last {
        Some(index) => done(&member, index),
        None => Redirect::to(&address(&member)).into_response(),
    })
}
