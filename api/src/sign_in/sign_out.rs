//! `POST /orgs/{org}/sign-out`: ends the session here, and the browser forgets what it kept of these pages.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::credential::Act;
use serde::Deserialize;

use super::enter::record;
use crate::access::member_session;
use crate::app::App;
use crate::auth::member::{no_cookie, with_cookie};
use crate::auth::{AnyMember, Member};
use crate::error::Result;
use crate::web::Protected;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Nothing but the token.
#[derive(Deserialize)]
pub struct Nothing {}

/// Signs out. The session ends first: whatever follows, nobody goes on with it.
pub async fn post(member: Member<AnyMember>, State(app): State<App>, form: Protected<Nothing>) -> Result<Response> {
    form.verify(&app, member.form_key()).await?;
    let mut tx = app.db(member.log).await?;
    member_session::end(&mut tx, member.log, &member.member, &member.sid).await?;
    tx.commit().await?;
    record(&app, member.log, &member.ctx(), &member.member, Act::SignedOut { session: member.sid.clone() }).await?;
    let slug = &member.info.slug;
    let mut response = Redirect::to(&format!("/orgs/{slug}/sign-in?signed_out=true")).into_response();
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(with_cookie(response, no_cookie(slug)))
}
