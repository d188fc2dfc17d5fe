//! `/orgs/{org}/terms/{version}`: one version of the terms, as it was accepted while it was the newest.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};

use super::{Version, published};
use crate::app::App;
use crate::auth::{Member, SettingsRead};
use crate::error::{Error, Result};
use crate::organisation::{Part, shell};
use crate::web::shell::OfOrganisation;
use crate::web::{Page, Shell};

#[derive(Template)]
#[template(path = "organisation/terms_version.html")]
struct VersionPage {
    shell: Shell<OfOrganisation>,
    address: String,
    version: Version,
    text: String,
    is_newest: bool,
}

/// Shows it.
pub async fn get(
    member: Member<SettingsRead>,
    State(app): State<App>,
    Path((_org, number)): Path<(String, String)>,
) -> Result<Response> {
    let versions = published(&app, &member).await?;
    let found = versions.iter().find(|one| one.terms.version.to_string() == number).ok_or(Error::NotFound)?;
    let page = VersionPage {
        shell: shell(&app, &member),
        address: Part::Terms.address(&member),
        version: found.shown(&member),
        text: found.terms.text.as_str().to_owned(),
        is_newest: versions.last().is_some_and(|last| last.terms.version == found.terms.version),
    };
    Ok(Page::new(page).into_response())
}
