//! What is done about a member. Each asks whether whoever does it may manage them, and has just confirmed who they are.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::member::Permission;
use domain::name::PersonId;
use domain::note::Note;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::invite;
use super::one::{self, Place, with_warning};
use crate::acts::member;
use crate::app::App;
use crate::auth::acting::load_member;
use crate::auth::member::NotShown;
use crate::auth::{Member, MemberSession, MembersWrite};
use crate::error::{Error, Result};
use crate::web::after::After;
use crate::web::form;
use crate::web::{FieldErrors, Page, Protected};

/// Roles as they are chosen.
#[derive(Deserialize)]
pub struct NewRoles {
    #[serde(default)]
    role: Vec<String>,
}

/// Why it is done, if that is said; the word by which it is confirmed, where it cannot be undone.
#[derive(Deserialize)]
pub struct Why {
    #[serde(default)]
    note: String,
    #[serde(default)]
    typed: String,
}

/// Sends the invitation again, with another link.
pub async fn resend(
    viewer: Member<MembersWrite>,
    State(app): State<App>,
    Path(place): Path<Place>,
    form: Protected<Why>,
) -> Result<Response, NotShown> {
    let (id, Why { .. }) = asked(&app, &viewer, &place, form).await?;
    match member::resend(&app, &viewer.info, &viewer.ctx(), Some(&viewer.profile), &id).await {
        Ok(invited) => Ok(invite::answered(&app, &viewer, &invited).await?),
        Err(error) => Ok(not_done(&app, &viewer, &id, error).await?),
    }
}

/// Gives other roles.
pub async fn roles(
    viewer: Member<MembersWrite>,
    State(app): State<App>,
    Path(place): Path<Place>,
    form: Protected<NewRoles>,
) -> Result<Response, NotShown> {
    let (id, form) = managed(&app, &viewer, &place, form).await?;
    if let Some(note) = viewer.late(&app, &address(&viewer, &id))? {
        let page = one::page(&app, &viewer, &id).await?.choosing(&viewer, &form.role).noting(note);
        return Ok(Page::with_status(StatusCode::FORBIDDEN, page).into_response());
    }
    let mut errors = FieldErrors::default();
    let Some(roles) = invite::roles(&viewer, &form.role, &mut errors) else {
        let mut page = one::page(&app, &viewer, &id).await?.choosing(&viewer, &form.role);
        page.errors = errors;
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    answered(&app, &viewer, &id, member::change_roles(&app, &viewer.info, &viewer.ctx(), &id, roles).await).await
}

/// Forbids everything for now.
pub async fn suspend(
    viewer: Member<MembersWrite>,
    State(app): State<App>,
    Path(place): Path<Place>,
    form: Protected<Why>,
) -> Result<Response, NotShown> {
    let (id, why) = asked(&app, &viewer, &place, form).await?;
    let done = member::suspend(&app, &viewer.info, &viewer.ctx(), &id, why.note()?).await;
    answered(&app, &viewer, &id, done).await
}

/// Allows again what the roles allow.
pub async fn reinstate(
    viewer: Member<MembersWrite>,
    State(app): State<App>,
    Path(place): Path<Place>,
    form: Protected<Why>,
) -> Result<Response, NotShown> {
    let (id, why) = asked(&app, &viewer, &place, form).await?;
    let done = member::reinstate(&app, &viewer.info, &viewer.ctx(), &id, why.note()?).await;
    answered(&app, &viewer, &id, done).await
}

/// Ends the membership, or withdraws the invitation.
pub async fn remove(
    viewer: Member<MembersWrite>,
    State(app): State<App>,
    Path(place): Path<Place>,
    form: Protected<Why>,
) -> Result<Response, NotShown> {
    let (id, why) = asked(&app, &viewer, &place, form).await?;
    if why.typed != "remove" {
        let mut page = one::page(&app, &viewer, &id).await?;
        page.removal.add("typed", "Type remove to confirm");
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let done = member::remove(&app, &viewer.info, &viewer.ctx(), &id, why.note()?).await;
    answered(&app, &viewer, &id, done).await
}

impl Why {
    fn note(&self) -> Result<Option<Note>> {
        form::note(&self.note).map_err(|error| Error::invalid("note", error.to_string()))
    }
}

/// Whom it is about and what is asked, if the viewer may manage them and has just confirmed who they are.
async fn asked<F: DeserializeOwned>(
    app: &App,
    viewer: &MemberSession,
    place: &Place,
    form: Protected<F>,
) -> Result<(PersonId, F), NotShown> {
    let (id, form) = managed(app, viewer, place, form).await?;
    viewer.require_fresh_for(app, &address(viewer, &id))?;
    Ok((id, form))
}

/// The same, whenever they did.
async fn managed<F: DeserializeOwned>(
    app: &App,
    viewer: &MemberSession,
    place: &Place,
    form: Protected<F>,
) -> Result<(PersonId, F)> {
    let form = form.verify(app, viewer.form_key()).await?;
    let id = place.member()?;
    let loaded = load_member(app, viewer.log, &id).await?;
    let profile = loaded.profile().ok_or(Error::NotFound)?;
    if !viewer.roles().may_manage(&profile.roles) {
        return Err(Error::PermissionMissing(Permission::MembersWrite.as_str()));
    }
    Ok((id, form))
}

fn address(viewer: &MemberSession, id: &PersonId) -> String {
    format!("/orgs/{}/members/{id}", viewer.info.slug)
}

async fn answered(app: &App, viewer: &MemberSession, id: &PersonId, done: Result<u64>) -> Result<Response, NotShown> {
    match done {
        Ok(index) => Ok(Redirect::to(&After::at(&address(viewer, id), index)).into_response()),
        Err(error) => Ok(not_done(app, viewer, id, error).await?),
    }
}

async fn not_done(app: &App, viewer: &MemberSession, id: &PersonId, error: Error) -> Result<Response> {
    match error {
        Error::Conflict(rule) => with_warning(app, viewer, id, &format!("Nothing was changed: {rule}.")).await,
        error => Err(error),
    }
}
