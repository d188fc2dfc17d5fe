//! `/orgs/{org}/policy`: how the organisation gives access. A preset, of which each value can be changed.

mod form;
mod words;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::organisation::{Organisation, OrganisationError, Preset};
use serde::Deserialize;

use self::form::Form;
use super::{Frame, Part, answered, arrival, shell};
use crate::acts::organisation::{NotChanged, change_policy};
use crate::app::App;
use crate::auth::{Member, MemberSession, SettingsRead, SettingsWrite};
use crate::error::Result;
use crate::grants::no_mailer::NoMailer;
use crate::web::after::After;
use crate::web::components::Choice;
use crate::web::shell::{Note, OfOrganisation};
use crate::web::{FieldErrors, Page, Protected, Shell};

#[derive(Template)]
#[template(path = "organisation/policy.html")]
struct PolicyPage {
    shell: Shell<OfOrganisation>,
    frame: Frame,
    no_mailer: Option<NoMailer>,
    /// The preset that the values in the form started from.
    preset: Preset,
    /// In the order of [`domain::organisation::Policy::rows`].
    fields: Vec<Field>,
    errors: FieldErrors,
    presets: Vec<PresetColumn>,
    /// One for each value.
    rows: Vec<Row>,
}

/// A value in the form.
struct Field {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    control: Control,
    /// What the preset has, in words, where the value is another.
    preset_value: Option<String>,
}

enum Control {
    Days(String),
    Words(Vec<Choice>),
}

/// A preset at the head of the table.
struct PresetColumn {
    title: &'static str,
    about: &'static str,
    /// The form with its values.
    href: String,
    /// Whether the organisation's policy started from it.
    is_current: bool,
}

/// A line of the table: what each preset sets, and what holds now.
struct Row {
    label: &'static str,
    now: String,
    differs: bool,
    presets: Vec<String>,
}

/// What the form begins with.
#[derive(Debug, Default, Deserialize)]
pub struct Start {
    /// A preset instead of what holds.
    preset: Option<String>,
}

/// Shows the policy, and where another preset is asked for, a form with its values, of which nothing is saved yet.
pub async fn get(
    member: Member<SettingsRead>,
    State(app): State<App>,
    Query(after): Query<After>,
    Query(start): Query<Start>,
) -> Response {
    let shell = shell(&app, &member).following(arrival(after));
    let asked = start.preset.and_then(|preset| Preset::parse(&preset).ok());
    let (form, shell) = match asked {
        Some(preset) => {
            let name = words::preset(preset).0;
            let note = Note::Done(format!("The form below has the values of “{name}”. Nothing is saved yet."));
            (Form::of(preset, preset.policy().values()), shell.noting(note))
        }
        None => (Form::of(member.organisation.preset(), member.organisation.policy().values()), shell),
    };
    Page::new(page(&app, shell, &member, &form, FieldErrors::default())).into_response()
}

/// Changes the policy.
pub async fn post(member: Member<SettingsWrite>, State(app): State<App>, form: Protected<Form>) -> Result<Response> {
    let form = form.verify(&app, member.form_key()).await?;
    let shell = shell(&app, &member);
    let mut errors = FieldErrors::default();
    let asked = form.read(&mut errors);
    let done = match asked {
        Some((preset, policy)) => {
            let before = *member.organisation.policy();
            let fresh = || member.require_fresh(&app);
            change_policy(&app, &member, fresh, preset, policy).await.inspect(|_| {
                let loosened = policy.loosened_since(&before);
                if !loosened.is_empty() {
                    tracing::info!(log = %member.info.origin, ?loosened, "a policy lets more happen than before");
                }
            })
        }
        None => return Ok(refused(page(&app, shell, &member, &form, errors))),
    };
    if let Err(NotChanged::Refused(refusal @ OrganisationError::DaysAboveCap { .. })) = &done {
        errors.add("max_days", refusal.to_string());
        return Ok(refused(page(&app, shell, &member, &form, errors)));
    }
    Ok(answered(&member, &Part::Policy.address(&member), done)?.unwrap_or_else(|refusal| {
        Page::with_status(refusal.status, page(&app, shell.noting(refusal.note), &member, &form, errors))
            .into_response()
    }))
}

fn refused(page: PolicyPage) -> Response {
    Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

fn page(
    app: &App,
    shell: Shell<OfOrganisation>,
    member: &MemberSession,
    form: &Form,
    errors: FieldErrors,
) -> PolicyPage {
    let frame = Frame::of(member, Part::Policy);
    let preset = form.preset();
    PolicyPage {
        presets: words::PRESETS.map(|one| column(one, &frame, &member.organisation)).into(),
        rows: rows(&member.organisation),
        fields: form.fields(),
        no_mailer: NoMailer::of_policy(app, member),
        shell,
        frame,
        preset,
        errors,
    }
}

fn column(preset: Preset, frame: &Frame, organisation: &Organisation) -> PresetColumn {
    let (title, about) = words::preset(preset);
    let href = format!("{}?preset={preset}#values", frame.address);
    PresetColumn { title, about, href, is_current: preset == organisation.preset() }
}

fn rows(organisation: &Organisation) -> Vec<Row> {
    let (policy, preset) = (organisation.policy(), organisation.preset());
    let differences = policy.differences(preset);
    let of_presets = words::PRESETS.map(|preset| preset.policy().rows());
    let row = |(place, (name, value)): (usize, (&'static str, String))| Row {
        label: words::field(name).0,
        now: words::value(name, &value),
        differs: differences.iter().any(|difference| difference.field == name),
        presets: of_presets.iter().map(|rows| words::value(name, &rows[place].1)).collect(),
    };
    policy.rows().into_iter().enumerate().map(row).collect()
}

impl PolicyPage {
    /// What the preset of the form is called.
    fn preset_title(&self) -> &'static str {
        words::preset(self.preset).0
    }
}
