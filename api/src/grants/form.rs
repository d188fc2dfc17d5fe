//! The form of access: to whom, to what and until when. A form that changes access has only the last two.

use std::collections::BTreeSet;

use domain::access_grant::{Bundle, Filters, GrantError, InvitePermission, Level, Resource, Scope, ScopeError, Window};
use domain::date::Date;
use domain::name::{EngagementId, VendorId};
use serde::Deserialize;

use crate::acts::access::NotDone;
use crate::acts::access::term::Term;
use crate::web::components::Choice;
use crate::web::errors::sentence;
use crate::web::form::FieldErrors;
use crate::words;

/// What was sent, as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Fields {
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) firm: String,
    #[serde(default)]
    pub(super) role_title: String,
    #[serde(default)]
    pub(super) delivery: String,
    #[serde(default)]
    pub(super) regrant_of: String,
    /// In which way the scope is named: `bundle`, `level`, `permissions`, or `custom` for one that was put together by a
    /// program and stays as it is.
    #[serde(default)]
    pub by: String,
    #[serde(default)]
    pub(super) bundle: String,
    #[serde(default)]
    pub(super) level: String,
    #[serde(default)]
    pub(super) resources: Vec<String>,
    #[serde(default)]
    pub(super) permissions: Vec<String>,
    /// The capabilities of a scope that stays as it is, with commas between.
    #[serde(default)]
    pub(super) kept_capabilities: String,
    /// Its types of resource.
    #[serde(default)]
    pub(super) kept_resources: String,
    #[serde(default)]
    pub(super) vendors: String,
    #[serde(default)]
    pub(super) engagement: String,
    #[serde(default)]
    pub(super) window_from: String,
    #[serde(default)]
    pub(super) window_until: String,
    #[serde(default)]
    pub(super) expires_on: String,
}

/// The choices of the form, each with what it opens.
pub struct ScopeChoices {
    pub(super) ways: Vec<Choice>,
    pub(super) bundles: Vec<Choice>,
    pub(super) levels: Vec<Choice>,
    pub(super) resources: Vec<Choice>,
    pub(super) permissions: Vec<Choice>,
}

/// On what a level can be given.
const OF_LEVELS: [Resource; 7] = [
    Resource::Evidence,
    Resource::Controls,
    Resource::Policies,
    Resource::Incidents,
    Resource::Risks,
    Resource::Soa,
    Resource::Vendors,
];

const BUNDLES: [Bundle; 4] = [Bundle::Compliance, Bundle::Security, Bundle::Financial, Bundle::Full];
const LEVELS: [Level; 3] = [Level::ReadOnly, Level::Comment, Level::FullAccess];
const PERMISSIONS: [InvitePermission; 4] = [
    InvitePermission::ViewControls,
    InvitePermission::ViewEvidence,
    InvitePermission::SubmitIrl,
    InvitePermission::DownloadPackage,
];

impl Fields {
    /// The form of a scope that is there.
    pub fn of(scope: &Scope, expires_on: String) -> Self {
        let has = |bundle: Bundle| scope.bundles().contains(&bundle);
        let level = LEVELS.into_iter().find(|level| has(level.bundle()));
        let bundle = BUNDLES.into_iter().find(|bundle| has(*bundle));
        let by = match (level, bundle) {
            (Some(_), _) => "level",
            (_, Some(_)) => "bundle",
            _ if has(Bundle::Custom) => "custom",
            _ => "permissions",
        };
        let kept = |words: Vec<String>| if by == "custom" { words.join(",") } else { String::new() };
        let permissions = PERMISSIONS.into_iter().filter(|permission| has(permission.bundle()));
        let filters = scope.filters();
        let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
        Self {
            by: by.to_owned(),
            bundle: bundle.map(|bundle| bundle.to_string()).unwrap_or_default(),
            level: level.map(|level| level.to_string()).unwrap_or_default(),
            resources: scope.resources().iter().map(ToString::to_string).collect(),
            permissions: permissions.map(|permission| permission.to_string()).collect(),
            kept_capabilities: kept(scope.capabilities().iter().map(ToString::to_string).collect()),
            kept_resources: kept(scope.resources().iter().map(ToString::to_string).collect()),
            vendors: filters.vendors.iter().map(VendorId::as_str).collect::<Vec<_>>().join(", "),
            engagement: filters.engagement.as_ref().map(ToString::to_string).unwrap_or_default(),
            window_from: date(filters.window.and_then(|window| window.from())),
            window_until: date(filters.window.and_then(|window| window.until())),
            expires_on,
            ..Self::default()
        }
    }

    /// What a form proposes: the least that is of use (S5-18).
    pub fn proposed(engagement: String) -> Self {
        let by = if engagement.is_empty() { "level" } else { "permissions" };
        Self {
            by: by.to_owned(),
            bundle: Bundle::Compliance.to_string(),
            level: Level::ReadOnly.to_string(),
            resources: vec![Resource::Evidence.to_string()],
            permissions: vec![InvitePermission::ViewControls.to_string()],
            engagement,
            ..Self::default()
        }
    }

    /// The scope; nothing where something is wrong, which then stands among the errors.
    pub fn scope(&self, errors: &mut FieldErrors) -> Option<Scope> {
        let scope = match self.by.as_str() {
            "bundle" => errors.take("bundle", Bundle::parse(&self.bundle)).map(Scope::of_bundle),
            "level" => self.of_level(errors),
            "permissions" => self.of_permissions(errors),
            "custom" => Some(self.kept()),
            _ => {
                errors.add("by", "Choose in which way the access is described.");
                None
            }
        };
        let filters = self.filters(errors)?;
        let scope = errors.take(field_of(&self.by), scope?)?;
        errors.take("vendors", scope.limited_to(filters))
    }

    fn of_level(&self, errors: &mut FieldErrors) -> Option<Result<Scope, ScopeError>> {
        let level = errors.take("level", Level::parse(&self.level))?;
        let resources = self.resources.iter().map(|word| Resource::parse(word)).collect::<Result<BTreeSet<_>, _>>();
        Some(Scope::of_level(level, errors.take("resources", resources)?))
    }

    fn of_permissions(&self, errors: &mut FieldErrors) -> Option<Result<Scope, ScopeError>> {
        let parsed = self.permissions.iter().map(|word| InvitePermission::parse(word)).collect::<Result<Vec<_>, _>>();
        let permissions = errors.take("permissions", parsed)?;
        if permissions.is_empty() {
            errors.add("permissions", "Tick at least one permission.");
            return None;
        }
        Some(Scope::of_permissions(permissions))
    }

    fn kept(&self) -> Result<Scope, ScopeError> {
        Scope::custom(self.kept_capabilities.split(','), self.kept_resources.split(','))
    }

    fn filters(&self, errors: &mut FieldErrors) -> Option<Filters> {
        let parts = self.vendors.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
        let vendors = errors.take("vendors", parts.map(VendorId::parse).collect::<Result<BTreeSet<_>, _>>());
        let engagement = optional(&self.engagement, EngagementId::parse);
        let engagement = errors.take("engagement", engagement);
        let from = errors.take("window_from", optional(&self.window_from, Date::parse));
        let until = errors.take("window_until", optional(&self.window_until, Date::parse));
        let window = match (from?, until?) {
            (None, None) => None,
            (from, until) => Some(errors.take("window_until", Window::new(from, until))?),
        };
        Some(Filters { vendors: vendors?, engagement: engagement?, window })
    }

    /// The end; the policy's default where none was chosen.
    pub fn term(&self, errors: &mut FieldErrors) -> Option<Term> {
        let date = errors.take("expires_on", optional(&self.expires_on, Date::parse))?;
        Some(date.map_or(Term::Default, Term::Through))
    }

    /// Whether anything limits it further.
    pub fn has_limits(&self) -> bool {
        [&self.engagement, &self.vendors, &self.window_from, &self.window_until].iter().any(|text| !text.is_empty())
    }

    /// The choices, with what was chosen.
    pub fn choices(&self) -> ScopeChoices {
        let ways = [
            ("level", "By level", "How much the auditor may do, on the types of records that you tick."),
            ("permissions", "By permission", "What an invitation to an engagement opens, one by one."),
            ("bundle", "By kind of audit", "Tables to see and to export, as a kind of audit needs them."),
        ];
        let ways = ways.map(|(value, label, about)| choice(value, label, about.to_owned(), self.by == value));
        let kept = self.kept().map(|scope| choice("custom", "As it is now", as_it_is(&scope), self.by == "custom"));
        let bundles = BUNDLES.map(|bundle| {
            let about = Scope::of_bundle(bundle).map(|scope| opens(&scope)).unwrap_or_default();
            choice(bundle.as_str(), words::bundle(bundle), about, self.bundle == bundle.as_str())
        });
        let levels = LEVELS.map(|level| {
            choice(level.as_str(), words::bundle(level.bundle()), may(level), self.level == level.as_str())
        });
        let resources = OF_LEVELS.map(|resource| {
            let is_chosen = self.resources.iter().any(|word| word == resource.as_str());
            choice(resource.as_str(), words::resource(resource), String::new(), is_chosen)
        });
        let permissions = PERMISSIONS.map(|permission| {
            let is_chosen = self.permissions.iter().any(|word| word == permission.as_str());
            choice(permission.as_str(), words::bundle(permission.bundle()), permission_opens(permission), is_chosen)
        });
        ScopeChoices {
            ways: kept.into_iter().chain(ways).collect(),
            bundles: bundles.into(),
            levels: levels.into(),
            resources: resources.into(),
            permissions: permissions.into(),
        }
    }
}

/// The field at which a refusal of a whole scope stands.
fn field_of(by: &str) -> &'static str {
    match by {
        "bundle" => "bundle",
        "level" => "resources",
        "custom" => "by",
        _ => "permissions",
    }
}

/// What is said of a refusal: what to choose instead where it is about the end.
pub(super) fn refusal(refusal: &NotDone) -> String {
    match refusal {
        NotDone::Refused(GrantError::TooShort { min_days, .. }) => {
            format!(
                "Choose a later day: access is given for at least {} of 24 hours here.",
                words::counted(*min_days, "day")
            )
        }
        NotDone::Refused(GrantError::TooLong { max_days, .. }) => {
            format!(
                "Choose an earlier day: access is given for at most {} of 24 hours here.",
                words::counted(*max_days, "day")
            )
        }
        other => sentence(&other.to_string()),
    }
}

pub(super) fn optional<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

pub(super) fn option(value: &str, label: &str, chosen: &str) -> Choice {
    Choice::new(value, label, value == chosen)
}

fn choice(value: &str, label: &str, explanation: String, is_chosen: bool) -> Choice {
    Choice::new(value, label, is_chosen).explained(explanation)
}

/// What a scope opens, as a sentence.
fn opens(scope: &Scope) -> String {
    let resources: Vec<_> = scope.resources().iter().map(|resource| words::resource_short(*resource)).collect();
    format!("Opens, to see and to export: {}.", resources.join(", "))
}

fn may(level: Level) -> String {
    Scope::of_level(level, []).map(|scope| allows(&scope)).unwrap_or_default()
}

/// What a scope that was put together by a program opens and allows.
fn as_it_is(scope: &Scope) -> String {
    let resources: Vec<_> = scope.resources().iter().map(|resource| words::resource_short(*resource)).collect();
    format!("Opens: {}. {}", resources.join(", "), allows(scope))
}

fn allows(scope: &Scope) -> String {
    let capabilities: Vec<_> = scope.capabilities().iter().map(|one| words::capability_here(*one)).collect();
    let Some((first, rest)) = capabilities.split_first() else { return String::new() };
    let rest: Vec<_> = rest.iter().map(|one| format!("; {}", one.to_lowercase())).collect();
    format!("{first}{}.", rest.concat())
}

fn permission_opens(permission: InvitePermission) -> String {
    if permission.bundle().is_available() {
        return match permission {
            InvitePermission::ViewControls => "The list of controls and each control, to see.".to_owned(),
            _ => "The list of evidence, and each file to download.".to_owned(),
        };
    }
    "Recorded with the access; what it opens is not available yet.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(by: &str) -> Fields {
        Fields { by: by.to_owned(), ..Fields::proposed(String::new()) }
    }

    // rows: S2-10, S2-20
    #[test]
    fn at_least_one_permission_is_ticked() {
        let mut errors = FieldErrors::default();
        let none = Fields { permissions: Vec::new(), ..fields("permissions") };
        assert!(none.scope(&mut errors).is_none());
        assert_eq!(errors.of("permissions"), "Tick at least one permission.");
        let invite = Fields::proposed("018f3b7e-0000-7000-8000-00000000e001".to_owned());
        assert_eq!((invite.by.as_str(), invite.permissions), ("permissions", vec!["view_controls".to_owned()]));
    }

    // rows: S5-18
    #[test]
    fn a_form_proposes_evidence_only_to_look_at() {
        let scope = fields("level").scope(&mut FieldErrors::default()).unwrap();
        assert_eq!(scope.resources().iter().copied().collect::<Vec<_>>(), [Resource::Evidence]);
        assert!(scope.bundles().contains(&Bundle::ReadOnly));
    }

    #[test]
    fn the_form_of_a_scope_gives_that_scope_again() {
        let scopes = [
            Scope::of_bundle(Bundle::Financial).unwrap(),
            Scope::of_level(Level::Comment, [Resource::Risks, Resource::Soa]).unwrap(),
            Scope::of_permissions([InvitePermission::ViewControls, InvitePermission::SubmitIrl]).unwrap(),
            Scope::custom(["view", "export"], ["audit_logs", "compliance_status", "evidence"]).unwrap(),
        ];
        for scope in scopes {
            let window = Window::new(Some(Date::parse("2026-01-01").unwrap()), None).unwrap();
            let scope = scope.limited_to(Filters { window: Some(window), ..Filters::default() }).unwrap();
            let mut errors = FieldErrors::default();
            assert_eq!(Fields::of(&scope, String::new()).scope(&mut errors), Some(scope));
            assert!(errors.is_empty());
        }
    }

    #[test]
    fn what_is_wrong_stands_at_its_field() {
        let wrong =
            Fields { vendors: "ok, not a vendor".to_owned(), window_from: "2026-13-01".to_owned(), ..fields("level") };
        let mut errors = FieldErrors::default();
        assert!(wrong.scope(&mut errors).is_none());
        assert!(!errors.of("vendors").is_empty() && !errors.of("window_from").is_empty());
    }
}
