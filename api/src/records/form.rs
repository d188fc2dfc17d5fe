//! The form of one record: to add it, and to change it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::access_grant::Resource;
use domain::record::{Content, Reference};

use super::show::facts;
use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};
use crate::record_set::form::{Fields, Pair};
use crate::web::shell::OfOrganisation;
use crate::web::{FieldErrors, Nav, Page, Shell};
use crate::words;

/// The page with the form.
#[derive(Template)]
#[template(path = "records/form.html")]
pub struct Form {
    shell: Shell<OfOrganisation>,
    list: String,
    name: &'static str,
    /// The record that it changes; none where it adds one.
    changes: Option<Changes>,
    fields: Fields,
    dates: Vec<Pair>,
    others: Vec<Pair>,
    errors: FieldErrors,
}

/// Which record a form changes.
pub(super) struct Changes {
    pub(super) reference: Reference,
    /// What the record says by now, where that was changed since the form was drawn.
    pub(super) meanwhile: Option<Vec<(String, String)>>,
}

impl Form {
    pub(super) fn new(
        app: &App,
        member: &MemberSession,
        resource: Resource,
        changes: Option<Changes>,
        fields: Fields,
        errors: FieldErrors,
    ) -> Self {
        let shell = member.shell(app, Nav::Records);
        Self {
            list: format!("{}/records/{resource}", shell.world.home),
            name: words::resource_short(resource),
            dates: fields.dates(),
            others: fields.fields(),
            changes,
            fields,
            errors,
            shell,
        }
    }

    fn title(&self) -> &'static str {
        if self.changes.is_some() { "Edit a record" } else { "Add a record" }
    }

    fn action(&self) -> String {
        match &self.changes {
            None => format!("{}/new", self.list),
            Some(Changes { reference, .. }) => format!("{}/edit/{reference}", self.list),
        }
    }

    /// Where one goes who changes their mind.
    fn back(&self) -> String {
        match &self.changes {
            None => self.list.clone(),
            Some(Changes { reference, .. }) => format!("{}/record/{reference}", self.list),
        }
    }

    /// As the answer to what cannot be saved.
    pub(super) fn refused(self) -> Response {
        let is_changed = self.changes.as_ref().is_some_and(|changes| changes.meanwhile.is_some());
        let status = if is_changed { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
        Page::with_status(status, self).into_response()
    }
}

/// What a record says, its title first.
pub(super) fn says(content: &Content) -> Vec<(String, String)> {
    let parts = content.parts();
    let title = ("Title".to_owned(), parts.title.to_string());
    let body = parts.body.as_ref().map(|body| ("Text".to_owned(), body.to_string()));
    std::iter::once(title).chain(facts(content)).chain(body).collect()
}

/// What an act refuses of a record that reads, at its place in the form.
pub(super) fn place(error: Error) -> Result<FieldErrors> {
    let mut errors = FieldErrors::default();
    match error {
        Error::Conflict(rule) => errors.add("reference", format!("Reference: {rule}")),
        Error::Invalid { rule, .. } => errors.add("fields", format!("Fields: engagement: {rule}")),
        error => return Err(error),
    }
    Ok(errors)
}
