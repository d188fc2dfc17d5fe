//! One member: who they are, and what can be done about it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::member::{self, MemberEvent, Permission, Role, Roles};
use domain::name::PersonId;
use projections::documents::{Document, Documented as _};
use serde::Deserialize;
use store::opened;

use super::{badge, role_choices};
use crate::access::member_session;
use crate::acts::member::role_in_words;
use crate::app::App;
use crate::auth::{Member, MemberSession, MembersRead};
use crate::error::{Error, Result};
use crate::query::percent_encode;
use crate::web::after::After;
use crate::web::components::{Choice, Tone};
use crate::web::documents;
use crate::web::history::{self, History};
use crate::web::shell::{Note, OfOrganisation};
use crate::web::{FieldErrors, Moment, Nav, Page, Shell};

#[derive(Template)]
#[template(path = "members/one.html")]
pub(super) struct OnePage {
    pub(super) shell: Shell<OfOrganisation>,
    list: String,
    address: String,
    confirm: Option<String>,
    name: String,
    email: String,
    state: &'static str,
    badge: (Tone, &'static str),
    until: Option<Moment>,
    sessions: usize,
    roles: Vec<Choice>,
    role_words: String,
    /// Whether the viewer may change this member.
    may_manage: bool,
    /// Of the roles.
    pub(super) errors: FieldErrors,
    /// Of the removal.
    pub(super) removal: FieldErrors,
    history: History,
}

impl OnePage {
    /// With the roles as they were chosen.
    pub(super) fn choosing(self, viewer: &MemberSession, words: &[String]) -> Self {
        let with_owner = viewer.roles().contains(Role::Owner);
        let roles = role_choices(with_owner, |role| words.iter().any(|word| word == role.as_str()));
        Self { roles, ..self }
    }

    /// With something to know before it is read.
    pub(super) fn noting(self, note: Note) -> Self {
        Self { shell: self.shell.noting(note), ..self }
    }
}

/// In which organisation, and whom.
#[derive(Deserialize)]
pub struct Place {
    #[serde(rename = "org")]
    _org: String,
    member: String,
}

impl Place {
    /// Whom the path names; what is no id is nobody.
    pub(super) fn member(&self) -> Result<PersonId> {
        PersonId::parse(&self.member).map_err(|_| Error::NotFound)
    }
}

/// Shows the member.
pub async fn get(
    viewer: Member<MembersRead>,
    State(app): State<App>,
    Path(place): Path<Place>,
    Query(after): Query<After>,
) -> Result<Response> {
    let id = place.member()?;
    let arrival = after.wait(&app, viewer.log, member::Member::NAME).await?;
    let mut page = page(&app, &viewer, &id).await?;
    page.shell = page.shell.following(arrival);
    Ok(Page::new(page).into_response())
}

/// The page with a sentence that says why nothing was done.
pub(super) async fn with_warning(app: &App, viewer: &MemberSession, id: &PersonId, warning: &str) -> Result<Response> {
    let page = page(app, viewer, id).await?.noting(Note::Warning(warning.to_owned()));
    Ok(Page::with_status(StatusCode::CONFLICT, page).into_response())
}

pub(super) async fn page(app: &App, viewer: &MemberSession, id: &PersonId) -> Result<OnePage> {
    let (clock, stream) = (viewer.clock(), member::Member::stream(id));
    let document = documents::shown::<member::Member>(app, viewer.log, &stream).await?;
    let mut tx = app.db(viewer.log).await?;
    let sessions = member_session::open_ones(&mut tx, viewer.log, id).await?.len();
    tx.commit().await?;
    let loaded = &document.aggregate;
    let profile = loaded.profile().ok_or(Error::NotFound)?;
    let (name, email) = who(app, viewer, &document).await?;
    let email = email.unwrap_or_else(|| "(erased)".to_owned());
    let until = loaded.invitation().map(|invitation| invitation.expires_at);
    let list = format!("/orgs/{}/members", viewer.info.slug);
    let address = format!("{list}/{id}");
    let confirm = format!("/orgs/{}/confirm?next={}", viewer.info.slug, percent_encode(&address));
    let with_owner = viewer.roles().contains(Role::Owner);
    let chosen = |role| profile.roles.contains(role);
    let is_present = !matches!(loaded, member::Member::Removed(_));
    Ok(OnePage {
        shell: viewer.shell(app, Nav::Members),
        confirm: (!viewer.is_fresh()).then_some(confirm),
        name: name.unwrap_or_else(|| email.clone()),
        email,
        state: loaded.state(),
        badge: badge(loaded.state(), until.is_some_and(|until| until <= clock.now())),
        until: until.map(|at| clock.ago(at)),
        sessions,
        roles: role_choices(with_owner, chosen),
        role_words: in_words(&profile.roles),
        may_manage: is_present && viewer.permits(Permission::MembersWrite) && viewer.roles().may_manage(&profile.roles),
        errors: FieldErrors::default(),
        removal: FieldErrors::default(),
        history: History::of(app, viewer, &clock, (&document, &stream), sentence).await?,
        list,
        address,
    })
}

/// Name and address, opened from the entry of the invitation.
async fn who(
    app: &App,
    viewer: &MemberSession,
    document: &Document<member::Member>,
) -> Result<(Option<String>, Option<String>)> {
    let invited = document.acts.first().ok_or(Error::NotFound)?.by.index;
    let opened = opened::of(app.ledger(), viewer.log, &[invited]).await?;
    Ok(opened.get(&invited).map_or((None, None), |parts| opened::person(parts)))
}

fn in_words(roles: &Roles) -> String {
    roles.iter().map(role_in_words).collect::<Vec<_>>().join(", ")
}

fn sentence(act: &MemberEvent) -> String {
    match act {
        MemberEvent::MemberInvited(invited) => format!("Invited as {}", in_words(&invited.roles)),
        MemberEvent::InviteResent(_) => "Invited again; the link before stopped working".to_owned(),
        MemberEvent::MemberActivated(_) => "Joined".to_owned(),
        MemberEvent::RolesChanged(changed) => {
            format!("Roles changed from {} to {}", in_words(&changed.before), in_words(&changed.after))
        }
        MemberEvent::MemberSuspended(stopped) => history::with_note("Suspended", stopped.note.as_ref()),
        MemberEvent::MemberReinstated(reinstated) => history::with_note("Reinstated", reinstated.note.as_ref()),
        MemberEvent::MemberRemoved(stopped) => history::with_note("Removed", stopped.note.as_ref()),
    }
}
