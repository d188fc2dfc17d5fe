//! `/orgs/{org}/terms`: the terms that auditors accept before they see anything, with all their versions.

pub mod editor;
pub mod publish;
pub mod version;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use domain::organisation::{Organisation, PublishedTerms};
use ledger::entry::Entry;
use ledger::name::Reference;

use super::{Frame, Part, arrival, shell};
use crate::app::App;
use crate::auth::{Member, MemberSession, SettingsRead};
use crate::error::{Error, Result};
use crate::web::after::After;
use crate::web::components::{Hash, Head, grouped};
use crate::web::shell::OfOrganisation;
use crate::web::{Moment, Page, Shell};

const PUBLISHED: &str = "organisation.terms.published";

#[derive(Template)]
#[template(path = "organisation/terms.html")]
struct TermsPage {
    shell: Shell<OfOrganisation>,
    frame: Frame,
    /// The newest; none where none were published.
    newest: Option<PublishedTerms>,
    /// What an organisation can start from.
    default: &'static str,
    heads: [Head; 4],
    /// Newest first.
    versions: Vec<Version>,
}

/// A version that was published.
struct Version {
    number: u32,
    href: String,
    sha256: Hash,
    published: Moment,
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
    let versions = published(&app, &member).await?;
    let mut versions: Vec<Version> = versions.iter().map(|one| one.shown(&member)).collect();
    versions.reverse();
    let page = TermsPage {
        shell: shell(&app, &member).following(arrival(after)),
        frame: Frame::of(&member, Part::Terms),
        newest: member.organisation.terms().cloned(),
        default: Organisation::DEFAULT_TERMS,
        heads: [Head::plain("Version"), Head::plain("Published"), Head::plain("SHA-256"), Head::plain("Entry")],
        versions,
    };
    Ok(Page::new(page).into_response())
}

/// A version with the entry that published it.
struct Published {
    terms: PublishedTerms,
    entry: Entry,
}

impl Published {
    fn shown(&self, member: &MemberSession) -> Version {
        let (address, index) = (Part::Terms.address(member), self.entry.sequence);
        let number = self.terms.version.get();
        Version {
            number,
            href: format!("{address}/{number}"),
            sha256: Hash::new(self.terms.sha256.as_str()),
            published: member.clock().ago(self.entry.time),
            entry: index,
            entry_href: format!("/orgs/{}/ledger?entry={index}", member.info.slug),
        }
    }
}

/// All versions, oldest first, from the organisation's own stream: it is short, and what a page said of them from a read
/// model could be behind.
async fn published(app: &App, member: &MemberSession) -> Result<Vec<Published>> {
    let stream = Reference::parse(&format!("organisation/{}", member.log)).map_err(Error::internal)?;
    let mut tx = app.db(member.log).await?;
    let entries = store::entries::of_stream(&mut *tx, member.log, &stream, 0).await?;
    tx.commit().await?;
    let mut found = Vec::new();
    for committed in entries {
        let entry = Entry::parse(&committed.bytes).map_err(Error::internal)?;
        if entry.event_type.as_str() == PUBLISHED {
            let terms = serde_json::from_value(entry.detail.clone()).map_err(Error::internal)?;
            found.push(Published { terms, entry });
        }
    }
    Ok(found)
}
