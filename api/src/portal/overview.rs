//! `/auditor/portal`: what was granted, until when, under which terms, and how all of it can be checked.

use askama::Template;
use axum::extract::State;
use domain::access_grant::Resource;
use domain::engagement::Engagement;

use super::listing::limits;
use super::reader::{At, Reader};
use super::{evidence, records};
use crate::app::App;
use crate::auth::auditor::Auditor;
use crate::error::Result;
use crate::web::components::{Hash, grouped};
use crate::web::shell::OfAuditor;
use crate::web::{Moment, Page, Shell};
use crate::words;

/// The page.
#[derive(Template)]
#[template(path = "portal/overview.html")]
pub struct OverviewPage {
    shell: Shell<OfAuditor>,
    organisation: String,
    is_preview: bool,
    firm: String,
    role: Option<&'static str>,
    until: Moment,
    version: u32,
    engagement: Option<EngagementShown>,
    bundles: Vec<Bundle>,
    capabilities: Vec<String>,
    parts: Vec<Part>,
    terms: Option<TermsShown>,
    origin: String,
}

/// A named set that the access was given by.
struct Bundle {
    words: &'static str,
    ahead: Option<&'static str>,
}

/// A type of resource, with what of it is left out.
struct Part {
    word: &'static str,
    about: String,
    href: String,
    count: Option<String>,
    limits: String,
}

/// The engagement that the access is for.
struct EngagementShown {
    name: String,
    framework: String,
    starts_on: String,
    ends_on: String,
}

/// The terms that were accepted.
struct TermsShown {
    version: u32,
    sha256: Hash,
}

/// Shows it. It shows the grant and no record, so it is not a view of any.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn get(auditor: Auditor, State(app): State<App>) -> Result<Page<OverviewPage>> {
    page(&app, &Reader::of(&app, &auditor)).await
}

/// The page for whoever reads.
///
/// # Errors
/// As [`get`].
pub async fn page(app: &App, reader: &Reader) -> Result<Page<OverviewPage>> {
    let terms = reader.terms();
    let scope = reader.scope();
    let mut parts = Vec::new();
    for resource in reader.resources() {
        parts.push(Part {
            word: words::resource_short(resource),
            about: about(resource),
            href: format!("{}/{resource}", reader.base),
            count: count(app, reader, resource).await?.map(grouped),
            limits: limits(scope.filters(), resource).join(" "),
        });
    }
    let bundle = |bundle: &domain::access_grant::Bundle| Bundle {
        words: words::bundle(*bundle),
        ahead: words::bundle_ahead(*bundle),
    };
    let accepted = terms.accepted_terms.as_ref();
    Ok(Page::new(OverviewPage {
        shell: reader.shell(At::Overview),
        organisation: reader.organisation.clone(),
        is_preview: reader.is_preview(),
        firm: terms.firm.as_str().to_owned(),
        role: terms.role_title.map(words::role_title),
        until: reader.clock.exact(terms.expires_at()),
        version: terms.version,
        engagement: engagement(app, reader).await?,
        bundles: scope.bundles().iter().map(bundle).collect(),
        capabilities: scope.capabilities().iter().map(|capability| words::capability_here(*capability)).collect(),
        parts,
        terms: accepted.map(|accepted| TermsShown {
            version: accepted.version.get(),
            sha256: Hash::new(accepted.text_sha256.as_str()),
        }),
        origin: reader.origin.to_string(),
    }))
}

/// What a type holds, without its name, which stands beside it.
fn about(resource: Resource) -> String {
    let words = words::resource(resource);
    let rest = words.split_once(": ").map_or(words, |(_, rest)| rest);
    let mut letters = rest.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// How much there is of a type, where that is known: a log has no end.
async fn count(app: &App, reader: &Reader, resource: Resource) -> Result<Option<u64>> {
    Ok(match resource {
        Resource::AuditLogs => None,
        Resource::Evidence => Some(evidence::count(app, reader).await?),
        _ => Some(records::count(app, reader, resource).await?),
    })
}

async fn engagement(app: &App, reader: &Reader) -> Result<Option<EngagementShown>> {
    let Some(id) = &reader.scope().filters().engagement else { return Ok(None) };
    let engagement: Engagement = app.load(reader.log, &Engagement::stream(id)).await?;
    Ok(engagement.plan().map(|plan| EngagementShown {
        name: plan.name.to_string(),
        framework: plan.framework.to_string(),
        starts_on: plan.period.starts_on().to_string(),
        ends_on: plan.period.ends_on().to_string(),
    }))
}
