//! `/orgs/{org}/terms`: the terms that auditors accept before they see anything, with all their versions.

pub mod editor;
pub mod publish;
pub mod version;

use std::num::NonZeroU32;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use domain::name::Sha256;
use domain::organisation::{Organisation, PublishedTerms};
use projections::documents::{self, Act, By, Documented as _, OrganisationAct};

use super::{Frame, Part, shell};
use crate::app::App;
use crate::auth::auditor::organisation_id;
use crate::auth::{Member, MemberSession, SettingsRead};
use crate::error::Result;
use crate::web::after::After;
use crate::web::components::{Hash, Head, grouped};
use crate::web::history::Proofs;
use crate::web::shell::{Note, OfOrganisation};
use crate::web::{Moment, Page, Shell};

#[derive(Template)]
#[template(path = "organisation/terms.html")]
struct TermsPage {
    shell: Shell<OfOrganisation>,
    frame: Frame,
    /// The newest; none where none were published.
    newest: Option<PublishedTerms>,
    /// What an organisation can start from.
    default: &'static str,
    heads: [Head; 5],
    /// Newest first.
    versions: Vec<Version>,
    /// How many acts of the organisation are left out, some of which may have published a version.
    left_out: u64,
}

/// A version that was published.
struct Version {
    number: u32,
    href: String,
    sha256: Hash,
    published: Moment,
    /// Who published it.
    by: String,
    entry: u64,
    entry_href: String,
}

impl Version {
    fn entry_number(&self) -> String {
        grouped(self.entry)
    }
}

/// Shows the newest terms, and all versions.
pub async fn get(member: Member<SettingsRead>, State(app): State<App>, Query(after): Query<After>) -> Result<Response> {
    let arrival = after.wait(&app, member.log, Organisation::NAME).await?;
    let (versions, left_out) = versions(&app, &member).await?;
    let newest = member.organisation.terms().map(|terms| terms.version.get());
    let mut shell = shell(&app, &member).following(arrival);
    if newest != versions.first().map(|version| version.number) {
        shell = shell.noting(Note::Updating);
    }
    let page = TermsPage {
        shell,
        left_out,
        frame: Frame::of(&member, Part::Terms),
        newest: member.organisation.terms().cloned(),
        default: Organisation::DEFAULT_TERMS,
        heads: [
            Head::plain("Version"),
            Head::plain("Published"),
            Head::plain("By"),
            Head::plain("SHA-256"),
            Head::plain("Entry").of_numbers(),
        ],
        versions,
    };
    Ok(Page::new(page).into_response())
}

impl Version {
    fn of(member: &MemberSession, proofs: &Proofs, by: &By, (version, sha256): (NonZeroU32, &Sha256)) -> Self {
        let index = by.index;
        Self {
            number: version.get(),
            href: format!("{}/{version}", Part::Terms.address(member)),
            sha256: Hash::new(sha256.as_str()),
            published: member.clock().ago(by.time),
            by: proofs.who(index, by.actor.kind, &by.actor.id),
            entry: index,
            entry_href: format!("/orgs/{}/ledger?entry={index}", member.info.slug),
        }
    }
}

/// All versions, newest first, with how many acts of the organisation are left out.
async fn versions(app: &App, member: &MemberSession) -> Result<(Vec<Version>, u64)> {
    let mut tx = app.db(member.log).await?;
    let stream = Organisation::stream(&organisation_id(member.log));
    let document = documents::load::<Organisation>(&mut tx, member.log, &stream).await?.unwrap_or_default();
    tx.commit().await?;
    let published = |act: &Act<OrganisationAct>| match &act.what {
        OrganisationAct::TermsPublished { version, sha256 } => Some((act.by.clone(), *version, sha256.clone())),
        OrganisationAct::SettingsChanged(_) | OrganisationAct::PolicyChanged(_) => None,
    };
    let published: Vec<_> = document.acts.iter().rev().filter_map(published).collect();
    let indices: Vec<u64> = published.iter().map(|(by, ..)| by.index).collect();
    let proofs = Proofs::load(app, member, &indices).await?;
    let versions = published.iter().map(|(by, version, sha256)| Version::of(member, &proofs, by, (*version, sha256)));
    Ok((versions.collect(), document.acts_left_out))
}
