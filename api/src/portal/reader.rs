//! Who reads with which grant: what every page behind the tabs is made for, an auditor's own or a preview of it.

use domain::access_grant::{AccessGrant, Capability, InvitePermission, Item, Resource, Scope, Terms};
use domain::activity::Refusal;
use domain::name::EvidenceId;
use domain::organisation::Organisation;
use ledger::name::Origin;
use ledger::vocabulary::Personal;
use store::append::LogId;
use store::logs::LogInfo;

use super::signed_address::Signer;
use crate::app::App;
use crate::auth::MemberSession;
use crate::auth::auditor::AuditorSession;
use crate::mail::letterhead;
use crate::record_set::is_record_set;
use crate::web::shell::{Note, OfAuditor, Tab};
use crate::web::{Clock, FormToken, Shell};
use crate::words;

/// How the addresses of the portal begin.
pub const PORTAL: &str = "/auditor/portal";
/// What a member is told on every page of a preview.
const PREVIEW: &str = "This is a preview of what the auditor sees with this access. Nothing here counts as an act of the \
    auditor, and nothing can be downloaded.";
/// What the portal shows to auditors, in the order of its tabs. Packages and requests are granted and not there yet.
const SHOWN: [Resource; 19] = [
    Resource::Evidence,
    Resource::Controls,
    Resource::Policies,
    Resource::Risks,
    Resource::Incidents,
    Resource::Vendors,
    Resource::Findings,
    Resource::Exceptions,
    Resource::Drift,
    Resource::Soa,
    Resource::ComplianceStatus,
    Resource::AccessReports,
    Resource::AccessEntitlements,
    Resource::SecurityConfig,
    Resource::UserActivity,
    Resource::BillingHistory,
    Resource::Invoices,
    Resource::UsageReports,
    Resource::AuditLogs,
];

/// Somebody who reads with a grant, as it stood when the request came.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Whose log.
    pub log: LogId,
    /// That log's origin.
    pub origin: Origin,
    /// What the organisation calls itself.
    pub organisation: String,
    /// By whose clocks, and now.
    pub clock: Clock,
    /// How the addresses of its pages begin.
    pub base: String,
    access: AccessGrant,
    terms: Terms,
    looking: Looking,
    /// What is said above every page.
    note: Option<String>,
}

/// Who looks at the pages of a [`Reader`].
#[derive(Clone, Debug)]
enum Looking {
    /// The auditor, with what the forms of their pages carry, and what signs the addresses on them.
    Auditor(FormToken, Signer),
    /// A member of this name. A preview has no forms.
    Member(String),
}

/// Where among the tabs a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// What was granted.
    Overview,
    /// A type of resource.
    Of(Resource),
    /// What the auditor did.
    Activity,
    /// None of them.
    Elsewhere,
}

impl Reader {
    /// An auditor in the portal.
    pub fn of(app: &App, auditor: &AuditorSession) -> Self {
        let terms = auditor.terms().clone();
        let token = FormToken::of(app, auditor.sid.as_str().as_bytes());
        let looking = Looking::Auditor(token, Signer::of(app, auditor));
        let base = PORTAL.to_owned();
        Self::new(&auditor.info, &auditor.organisation, (auditor.access.clone(), terms), base, looking)
    }

    /// A member who looks at what the auditor of a grant sees; none where there is no grant.
    pub fn preview(member: &MemberSession, access: AccessGrant, base: String) -> Option<Self> {
        let terms = access.terms()?.clone();
        let looking = Looking::Member(member.shown_as().to_owned());
        Some(Self::new(&member.info, &member.organisation, (access, terms), base, looking))
    }

    fn new(
        info: &LogInfo,
        organisation: &Organisation,
        (access, terms): (AccessGrant, Terms),
        base: String,
        looking: Looking,
    ) -> Self {
        let zone = organisation.settings().map_or("UTC", |settings| settings.time_zone.as_str());
        Self {
            log: info.log,
            origin: info.origin.clone(),
            organisation: letterhead(info, organisation).organisation.to_string(),
            clock: Clock::new(zone, store::clock::now()),
            base,
            access,
            terms,
            looking,
            note: None,
        }
    }

    /// What the grant comes to.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// How far it reaches.
    pub fn scope(&self) -> &Scope {
        self.terms.scope()
    }

    /// Where a revision of evidence is downloaded from, below what its addresses begin with; nothing where the grant does not
    /// allow it, and in a preview.
    pub fn download(&self, evidence: &EvidenceId, revision: u32) -> Option<String> {
        let Looking::Auditor(_, signer) = &self.looking else { return None };
        let may = self.scope().gives(Capability::Download, Resource::Evidence);
        let query = may.then(|| signer.query(evidence.as_str(), revision, self.clock.now()))?;
        Some(format!("/evidence/{evidence}/download?{query}"))
    }

    /// The same reader, whose pages say this.
    #[must_use]
    pub fn noting(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }

    /// Whether a member looks, and not the auditor.
    pub fn is_preview(&self) -> bool {
        matches!(self.looking, Looking::Member(_))
    }

    /// Whether that may be done.
    ///
    /// # Errors
    /// [`Refusal`], why not.
    pub fn permits(&self, capability: Capability, resource: Resource, item: Item<'_>) -> Result<(), Refusal> {
        if self.is_preview() {
            return self.scope().permits(capability, resource, item);
        }
        self.access.permits(self.clock.now(), capability, resource, item)
    }

    /// The types of resource that have a tab, in their order (S5-36).
    pub fn resources(&self) -> impl Iterator<Item = Resource> {
        SHOWN.into_iter().filter(|resource| self.scope().gives(Capability::View, *resource))
    }

    /// The frame of a page.
    pub fn shell(&self, at: At) -> Shell<OfAuditor> {
        let auditor = self.auditor().to_owned();
        let (seen_by, token) = match &self.looking {
            Looking::Auditor(token, _) => (auditor.clone(), token.clone()),
            Looking::Member(name) => (format!("{name}, as a preview for {auditor}"), FormToken::none()),
        };
        let world = OfAuditor {
            organisation: self.organisation.clone(),
            auditor,
            seen_by,
            firm: self.terms.firm.named().map(str::to_owned),
            level: level(self.scope()),
            until: self.clock.exact(self.terms.expires_at()),
            tabs: self.tabs(at),
        };
        let shell = Shell::auditor(world, self.clock.clone(), &token);
        match self.note() {
            Some(note) => shell.noting(note),
            None => shell,
        }
    }

    fn note(&self) -> Option<Note> {
        if self.is_preview() {
            let href = self.base.strip_suffix("/preview").unwrap_or(&self.base).to_owned();
            return Some(Note::WarningOf { words: PREVIEW.to_owned(), href, page: "Back to the access" });
        }
        self.note.clone().map(Note::Warning)
    }

    /// Whose access it is: their address (S5-35), or where access was given by permissions, their name if it is known (S2-06).
    fn auditor(&self) -> &str {
        let by_permission = |bundle| InvitePermission::ALL.iter().any(|permission| permission.bundle() == bundle);
        let is_invite = self.scope().bundles().iter().any(|bundle| by_permission(*bundle));
        let name = self.terms.name.as_ref().and_then(Personal::known).filter(|_| is_invite);
        match (name, self.terms.email.known()) {
            (Some(name), _) => name.as_str(),
            (None, Some(email)) => email.as_str(),
            (None, None) => "address erased",
        }
    }

    fn tabs(&self, at: At) -> Vec<Tab> {
        let tab = |word: &str, href: String, is_current| Tab { word: word.to_owned(), href, is_current };
        let mut tabs = vec![tab("Overview", self.base.clone(), at == At::Overview)];
        tabs.extend(self.resources().map(|resource| {
            let href = format!("{}/{resource}", self.base);
            tab(words::resource_short(resource), href, at == At::Of(resource))
        }));
        if !self.is_preview() {
            tabs.push(tab("My activity", "/auditor/activity".to_owned(), at == At::Activity));
        }
        tabs
    }
}

/// Whether there is anything of that type that a page could show.
pub fn is_shown(resource: Resource) -> bool {
    is_record_set(resource) || SHOWN.contains(&resource)
}

/// The names by which access was given: what an auditor knows as their level (S5-35).
pub fn level(scope: &Scope) -> String {
    scope.bundles().iter().map(|bundle| words::bundle_short(*bundle)).collect::<Vec<_>>().join(", ")
}
