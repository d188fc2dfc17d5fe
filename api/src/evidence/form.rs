//! What is said of evidence, as a form.

use askama::Template;
use domain::date::Date;
use domain::evidence::{Controls, EvidenceDescription, Metadata};
use domain::name::EngagementId;
use domain::record::Reference;
use domain::text::{Label, Title};
use serde::Deserialize;

use crate::app::App;
use crate::auth::MemberSession;
use crate::error::Result;
use crate::upload::Upload;
use crate::web::components::Choice;
use crate::web::shell::OfOrganisation;
use crate::web::{FieldErrors, Nav, Shell};

/// The fields.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Fields {
    #[serde(default)]
    title: String,
    #[serde(default)]
    effective_on: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    controls: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    vendor: String,
    #[serde(default)]
    engagement: String,
    #[serde(default)]
    reviewed_on: String,
}

/// Title, title of what is changed, address, and the words of the button.
pub(super) type Texts = (&'static str, Option<String>, String, &'static str);

/// The page with the form.
#[derive(Template)]
#[template(path = "evidence/form.html")]
pub struct Form {
    shell: Shell<OfOrganisation>,
    title: &'static str,
    /// The title of the evidence that is changed.
    of: Option<String>,
    action: String,
    verb: &'static str,
    /// Whether a file goes with it.
    takes_file: bool,
    fields: Fields,
    engagements: Vec<Choice>,
    errors: FieldErrors,
}

impl Form {
    /// `texts` are the title, what is changed, the address it is sent to, and the words of its button.
    pub(super) async fn new(
        app: &App,
        member: &MemberSession,
        (title, of, action, verb): Texts,
        fields: Fields,
        errors: FieldErrors,
    ) -> Result<Self> {
        let rows = super::open_engagements(app, member).await?;
        let mut engagements = super::engagement_choices(&rows, &fields.engagement, "None");
        if !engagements.iter().any(|choice| choice.is_chosen) {
            // One that is closed by now, to which it goes on to belong.
            engagements.push(Choice::new(fields.engagement.clone(), "As it is now (closed)", true));
        }
        let takes_file = action.ends_with("/new");
        let shell = member.shell(app, Nav::Evidence);
        Ok(Self { shell, title, of, action, verb, takes_file, fields, engagements, errors })
    }

    /// Where one comes from: the list, or the evidence.
    fn back(&self) -> &str {
        self.action.rsplit_once('/').map_or("", |(page, _)| page)
    }
}

impl Fields {
    /// As they stand of evidence.
    pub(super) fn of(metadata: &Metadata) -> Self {
        let text = |text: Option<String>| text.unwrap_or_default();
        let controls: Vec<_> = metadata.controls.iter().map(Reference::as_str).collect();
        Self {
            title: metadata.title.to_string(),
            effective_on: metadata.effective_on.to_string(),
            description: text(metadata.description.as_ref().map(ToString::to_string)),
            controls: controls.join(", "),
            owner: text(metadata.owner.as_ref().map(ToString::to_string)),
            vendor: text(metadata.vendor.as_ref().map(ToString::to_string)),
            engagement: text(metadata.engagement.as_ref().map(ToString::to_string)),
            reviewed_on: text(metadata.reviewed_on.as_ref().map(ToString::to_string)),
        }
    }

    /// As they were sent with a file.
    pub(super) fn of_upload(upload: &Upload) -> Self {
        let text = |name: &str| upload.text(name).unwrap_or_default().to_owned();
        Self {
            title: text("title"),
            effective_on: text("effective_on"),
            description: text("description"),
            controls: text("controls"),
            owner: text("owner"),
            vendor: text("vendor"),
            engagement: text("engagement"),
            reviewed_on: text("reviewed_on"),
        }
    }

    pub(super) fn read(&self) -> Result<Metadata, FieldErrors> {
        let mut errors = FieldErrors::default();
        let title = errors.required("title", "Title", &self.title, Title::parse);
        let effective_on = errors.required("effective_on", "Effective date", &self.effective_on, Date::parse);
        let reviewed_on = errors.optional("reviewed_on", "Last reviewed", &self.reviewed_on, Date::parse);
        let description = self.description.replace("\r\n", "\n");
        let description = errors.optional("description", "What it shows", &description, EvidenceDescription::parse);
        let owner = errors.optional("owner", "Owner", &self.owner, Label::parse);
        let vendor = errors.optional("vendor", "Vendor", &self.vendor, Reference::parse);
        let engagement = errors.optional("engagement", "Engagement", &self.engagement, EngagementId::parse);
        let words = self.controls.split([',', ';', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
        let controls = words.map(|word| Reference::parse(word).map_err(|error| format!("Controls: {word}: {error}")));
        let controls = errors.take("controls", controls.collect::<Result<Vec<_>, _>>());
        let controls = controls.and_then(|controls| errors.take("controls", Controls::new(controls)));
        match (title, effective_on, controls) {
            (Some(title), Some(effective_on), Some(controls)) if errors.is_empty() => {
                Ok(Metadata { controls, description, effective_on, engagement, owner, reviewed_on, title, vendor })
            }
            _ => Err(errors),
        }
    }
}
