//! `/orgs/{org}/settings`: what the organisation says of itself.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::organisation::{Contact, OrganisationName, Settings, TimeZone};
use serde::Deserialize;

use super::{Frame, Part, answered, arrival, shell};
use crate::acts::organisation::change_settings;
use crate::app::App;
use crate::auth::{Member, MemberSession, SettingsRead, SettingsWrite};
use crate::error::Result;
use crate::web::after::After;
use crate::web::shell::OfOrganisation;
use crate::web::{Clock, FieldErrors, Page, Protected, Shell};

#[derive(Template)]
#[template(path = "organisation/settings.html")]
struct SettingsPage {
    shell: Shell<OfOrganisation>,
    frame: Frame,
    shown: Form,
    errors: FieldErrors,
    zones: Vec<String>,
    /// What the clocks of the zone say now.
    there: String,
}

/// As it was typed, or as it is.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Form {
    name: String,
    #[serde(default)]
    contact: String,
    time_zone: String,
}

/// Shows the settings.
pub async fn get(member: Member<SettingsRead>, State(app): State<App>, Query(after): Query<After>) -> Response {
    let shell = shell(&app, &member).following(arrival(after));
    Page::new(page(shell, &member, Form::of(&member), FieldErrors::default())).into_response()
}

/// Changes them.
pub async fn post(member: Member<SettingsWrite>, State(app): State<App>, form: Protected<Form>) -> Result<Response> {
    let form = form.verify(&app, member.form_key()).await?;
    let shell = shell(&app, &member);
    let mut errors = FieldErrors::default();
    let Some(settings) = form.read(&mut errors) else {
        let page = page(shell, &member, form, errors);
        return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let done = change_settings(&app, &member, || member.require_fresh(&app), settings).await;
    Ok(answered(&member, &Part::Settings.address(&member), done)?.unwrap_or_else(|refusal| {
        let page = page(shell.noting(refusal.note), &member, form, errors);
        Page::with_status(refusal.status, page).into_response()
    }))
}

fn page(shell: Shell<OfOrganisation>, member: &MemberSession, shown: Form, errors: FieldErrors) -> SettingsPage {
    let zones = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let clock = Clock::new(&shown.time_zone, shell.clock.now());
    let there = clock.exact(clock.now()).exact;
    SettingsPage { shell, frame: Frame::of(member, Part::Settings), shown, errors, zones, there }
}

impl Form {
    fn of(member: &MemberSession) -> Self {
        let settings = member.organisation.settings();
        let contact = settings.and_then(|settings| settings.contact.as_ref());
        Self {
            name: member.organisation_name().to_owned(),
            contact: contact.map(|contact| contact.as_str().to_owned()).unwrap_or_default(),
            time_zone: settings.map_or("UTC", |settings| settings.time_zone.as_str()).to_owned(),
        }
    }

    fn read(&self, errors: &mut FieldErrors) -> Option<Settings> {
        let name = match self.name.trim() {
            "" => {
                errors.add("name", "Say what the organisation is called");
                None
            }
            name => errors.take("name", OrganisationName::parse(name)),
        };
        let contact = self.contact.replace("\r\n", "\n");
        let contact = match contact.trim() {
            "" => Some(None),
            text => errors.take("contact", Contact::parse(text)).map(Some),
        };
        let time_zone = zone(&self.time_zone, errors);
        Some(Settings { name: name?, contact: contact?, time_zone: time_zone? })
    }
}

/// A zone that this service has the clocks of, by its proper name.
fn zone(text: &str, errors: &mut FieldErrors) -> Option<TimeZone> {
    let Ok(found) = jiff::tz::TimeZone::get(text.trim()) else {
        errors
            .add("time_zone", "There is no time zone of that name: choose one of the list, for example Europe/Berlin");
        return None;
    };
    errors.take("time_zone", TimeZone::parse(found.iana_name().unwrap_or("UTC")))
}
