//! `/sign-in/{token}`: a link that whoever runs the service has made on its command line. GET shows a button, POST signs in.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::credential::{CredentialRefusal, Method};

use super::door::count;
use super::enter;
use super::opened::{self, Opened};
use crate::access::member_link::{self, LinkPurpose};
use crate::app::App;
use crate::auth::Circumstances;
use crate::auth::acting::{clock_of, load_organisation};
use crate::auth::member::with_cookie;
use crate::error::Result;
use crate::web::shell::Plain;
use crate::web::{Page, Shell, TokenInPath};

#[derive(Template)]
#[template(path = "sign_in/link.html")]
struct LinkPage {
    shell: Shell<Plain>,
    action: String,
    viewer: String,
}

/// Shows whom the link signs in.
pub async fn get(
    circumstances: Circumstances,
    State(app): State<App>,
    TokenInPath(token): TokenInPath,
) -> Result<Response> {
    count(&app, None, &circumstances).await?;
    let Opened { found, token, profile, .. } = opened::open(&app, &circumstances, &token, LinkPurpose::SignIn).await?;
    let organisation = load_organisation(&app, found.info.log).await?;
    let name = organisation.settings().map_or(found.info.name.as_str(), |settings| settings.name.as_str());
    let shell = Shell::plain(Some(name), clock_of(&organisation));
    let viewer = profile.email.known().map_or("a member", domain::person::Email::as_str).to_owned();
    Ok(Page::new(LinkPage { shell, action: LinkPurpose::SignIn.path(&token), viewer }).into_response())
}

/// Signs in, once.
pub async fn post(
    circumstances: Circumstances,
    State(app): State<App>,
    TokenInPath(token): TokenInPath,
) -> Result<Response> {
    count(&app, None, &circumstances).await?;
    let Opened { found, token, profile, .. } = opened::open(&app, &circumstances, &token, LinkPurpose::SignIn).await?;
    let mut tx = app.db(found.info.log).await?;
    let is_taken = member_link::take(&mut tx, found.info.log, &token).await?;
    tx.commit().await?;
    if !is_taken {
        return Err(opened::turned_away(&app, &circumstances, &found, CredentialRefusal::LinkExpired));
    }
    let cookie = enter::enter(&app, &found.info, &profile, Method::SignInLink, &circumstances).await?;
    Ok(with_cookie(Redirect::to(&format!("/orgs/{}", found.info.slug)).into_response(), cookie))
}
