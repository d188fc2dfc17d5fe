//! `GET /orgs/{org}/grants/{grant}`: one access, whole: what it opens, how it came to be so, and what was done under it.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use domain::access_grant::{AccessGrant, AccessGrantEvent, State, Terms};
use domain::activity;
use domain::invitation::Delivery;
use domain::name::GrantId;
use ledger::name::Reference;
use ledger::time::Timestamp;
use projections::documents::{Act, Document, Documented as _};
use projections::read_models::entries::{self, Entries, EntryRow};
use serde::Deserialize;
use store::opened;
use time::OffsetDateTime;
use uuid::Uuid;

use super::engagements;
use super::list::{tone, word};
use super::no_mailer::{NoMailer, deliveries};
use super::sessions::{self, SessionRow};
use super::story::{self, VersionRow};
use crate::access::column::instant;
use crate::access::{auditor_session, grants_seen, mails};
use crate::acts::access;
use crate::app::App;
use crate::auth::{GrantsRead, Member, MemberSession};
use crate::error::{Error, Result};
use crate::mail_log;
use crate::portal::activity::sentence::Titles;
use crate::web::after::After;
use crate::web::components::{Choice, Day, Tone};
use crate::web::documents;
use crate::web::form::FieldErrors;
use crate::web::history::{History, Proofs};
use crate::web::moment::{Clock, Moment};
use crate::web::page::Page;
use crate::web::shell::{Nav, Note, OfOrganisation, Shell};
use crate::words;

/// Acts that the page shows; the rest stand in the ledger.
const ACTS_SHOWN_MAX: usize = 50;

/// What led here.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// `resent`, where mail went out again; what did not go out the mail log says.
    #[serde(default)]
    mail: String,
    /// How many sessions ended.
    ended: Option<u32>,
}

/// The page.
#[derive(Template)]
#[template(path = "grants/detail.html")]
pub struct Detail {
    shell: Shell<OfOrganisation>,
    href: String,
    name: String,
    tone: Tone,
    state: &'static str,
    is_over: bool,
    may: May,
    /// Why the invitation did not go out.
    unsent: Option<String>,
    no_mailer: Option<NoMailer>,
    /// How another link can get to the auditor.
    deliveries: Vec<Choice>,
    facts: Vec<(&'static str, Fact)>,
    opens: Vec<&'static str>,
    allows: Vec<String>,
    limits: Vec<(&'static str, String)>,
    sessions: Vec<SessionRow>,
    open_sessions: usize,
    versions: Vec<VersionRow>,
    story: History,
    acts: Vec<Day>,
    all_acts: String,
    refused: Refused,
}

/// The form of a revocation that was not carried out: what was typed, and what is wrong in it.
#[derive(Default)]
pub(super) struct Refused {
    pub(super) note: String,
    pub(super) errors: FieldErrors,
}

/// What can be done with it, by whoever looks.
#[expect(clippy::struct_excessive_bools, reason = "each is a button of its own")]
struct May {
    change: bool,
    resend: bool,
    revoke: bool,
    give_again: bool,
    preview: bool,
}

impl Detail {
    /// The grant's id, out of its address.
    fn id(&self) -> &str {
        self.href.rsplit('/').next().unwrap_or_default()
    }
}

/// What stands under a label.
enum Fact {
    Text(String),
    Time(Moment),
}

/// Shows the page.
pub async fn get(
    member: Member<GrantsRead>,
    Shared(app): Shared<App>,
    Path((_org, grant)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    Query(after): Query<After>,
) -> Result<Page<Detail>> {
    let id = access::grant_id(&grant)?;
    let document = after.wait(&app, member.log, AccessGrant::NAME).await?;
    let rows = after.wait(&app, member.log, Entries::NAME).await?;
    let mut shell = member.shell(&app, Nav::Grants).following(document.filter(|arrival| !arrival.is_shown).or(rows));
    if let Some(note) = note(&asked) {
        shell = shell.noting(note);
    }
    page(&app, &member, &id, shell, Refused::default()).await.map(Page::new)
}

/// All that the page is drawn from.
struct Read {
    document: Document<AccessGrant>,
    sessions: Vec<auditor_session::Session>,
    seen: Option<OffsetDateTime>,
    done: Vec<EntryRow>,
    titles: Titles,
    invitation: Option<mails::Listed>,
}

async fn read(app: &App, member: &MemberSession, id: &GrantId) -> Result<Read> {
    let document = documents::shown(app, member.log, &AccessGrant::stream(id)).await?;
    let mut tx = app.db(member.log).await?;
    let filter = entries::Filter { stream: Some(reference(id)?), ..entries::Filter::default() };
    let about = Uuid::parse_str(id.as_str()).map_err(Error::internal)?;
    let done = entries::page(&mut tx, member.log, &filter, None, ACTS_SHOWN_MAX).await?.rows;
    let read = Read {
        sessions: auditor_session::list(&mut tx, member.log, id).await?,
        seen: grants_seen::last(&mut tx, member.log, id).await?,
        titles: story::titles(&mut tx, member, &done).await?,
        done,
        invitation: mails::newest(&mut tx, member.log, about, &["invite", "invite_resent"]).await?,
        document,
    };
    tx.commit().await?;
    Ok(read)
}

/// The page; after a revocation that was refused with its form open as it was sent.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub(super) async fn page(
    app: &App,
    member: &MemberSession,
    id: &GrantId,
    shell: Shell<OfOrganisation>,
    refused: Refused,
) -> Result<Detail> {
    let read = read(app, member, id).await?;
    let (grant, acts) = (&read.document.aggregate, &read.document.acts);
    let terms = grant.terms().ok_or(Error::NotFound)?;
    let clock = &shell.clock;
    let state = grant.state_at(clock.now()).ok_or(Error::NotFound)?;
    let given = &acts.first().ok_or(Error::NotFound)?.by;
    let person = opened::of(app.ledger(), member.log, &[given.index]).await?.remove(&given.index).unwrap_or_default();
    let done: Vec<u64> = read.done.iter().map(|row| row.index).collect();
    let proofs = Proofs::load(app, member, &done).await?;
    let whole = (&read.document, &AccessGrant::stream(id));
    let sessions = sessions::rows(&read.sessions, clock);
    let seen = read.seen.map(instant);
    let (name, email) = opened::person(&person);
    let erased = || "(erased)".to_owned();
    let end = end(state, terms, acts, clock);
    let address = email.clone().unwrap_or_else(erased);
    let facts = facts(terms, address, end, given.time, seen, is_over(state), clock);
    Ok(Detail {
        href: format!("{}/grants/{id}", shell.world.home),
        name: name.or(email).unwrap_or_else(erased),
        tone: tone(state),
        state: word(state),
        is_over: is_over(state),
        may: May::of(member, grant, state),
        unsent: unsent(read.invitation.as_ref(), terms, state),
        no_mailer: NoMailer::of_access(app, member, terms).filter(|_| !is_over(state)),
        deliveries: deliveries(app, terms.invitation.as_ref().map_or("", |link| link.delivery.as_str())),
        facts,
        opens: terms.scope().resources().iter().map(|one| words::resource(*one)).collect(),
        allows: terms.scope().capabilities().iter().map(|one| words::capability_here(*one)).collect(),
        limits: limits(app, member, terms).await?,
        open_sessions: sessions.iter().filter(|session| session.is_open).count(),
        sessions,
        versions: story::versions(&read.document, clock),
        story: History::of(app, member, clock, whole, |act| story::sentence(act, clock)).await?,
        acts: story::of_rows(&read.done, &read.titles, &proofs, clock),
        all_acts: format!("{}/ledger?stream=activity/{id}", shell.world.home),
        refused,
        shell,
    })
}

impl May {
    fn of(member: &MemberSession, grant: &AccessGrant, state: State) -> Self {
        let policy = member.organisation.policy().values();
        let is_over = is_over(state);
        let may_grant = member.may_grant();
        let has_link = grant.terms().is_some_and(|terms| terms.invitation.is_some());
        Self {
            change: may_grant && !is_over && policy.edit_in_place,
            resend: may_grant && state == State::Pending && policy.resend && has_link,
            revoke: may_grant && !matches!(grant.state(), Some(State::Revoked | State::Expired)),
            give_again: may_grant && is_over,
            // Who has access no more sees nothing.
            preview: !is_over,
        }
    }
}

const fn is_over(state: State) -> bool {
    matches!(state, State::Revoked | State::Expired)
}

/// Why the invitation is not with the auditor, while they have not come. A link that was shown was not to be sent.
fn unsent(invitation: Option<&mails::Listed>, terms: &Terms, state: State) -> Option<String> {
    let is_mailed = terms.invitation.as_ref().is_some_and(|link| link.delivery != Delivery::ShowOnce);
    let mail = invitation.filter(|mail| state == State::Pending && is_mailed && mail.state != "sent")?;
    Some(mail_log::words::reason(mail).unwrap_or_else(|| "What became of it is not known.".to_owned()))
}

/// What a redirect has to say.
fn note(asked: &Asked) -> Option<Note> {
    match (asked.mail.as_str(), asked.ended) {
        ("resent", _) => {
            Some(Note::Done("The invitation went out again. The link before it opens nothing any more.".to_owned()))
        }
        (_, Some(0)) => Some(Note::Done("Access is revoked. No session was open.".to_owned())),
        (_, Some(1)) => Some(Note::Done("Access is revoked, and one session ended with it.".to_owned())),
        (_, Some(count)) => Some(Note::Done(format!("Access is revoked, and {count} sessions ended with it."))),
        _ => None,
    }
}

/// When access ends, or since when it has.
fn end(state: State, terms: &Terms, acts: &[Act<AccessGrantEvent>], clock: &Clock) -> Vec<(&'static str, Fact)> {
    let at = Fact::Time(clock.exact(terms.expires_at()));
    let revoked = acts.iter().rev().find(|act| matches!(act.what, AccessGrantEvent::AccessRevoked(_)));
    match (state, revoked) {
        (State::Revoked, Some(act)) => {
            vec![("Revoked", Fact::Time(clock.exact(act.by.time))), ("Would have ended", at)]
        }
        (State::Revoked | State::Expired, _) => vec![("Ended", at)],
        _ => vec![("Ends", at)],
    }
}

fn facts(
    terms: &Terms,
    email: String,
    end: Vec<(&'static str, Fact)>,
    given: Timestamp,
    seen: Option<Timestamp>,
    is_over: bool,
    clock: &Clock,
) -> Vec<(&'static str, Fact)> {
    let text = |text: &str| Fact::Text(text.to_owned());
    let mut facts = vec![
        ("Email address", Fact::Text(email)),
        ("Firm", text(terms.firm.as_str())),
        ("Role", text(terms.role_title.map_or("No role", words::role_title))),
    ];
    facts.extend(end);
    facts.extend([
        ("Last access", seen.map_or_else(|| text("Never"), |at| Fact::Time(clock.ago(at)))),
        ("Given", Fact::Time(clock.exact(given))),
    ]);
    let accepted = terms.accepted_terms.as_ref();
    let accepted =
        accepted.map_or_else(|| "Not accepted".to_owned(), |terms| format!("Version {} accepted", terms.version));
    facts.push(("Terms of engagement", Fact::Text(accepted)));
    if let Some(link) = &terms.invitation {
        facts.push(("Link", text(words::delivery(link.delivery))));
        if !is_over {
            facts.push(("The link works", text(words::link_reuse(link.link_reuse))));
        }
        facts.push(("Besides the link", text(words::second_factor(link.second_factor))));
    }
    facts
}

async fn limits(app: &App, member: &MemberSession, terms: &Terms) -> Result<Vec<(&'static str, String)>> {
    let filters = terms.scope().filters();
    let mut limits = Vec::new();
    if let Some(engagement) = &filters.engagement {
        let name = engagements::name(app, member.log, engagement).await?;
        limits.push(("Engagement", name.unwrap_or_else(|| engagement.to_string())));
    }
    if !filters.vendors.is_empty() {
        let vendors: Vec<_> = filters.vendors.iter().map(ToString::to_string).collect();
        limits.push(("Vendors", vendors.join(", ")));
    }
    if let Some(window) = &filters.window {
        let date = |date: Option<domain::date::Date>| date.map_or_else(|| "open".to_owned(), |date| date.to_string());
        limits.push(("Effective dates of evidence", format!("{} to {}", date(window.from()), date(window.until()))));
    }
    Ok(limits)
}

fn reference(id: &GrantId) -> Result<Reference> {
    Reference::parse(activity::stream(id).as_str()).map_err(Error::internal)
}
