//! `/join/{token}`: an invitation is taken up. GET shows what it is, for scanners of mail too; POST uses it up.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;

use super::ceremony::{self, Answer, Question};
use super::door::count;
use super::set_up::{self, ByPassword};
use crate::access::member_link::LinkPurpose;
use crate::app::App;
use crate::auth::Circumstances;
use crate::error::Result;
use crate::web::Open;

const PURPOSE: LinkPurpose = LinkPurpose::Invitation;
/// What is said where a new passkey is not believed.
pub(super) const NO_PASSKEY: &str =
    "The passkey was not set up: the answer did not fit what was asked. Try it once more.";

/// Shows how one can sign in from now on.
pub async fn get(circumstances: Circumstances, State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    count(&app, &circumstances).await?;
    set_up::show(&app, &set_up::open(&app, &token, PURPOSE).await?).await
}

/// Joins with a password and one-time codes.
pub async fn by_password(
    circumstances: Circumstances,
    State(app): State<App>,
    Path(token): Path<String>,
    Open(form): Open<ByPassword>,
) -> Result<Response> {
    count(&app, &circumstances).await?;
    let opened = set_up::open(&app, &token, PURPOSE).await?;
    set_up::by_password(&app, opened, form, &circumstances).await
}

/// Asks the browser for a new passkey.
pub async fn ask(
    circumstances: Circumstances,
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Json<Question>> {
    count(&app, &circumstances).await?;
    let opened = set_up::open(&app, &token, PURPOSE).await?;
    Ok(Json(ceremony::ask_to_register(&app, &opened.found.info, &opened.profile).await?))
}

/// Joins with a passkey.
pub async fn by_passkey(
    circumstances: Circumstances,
    State(app): State<App>,
    Path(token): Path<String>,
    Open(answer): Open<Answer>,
) -> Result<Response> {
    count(&app, &circumstances).await?;
    let opened = set_up::open(&app, &token, PURPOSE).await?;
    match ceremony::registered(&app, &opened.found.info, &opened.profile.member, &answer).await? {
        Some(passkey) => set_up::by_passkey(&app, &opened, passkey, &circumstances).await,
        None => set_up::show_warning(&app, &opened, NO_PASSKEY).await,
    }
}
