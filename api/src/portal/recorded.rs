//! What an auditor does is recorded before it is answered, and so is what they were refused: the entry says why, the
//! answer is the one 404 of everything that is not there.

use std::time::Duration;

use domain::access_grant::{Capability, Item, Resource};
use domain::activity::{self, ActivityEvent, Refusal};
use ledger::vocabulary::Subject;
use store::append::Committed;
use store::recording;

use super::reader::{self, Reader};
use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::auditor::AuditorSession;
use crate::error::{Error, Result};
use crate::refusals::Refused;

/// What a session is refused and that has an entry each: more than anybody asks for in vain who reads, and less than fills
/// a log. Further ones are counted.
const REFUSED: Limit = Limit { name: "refusals of a session", most: 60, within: Duration::from_hours(1) };

/// Records an act of this session.
///
/// # Errors
/// [`Error::TooMany`], where it was refused and that has happened too often: then it is counted. What an append meets;
/// then nothing may be shown.
pub async fn record(app: &App, auditor: &AuditorSession, event: &ActivityEvent) -> Result<Committed> {
    if let Some(refusal) = event.refusal() {
        count_refused(app, auditor, refusal).await?;
    }
    let appended = recording::record(app.ledger(), auditor.log, &auditor.ctx(), &event.stream(), event, None).await?;
    Ok(appended.first().clone())
}

async fn count_refused(app: &App, auditor: &AuditorSession, refusal: Refusal) -> Result<()> {
    let by: [&[u8]; 2] = [auditor.log.0.as_bytes(), auditor.sid.as_str().as_bytes()];
    match app.requests().count(app.access_secret(), REFUSED, &by).await? {
        Counted::Within => Ok(()),
        Counted::Over { retry_after, is_first } => {
            app.count_refused(Some(auditor.log), Refused::Access(Some(auditor.grant.clone()), refusal));
            if is_first {
                tracing::warn!(log = %auditor.origin, session = %auditor.sid.prefix(), "refusals of a session are only counted for a while");
            }
            Err(Error::TooMany { retry_after })
        }
    }
}

/// Records that something was looked at, or that it was asked for in vain.
///
/// # Errors
/// [`Error::NotFound`] for whatever was refused, [`Error::TooMany`] beyond [`REFUSED`]; what an append meets.
pub async fn view(
    app: &App,
    auditor: &AuditorSession,
    subject: Subject,
    outcome: Result<(), Refusal>,
) -> Result<Committed> {
    let event = ActivityEvent::RecordViewed { grant: auditor.grant.clone(), record: subject, outcome };
    let entry = record(app, auditor, &event).await?;
    outcome.map(|()| entry).map_err(|_| Error::NotFound)
}

/// Opens a list: records that it is looked at.
///
/// # Errors
/// As [`view`].
pub async fn open_list(
    app: &App,
    auditor: &AuditorSession,
    reader: &Reader,
    word: &str,
) -> Result<(Resource, Committed)> {
    let asked = resource(word);
    let outcome = asked.and_then(|resource| reader.permits(Capability::View, resource, Item::List));
    let entry = view(app, auditor, asked.map_or_else(|_| unknown(), activity::records), outcome).await?;
    asked.map(|resource| (resource, entry)).map_err(|_| Error::NotFound)
}

/// The type of a path.
///
/// # Errors
/// [`Refusal::NotFound`] for what is none, or has nothing to show.
pub fn resource(word: &str) -> Result<Resource, Refusal> {
    let resource = Resource::parse_alias(word).map_err(|_| Refusal::NotFound)?;
    if reader::is_shown(resource) { Ok(resource) } else { Err(Refusal::NotFound) }
}

/// What was asked for that is no type of records: its text is not recorded, for it could be anything.
pub fn unknown() -> Subject {
    Subject::parse("records/unknown").expect("two words of ours")
}

/// The same for evidence.
pub fn unknown_evidence() -> Subject {
    Subject::parse("evidence/unknown").expect("two words of ours")
}

/// Whether one thing may be seen or taken: the grant, then whether it is there, then what the grant leaves out.
///
/// # Errors
/// [`Refusal`], the first of them.
pub fn verdict(
    reader: &Reader,
    capability: Capability,
    resource: Resource,
    found: Option<Item<'_>>,
) -> Result<(), Refusal> {
    reader.permits(capability, resource, Item::List)?;
    reader.permits(capability, resource, found.ok_or(Refusal::NotFound)?)
}
