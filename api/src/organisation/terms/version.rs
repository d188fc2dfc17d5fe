//! `/orgs/{org}/terms/{version}`: one version of the terms, as it was accepted while it was the newest.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use domain::organisation::{Organisation, OrganisationEvent, PublishedTerms};
use projections::documents::{By, OrganisationAct};
use store::{entries, recording};

use super::Version;
use crate::app::App;
use crate::auth::auditor::organisation_id;
use crate::auth::{Member, MemberSession, SettingsRead};
use crate::error::{Error, Result};
use crate::organisation::{Part, shell};
use crate::web::documents;
use crate::web::history::Proofs;
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
    let (terms, by) = published(&app, &member, &number).await?.ok_or(Error::NotFound)?;
    let proofs = Proofs::load(&app, &member, &[by.index]).await?;
    let page = VersionPage {
        shell: shell(&app, &member),
        address: Part::Terms.address(&member),
        is_newest: member.organisation.terms().is_some_and(|newest| newest.version == terms.version),
        version: Version::of(&member, &proofs, &by, (terms.version, &terms.sha256)),
        text: terms.text.as_str().to_owned(),
    };
    Ok(Page::new(page).into_response())
}

/// A version, and by whom it was published. Its text stands in that entry alone: the organisation's document says in which.
async fn published(app: &App, member: &MemberSession, number: &str) -> Result<Option<(PublishedTerms, By)>> {
    let stream = Organisation::stream(&organisation_id(member.log));
    let document = documents::shown::<Organisation>(app, member.log, &stream).await?;
    let is_asked_for = |what: &OrganisationAct| match what {
        OrganisationAct::TermsPublished { version, .. } => version.to_string() == number,
        OrganisationAct::SettingsChanged(_) | OrganisationAct::PolicyChanged(_) => false,
    };
    let Some(act) = document.acts.iter().find(|act| is_asked_for(&act.what)) else { return Ok(None) };
    let mut conn = app.ledger().reader().acquire().await?;
    let entries = entries::at(&mut *conn, member.log, &[act.by.index]).await?;
    let published = recording::read::<OrganisationEvent>(&mut conn, member.log, &entries).await?.pop();
    let Some(OrganisationEvent::TermsPublished(terms)) = published else { return Ok(None) };
    Ok(Some((terms, act.by.clone())))
}
