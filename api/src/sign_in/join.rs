//! `/join/{token}` and `/recover/{token}`: an invitation is taken up, or a member gets back in; both set what they sign in
//! by. GET shows what it is, for scanners of mail too; POST uses it up.

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::ceremony::{self, Answer, Question};
use super::door::count;
use super::opened::{self, Opened};
use super::set_up::{self, ByPassword};
use crate::access::member_link::LinkPurpose;
use crate::app::App;
use crate::auth::Circumstances;
use crate::error::Result;
use crate::web::{Open, TokenInPath};

/// What is said where a new passkey is not believed.
const NO_PASSKEY: &str = "The passkey was not set up: the answer did not fit what was asked. Try it once more.";

/// For what a link was sent.
pub trait Sent {
    /// As it is kept with the link.
    const AS: LinkPurpose;
}

/// To join.
pub struct Invitation;
/// To get back in.
pub struct Recovery;

impl Sent for Invitation {
    const AS: LinkPurpose = LinkPurpose::Invitation;
}
impl Sent for Recovery {
    const AS: LinkPurpose = LinkPurpose::Recovery;
}

/// Shows how one can sign in from now on.
pub async fn get<S: Sent>(
    circumstances: Circumstances,
    State(app): State<App>,
    TokenInPath(token): TokenInPath,
) -> Result<Response> {
    set_up::show(&app, &opened::<S>(&app, &circumstances, &token).await?).await
}

/// Gets in with a password and one-time codes.
pub async fn by_password<S: Sent>(
    circumstances: Circumstances,
    State(app): State<App>,
    TokenInPath(token): TokenInPath,
    Open(form): Open<ByPassword>,
) -> Result<Response> {
    let opened = opened::<S>(&app, &circumstances, &token).await?;
    set_up::by_password(&app, opened, form, &circumstances).await
}

/// Asks the browser for a new passkey.
pub async fn ask<S: Sent>(
    circumstances: Circumstances,
    State(app): State<App>,
    TokenInPath(token): TokenInPath,
) -> Result<Json<Question>> {
    let opened = opened::<S>(&app, &circumstances, &token).await?;
    Ok(Json(ceremony::ask_to_register(&app, &opened.found.info, &opened.profile).await?))
}

/// Gets in with a passkey.
pub async fn by_passkey<S: Sent>(
    circumstances: Circumstances,
    State(app): State<App>,
    TokenInPath(token): TokenInPath,
    Open(answer): Open<Answer>,
) -> Result<Response> {
    let opened = opened::<S>(&app, &circumstances, &token).await?;
    match ceremony::registered(&app, &opened.found.info, &opened.profile.member, &answer).await? {
        Some(passkey) => set_up::by_passkey(&app, &opened, passkey, &circumstances).await,
        None => set_up::show_warning(&app, &opened, NO_PASSKEY).await,
    }
}

/// Counted before it is looked up, so that what is unknown is counted like what is not.
async fn opened<S: Sent>(app: &App, circumstances: &Circumstances, token: &str) -> Result<Opened> {
    count(app, None, circumstances).await?;
    opened::open(app, circumstances, token, S::AS).await
}
