//! Inviting somebody.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::member::{Role, Roles};
use domain::person::{Email, PersonName};
use serde::Deserialize;

use super::list::{self, Asked, InviteForm, ListPage};
use crate::access::member_link::LinkPurpose;
use crate::acts::member::{self, Invited, NewMember};
use crate::app::App;
use crate::auth::{Member, MemberSession, MembersWrite};
use crate::error::{Error, Result};
use crate::web::after::After;
use crate::web::shell::Note;
use crate::web::{FieldErrors, Page, Protected};

/// Who, and as what.
#[derive(Deserialize)]
pub struct Form {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: Vec<String>,
}

/// Invites, and shows the list with the new member in it; the link too, where no mail went out.
pub async fn post(member: Member<MembersWrite>, State(app): State<App>, form: Protected<Form>) -> Result<Response> {
    let form = form.verify(&app, member.form_key()).await?;
    let mut errors = FieldErrors::default();
    if let Some(note) = member.late(&app, &format!("/orgs/{}/members", member.info.slug))? {
        let mut page = page(&app, &member, form, errors).await?;
        page.shell = page.shell.noting(note);
        return Ok(Page::with_status(StatusCode::FORBIDDEN, page).into_response());
    }
    let Some(new) = read(&member, &form, &mut errors) else {
        return again(&app, &member, form, errors).await;
    };
    match member::invite(&app, &member.info, &member.ctx(), Some(&member.profile), new).await {
        Ok(invited) => answered(&app, &member, &invited).await,
        Err(Error::Conflict(rule)) => {
            errors.add("email", rule);
            again(&app, &member, form, errors).await
        }
        Err(error) => Err(error),
    }
}

fn read(member: &MemberSession, form: &Form, errors: &mut FieldErrors) -> Option<NewMember> {
    let email = errors.take("email", Email::parse(form.email.trim()));
    let name = match form.name.trim() {
        "" => Some(None),
        name => errors.take("name", PersonName::parse(name)).map(Some),
    };
    let roles = roles(member, &form.role, errors);
    Some(NewMember { email: email?, name: name?, roles: roles? })
}

/// The roles that were chosen, if whoever chose them may give them.
pub(super) fn roles(member: &MemberSession, words: &[String], errors: &mut FieldErrors) -> Option<Roles> {
    let roles = Roles::new(words.iter().filter_map(|word| Role::parse(word).ok()));
    let roles = errors.take("role", roles)?;
    if !member.roles().may_manage(&roles) {
        errors.add("role", "Only an owner makes an owner");
        return None;
    }
    Some(roles)
}

async fn again(app: &App, member: &MemberSession, form: Form, errors: FieldErrors) -> Result<Response> {
    let page = page(app, member, form, errors).await?;
    Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The list, with the form as it was filled in.
async fn page(app: &App, member: &MemberSession, form: Form, errors: FieldErrors) -> Result<ListPage> {
    let roles = form.role.iter().filter_map(|word| Role::parse(word).ok()).collect();
    let typed = InviteForm { email: form.email, name: form.name, roles, errors, ..InviteForm::default() };
    list::page(app, member, &Asked::default(), typed).await
}

/// Back to where one came from after a mail went out; the link, once, where none did.
pub(super) async fn answered(app: &App, member: &MemberSession, invited: &Invited) -> Result<Response> {
    let address = format!("/orgs/{}/members", member.info.slug);
    if invited.delivery.email_sent() {
        return Ok(Redirect::to(&After::at(&format!("{address}?mail=sent"), invited.index)).into_response());
    }
    let asked = Asked { after: Some(invited.index), ..Asked::default() };
    let mut page = list::page(app, member, &asked, InviteForm::default()).await?;
    let words =
        format!("The invitation stands, but the mail did not go out: {}.", invited.delivery.state().replace('_', " "));
    page.shell = page.shell.noting(Note::Warning(words));
    page.link = Some(format!("{}{}", app.public_url(), LinkPurpose::Invitation.path(&invited.token)));
    Ok(Page::new(page).into_response())
}
