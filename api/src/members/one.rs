//! One member: who they are, and what can be done about it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::member::{self, Permission, Role};
use domain::name::PersonId;
use serde::Deserialize;

use super::{badge, role_choices};
use crate::access::member_session;
use crate::acts::member::{address_of, name_of};
use crate::app::App;
use crate::auth::acting::load_member;
use crate::auth::{Member, MemberSession, MembersRead};
use crate::error::{Error, Result};
use crate::v1::query::percent_encode;
use crate::web::after::{After, Arrival};
use crate::web::components::{Choice, Tone};
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
    pub(super) errors: FieldErrors,
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
    let mut page = page(&app, &viewer, &place.member()?).await?;
    // The member's own stream was read, and no read model.
    page.shell = page.shell.following(after.after.map(|index| Arrival { index, is_shown: true }));
    Ok(Page::new(page).into_response())
}

/// The page with a sentence that says why nothing was done.
pub(super) async fn with_warning(app: &App, viewer: &MemberSession, id: &PersonId, warning: &str) -> Result<Response> {
    let mut page = page(app, viewer, id).await?;
    page.shell = page.shell.noting(Note::Warning(warning.to_owned()));
    Ok(Page::with_status(StatusCode::CONFLICT, page).into_response())
}

pub(super) async fn page(app: &App, viewer: &MemberSession, id: &PersonId) -> Result<OnePage> {
    let loaded = load_member(app, viewer.log, id).await?;
    let profile = loaded.profile().ok_or(Error::NotFound)?;
    let clock = viewer.clock();
    let mut tx = app.db(viewer.log).await?;
    let sessions = member_session::open_ones(&mut tx, viewer.log, id).await?.len();
    tx.commit().await?;
    let until = loaded.invitation().map(|invitation| invitation.expires_at);
    let list = format!("/orgs/{}/members", viewer.info.slug);
    let address = format!("{list}/{id}");
    let confirm = format!("/orgs/{}/confirm?next={}", viewer.info.slug, percent_encode(&address));
    let email = address_of(profile).unwrap_or("(erased)").to_owned();
    let with_owner = viewer.roles().contains(Role::Owner);
    let chosen = |role| profile.roles.contains(role);
    let is_present = !matches!(loaded, member::Member::Removed(_));
    Ok(OnePage {
        shell: viewer.shell(app, Nav::Members),
        confirm: (!viewer.is_fresh()).then_some(confirm),
        name: name_of(profile).map_or_else(|| email.clone(), str::to_owned),
        email,
        state: loaded.state(),
        badge: badge(loaded.state(), until.is_some_and(|until| until <= clock.now())),
        until: until.map(|at| clock.ago(at)),
        sessions,
        roles: role_choices(with_owner, chosen),
        role_words: profile.roles.iter().map(crate::acts::member::role_in_words).collect::<Vec<_>>().join(", "),
        may_manage: is_present && viewer.permits(Permission::MembersWrite) && viewer.roles().may_manage(&profile.roles),
        errors: FieldErrors::default(),
        list,
        address,
    })
}
