//! `/auditor/activity`: what the auditor did under this grant, newest first, each act with its receipt, and with its proof
//! once a checkpoint covers it. Read from the log itself, so that the newest act is there.

pub mod papers;
pub mod sentence;

use askama::Template;
use axum::extract::{RawQuery, State};
use domain::access_grant::{AccessGrant, Capability, Resource};
use domain::activity;
use ledger::entry::{ActorType, Entry};
use ledger::vocabulary::Subject;
use store::append::Committed;
use store::entries;

use self::sentence::Titles;
use super::evidence;
use super::frame;
use super::listing::own_seal;
use super::reader::{At, Reader};
use super::recorded::verdict;
use crate::app::App;
use crate::auth::auditor::{AnyTerms, Auditor, AuditorSession};
use crate::error::{Error, Result};
use crate::query::Parameters;
use crate::v1::entry::{Whose, published};
use crate::web::components::{ActorKind, Day, Happening, Pager};
use crate::web::history::by_day;
use crate::web::seal::{Seal, Step};
use crate::web::shell::OfAuditor;
use crate::web::{Clock, Page, Shell};

/// Acts of a page.
const ACTS: u32 = 50;

/// What the auditor did.
#[derive(Template)]
#[template(path = "portal/activity.html")]
pub struct ActivityPage {
    shell: Shell<OfAuditor>,
    organisation: String,
    days: Vec<Day>,
    pager: Pager,
}

/// Shows it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn get(
    auditor: Auditor<AnyTerms>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Page<ActivityPage>> {
    let parameters = Parameters::parse(query.as_deref())?;
    let before = parameters.get("before").and_then(|before| before.parse().ok());
    let reader = Reader::of(&app, &auditor);
    let acts = newest(&app, &auditor, before).await?;
    let whose = Whose { log: auditor.log, origin: &auditor.origin };
    let sealed_below = published(&app, whose).await?.map_or(0, |published| published.head().size);
    let address = |before: Option<u64>| match before {
        Some(before) => format!("/auditor/activity?before={before}"),
        None => "/auditor/activity".to_owned(),
    };
    let newer = match before {
        Some(end) => Some(address(page_before(&app, &auditor, end).await?)),
        None => None,
    };
    Ok(Page::new(ActivityPage {
        shell: frame::shell(&app, &auditor, At::Activity),
        days: days(&acts.acts, &titles(&app, &reader, &acts.acts).await?, &reader.clock, sealed_below),
        pager: Pager {
            shown: format!("{} shown", acts.acts.len()),
            before: newer,
            behind: acts.next.map(|next| address(Some(next))),
        },
        organisation: reader.organisation,
    }))
}

/// An act and its entry.
pub struct Act {
    /// As it was committed.
    pub committed: Committed,
    /// Its bytes, parsed.
    pub entry: Entry,
}

/// A page of acts, newest first.
pub struct Acts {
    /// At most 50.
    pub acts: Vec<Act>,
    /// Below which index the next page begins.
    pub next: Option<u64>,
}

/// The auditor's own acts below an index: those of the grant's two streams whose actor the auditor is.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn newest(app: &App, auditor: &AuditorSession, before: Option<u64>) -> Result<Acts> {
    let before = before.unwrap_or(u64::MAX);
    let mut conn = app.ledger().reader().acquire().await?;
    let mut found = Vec::new();
    for stream in streams(auditor) {
        found.extend(entries::newest_of_stream(&mut *conn, auditor.log, &stream, before, ACTS).await?);
    }
    found.sort_by_key(|entry| std::cmp::Reverse(entry.index));
    // Of each stream there may be more behind what was read of it, but nothing between.
    found.truncate(ACTS as usize);
    let next = (found.len() == ACTS as usize).then(|| found.last().map(|entry| entry.index)).flatten();
    let acts = found.into_iter().map(|committed| {
        let entry = Entry::parse(&committed.bytes).map_err(Error::internal)?;
        Ok(Act { committed, entry })
    });
    let acts: Vec<_> = acts.collect::<Result<_>>()?;
    Ok(Acts { acts: acts.into_iter().filter(|act| is_own(auditor, &act.entry)).collect(), next })
}

/// The newest act by which the auditor accepted terms, among the newest of the grant; none where there is none.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn acceptance(app: &App, auditor: &AuditorSession) -> Result<Option<Seal>> {
    let whose = Whose { log: auditor.log, origin: &auditor.origin };
    let sealed_below = published(app, whose).await?.map_or(0, |published| published.head().size);
    let stream = AccessGrant::stream(&auditor.grant);
    let mut conn = app.ledger().reader().acquire().await?;
    for committed in entries::newest_of_stream(&mut *conn, auditor.log, &stream, u64::MAX, ACTS).await? {
        let entry = Entry::parse(&committed.bytes).map_err(Error::internal)?;
        if entry.event_type.as_str() == "auditor.terms.accepted" && is_own(auditor, &entry) {
            let reached = if committed.index < sealed_below { Step::Sealed } else { Step::Accepted };
            return Ok(Some(own_seal(&Reader::of(app, auditor).clock, &committed, reached)));
        }
    }
    Ok(None)
}

/// Below which index the page begins that ends where one does that began below `end`; none where that is the first.
async fn page_before(app: &App, auditor: &AuditorSession, end: u64) -> Result<Option<u64>> {
    let mut conn = app.ledger().reader().acquire().await?;
    Ok(entries::nth_of_streams(&mut *conn, auditor.log, &streams(auditor), end, ACTS).await?)
}

/// Where an auditor's acts stand, among what others do with the grant.
fn streams(auditor: &AuditorSession) -> [Subject; 2] {
    [activity::stream(&auditor.grant), AccessGrant::stream(&auditor.grant)]
}

/// Whether an entry is an act of this auditor under this grant, or counts refused ones that have no entry each.
pub fn is_own(auditor: &AuditorSession, entry: &Entry) -> bool {
    let stream = entry.stream.as_ref().map(|place| &place.stream);
    let is_of_grant = stream.is_some_and(|stream| streams(auditor).contains(stream));
    let is_theirs = entry.actor.kind == ActorType::Auditor && entry.actor.id == auditor.person().as_str();
    is_of_grant && (is_theirs || entry.event_type.as_str() == "auditor.refusals.counted")
}

/// The titles of the evidence that acts are about, as far as the access still reaches it; at most one look-up an act.
async fn titles(app: &App, reader: &Reader, acts: &[Act]) -> Result<Titles> {
    let mut titles = Titles::new();
    for id in acts.iter().filter_map(|act| sentence::evidence_of(act.entry.subject.as_str())) {
        if titles.contains_key(id) {
            continue;
        }
        let Some(found) = evidence::find(app, reader, id).await? else { continue };
        if verdict(reader, Capability::View, Resource::Evidence, Some(found.item())).is_ok() {
            titles.insert(id.to_owned(), found.held().metadata.title.as_str().to_owned());
        }
    }
    Ok(titles)
}

fn days(acts: &[Act], titles: &Titles, clock: &Clock, sealed_below: u64) -> Vec<Day> {
    let happening = |act: &Act| {
        let reached = if act.committed.index < sealed_below { Step::Sealed } else { Step::Accepted };
        let happening = Happening {
            actor: ActorKind::from(act.entry.actor.kind),
            // The auditor, who reads it.
            who: String::new(),
            sentence: sentence::of(&act.entry, titles),
            at: clock.exact(act.committed.time),
            seal: Some(own_seal(clock, &act.committed, reached)),
        };
        (act.committed.time, happening)
    };
    by_day(acts.iter().map(happening), clock)
}
