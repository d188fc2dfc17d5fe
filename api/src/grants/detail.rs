//! `GET /orgs/{org}/grants/{grant}`: one access, whole: what it opens, how it came to be so, and what was done under it.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use domain::access_grant::{AccessGrant, AccessGrantEvent, State, Terms};
use domain::activity;
use domain::name::GrantId;
use ledger::name::Reference;
use projections::read_models::entries::{self, Entries};
use serde::Deserialize;
use store::append::Committed;

use super::list::{tone, word};
use super::sessions::{self, SessionRow};
use super::story;
use crate::access::{auditor_session, grants_seen};
use crate::acts::access;
use crate::app::App;
use crate::auth::{GrantsRead, Member, MemberSession};
use crate::error::{Error, Result};
use crate::web::after::After;
use crate::web::components::{Day, Tone};
use crate::web::form::FieldErrors;
use crate::web::moment::{Clock, Moment};
use crate::web::page::Page;
use crate::web::shell::{Nav, Note, OfOrganisation, Shell};
use crate::words;

/// Acts that the page shows; the rest stand in the ledger.
const ACTS_SHOWN_MAX: usize = 50;

/// What led here.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// `failed` or `resent`: what became of the mail.
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
    may: May,
    facts: Vec<(&'static str, Fact)>,
    opens: Vec<&'static str>,
    allows: Vec<&'static str>,
    limits: Vec<(&'static str, String)>,
    sessions: Vec<SessionRow>,
    open_sessions: usize,
    story: Vec<Day>,
    acts: Vec<Day>,
    all_acts: String,
    errors: FieldErrors,
}

/// What can be done with it, by whoever looks.
#[expect(clippy::struct_excessive_bools, reason = "each is a button of its own")]
struct May {
    change: bool,
    resend: bool,
    revoke: bool,
    give_again: bool,
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
    let arrival = after.wait(&app, member.log, Entries::NAME).await?;
    let mut shell = member.shell(&app, Nav::Grants).following(arrival);
    if let Some(note) = note(&asked) {
        shell = shell.noting(note);
    }
    page(&app, &member, &id, shell).await.map(Page::new)
}

async fn page(app: &App, member: &MemberSession, id: &GrantId, shell: Shell<OfOrganisation>) -> Result<Detail> {
    let loaded = access::load(app, member, &member.ctx(), id).await?;
    let terms = loaded.terms().ok_or(Error::NotFound)?;
    let clock = &shell.clock;
    let state = loaded.state_at(clock.now()).ok_or(Error::NotFound)?;
    let recorded = story::recorded(app, member.log, &AccessGrant::stream(id)).await?;
    let mut tx = app.db(member.log).await?;
    let sessions = auditor_session::list(&mut tx, member.log, id).await?;
    let seen = grants_seen::last(&mut tx, member.log, id).await?;
    let filter = entries::Filter { stream: Some(reference(id)?), ..entries::Filter::default() };
    let done = entries::page(&mut tx, member.log, &filter, None, ACTS_SHOWN_MAX).await?;
    tx.commit().await?;
    let seals = story::Seals::load(app, member, &done.rows.iter().map(|row| row.index).collect::<Vec<_>>()).await?;
    let sessions = sessions::rows(&sessions, clock);
    let policy = member.organisation.policy().values();
    let is_over = matches!(state, State::Revoked | State::Expired);
    let may_grant = member.may_grant();
    Ok(Detail {
        href: format!("{}/grants/{id}", shell.world.home),
        name: shown_name(terms),
        tone: tone(state),
        state: word(state),
        may: May {
            change: may_grant && !is_over && policy.edit_in_place,
            resend: may_grant && state == State::Pending && policy.resend && terms.invitation.is_some(),
            revoke: may_grant && loaded.state() != Some(State::Revoked) && loaded.state() != Some(State::Expired),
            give_again: may_grant && is_over,
        },
        facts: facts(terms, &recorded, seen.map(|at| instant(at.unix_timestamp_nanos())), clock),
        opens: terms.scope().resources().iter().map(|one| words::resource(*one)).collect(),
        allows: terms.scope().capabilities().iter().map(|one| words::capability(*one)).collect(),
        limits: limits(terms),
        open_sessions: sessions.iter().filter(|session| session.is_open).count(),
        sessions,
        story: story::of_grant(&recorded, &seals, clock)?,
        acts: story::of_rows(&done.rows, &seals, clock),
        all_acts: format!("{}/ledger?stream=activity/{id}", shell.world.home),
        errors: FieldErrors::default(),
        shell,
    })
}

/// What a redirect has to say.
fn note(asked: &Asked) -> Option<Note> {
    match (asked.mail.as_str(), asked.ended) {
        ("failed", _) => Some(Note::Warning(
            "Access is given, but its invitation did not go out by mail. The mail log says why; send it again below."
                .to_owned(),
        )),
        ("resent", _) => {
            Some(Note::Done("The invitation went out again. The link before it opens nothing any more.".to_owned()))
        }
        (_, Some(0)) => Some(Note::Done("Access is revoked. No session was open.".to_owned())),
        (_, Some(1)) => Some(Note::Done("Access is revoked, and one session ended with it.".to_owned())),
        (_, Some(count)) => Some(Note::Done(format!("Access is revoked, and {count} sessions ended with it."))),
        _ => None,
    }
}

fn shown_name(terms: &Terms) -> String {
    let name = terms.name.as_ref().and_then(|name| name.known()).map(|name| name.as_str().to_owned());
    let email = || terms.email.known().map(|email| email.as_str().to_owned());
    name.or_else(email).unwrap_or_else(|| "(erased)".to_owned())
}

fn facts(
    terms: &Terms,
    recorded: &[(Committed, AccessGrantEvent)],
    seen: Option<ledger::time::Timestamp>,
    clock: &Clock,
) -> Vec<(&'static str, Fact)> {
    let text = |text: &str| Fact::Text(text.to_owned());
    let erased = "(erased)";
    let mut facts = vec![
        ("E-mail", text(terms.email.known().map_or(erased, |email| email.as_str()))),
        ("Firm", text(terms.firm.as_str())),
        ("Role", text(terms.role_title.map_or("No role", words::role_title))),
        ("Ends", Fact::Time(clock.exact(terms.expires_at()))),
        ("Last access", seen.map_or_else(|| text("Never"), |at| Fact::Time(clock.ago(at)))),
    ];
    if let Some((given, _)) = recorded.first() {
        facts.push(("Given", Fact::Time(clock.exact(given.time))));
    }
    let accepted = terms.accepted_terms.as_ref();
    let accepted =
        accepted.map_or_else(|| "Not accepted".to_owned(), |terms| format!("Version {} accepted", terms.version));
    facts.push(("Terms of engagement", Fact::Text(accepted)));
    if let Some(link) = &terms.invitation {
        facts.push(("Link", text(words::delivery(link.delivery))));
        facts.push(("The link works", text(words::link_reuse(link.link_reuse))));
        facts.push(("Besides the link", text(words::second_factor(link.second_factor))));
    }
    facts
}

fn limits(terms: &Terms) -> Vec<(&'static str, String)> {
    let filters = terms.scope().filters();
    let mut limits = Vec::new();
    if let Some(engagement) = &filters.engagement {
        limits.push(("Engagement", engagement.to_string()));
    }
    if !filters.vendors.is_empty() {
        let vendors: Vec<_> = filters.vendors.iter().map(ToString::to_string).collect();
        limits.push(("Vendors", vendors.join(", ")));
    }
    if let Some(window) = &filters.window {
        let date = |date: Option<domain::date::Date>| date.map_or_else(|| "open".to_owned(), |date| date.to_string());
        limits.push(("Effective dates of evidence", format!("{} to {}", date(window.from()), date(window.until()))));
    }
    limits
}

fn reference(id: &GrantId) -> Result<Reference> {
    Reference::parse(activity::stream(id).as_str()).map_err(Error::internal)
}

fn instant(nanos: i128) -> ledger::time::Timestamp {
    let micros = i64::try_from(nanos / 1_000).unwrap_or_default();
    ledger::time::Timestamp::from_micros(micros).expect("the database's clock is after 1970 and before 10000")
}
