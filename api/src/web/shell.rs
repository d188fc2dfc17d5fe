//! What layouts show around a page: whose it is, who looks at it, where in the whole it stands, and what the last act was
//! recorded as. Made of plain values; whoever knows the session fills them in.

use domain::member::{Permission, Roles};

use super::after::Arrival;
use super::assets;
use super::components::{Tone, grouped};
use super::form::FormToken;
use super::moment::{Clock, Moment};

/// The frame of a page, of one of the three worlds: [`OfOrganisation`], [`OfAuditor`], [`Plain`].
pub struct Shell<W> {
    /// What the layout of that world needs.
    pub world: W,
    /// By which clocks the page tells times.
    pub clock: Clock,
    /// Something to know before the page is read.
    pub note: Option<Note>,
    /// The act that led here, by its place in the log.
    pub entry: Option<EntryLink>,
    token: String,
}

/// The frame of a member's page.
pub struct OfOrganisation {
    /// What the organisation is called.
    pub name: String,
    /// How its addresses begin: `/orgs/acme`.
    pub home: String,
    /// Who looks.
    pub viewer: String,
    /// What they are, in words.
    pub roles: String,
    /// Where they may go.
    pub items: Vec<NavItem>,
}

/// The frame of an auditor's page.
pub struct OfAuditor {
    /// Whose records these are.
    pub organisation: String,
    /// Whose access it is.
    pub auditor: String,
    /// Who looks: the auditor, or a member to whom this is a preview.
    pub seen_by: String,
    /// The auditor's firm, where it is known.
    pub firm: Option<String>,
    /// What the auditor may do, in words: "Read-only", "Read and download".
    pub level: String,
    /// When access ends.
    pub until: Moment,
    /// What the auditor was given, as tabs.
    pub tabs: Vec<Tab>,
}

/// The frame of a page for whoever comes, signed in or not.
pub struct Plain {
    /// Whose page it is, where that may be said.
    pub organisation: Option<String>,
}

/// A word of the navigation.
pub struct NavItem {
    /// The word.
    pub word: &'static str,
    /// Where it leads.
    pub href: String,
    /// Whether the page is there.
    pub is_current: bool,
}

/// One tab of a row of them.
pub struct Tab {
    /// What it holds.
    pub word: String,
    /// Where it leads.
    pub href: String,
    /// Whether the page is that.
    pub is_current: bool,
}

/// Something to know before a page is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The read model has not caught up with the act that led here.
    Updating,
    /// What was done, in a sentence.
    Done(String),
    /// What was not done, or asks for attention, in a sentence.
    Warning(String),
    /// The same, with the page that it is about.
    WarningOf {
        /// In a sentence.
        words: String,
        /// Its address.
        href: String,
        /// What the page is.
        page: &'static str,
    },
    /// Whoever is signed in confirms first that it is them, beside the form that the page shows again.
    ToConfirm {
        /// In a sentence, to which the link is the end.
        words: String,
        /// Where one confirms.
        href: String,
    },
}

/// An entry, and where one reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryLink {
    /// Its place in the log.
    pub index: u64,
    /// Its page.
    pub href: String,
}

impl Note {
    /// Its state.
    pub const fn tone(&self) -> Tone {
        match self {
            Self::Updating => Tone::Info,
            Self::Done(_) => Tone::Good,
            Self::Warning(_) | Self::WarningOf { .. } | Self::ToConfirm { .. } => Tone::Waiting,
        }
    }

    /// Its icon.
    pub const fn icon(&self) -> &'static str {
        match self {
            Self::Updating => "clock",
            Self::Done(_) => "check",
            Self::Warning(_) | Self::WarningOf { .. } | Self::ToConfirm { .. } => "alert",
        }
    }

    /// How screen readers come to say it: at once where it asks for attention.
    pub const fn role(&self) -> &'static str {
        match self {
            Self::Updating | Self::Done(_) => "status",
            Self::Warning(_) | Self::WarningOf { .. } | Self::ToConfirm { .. } => "alert",
        }
    }

    /// The page that it is about, address and name.
    pub fn page(&self) -> Option<(&str, &'static str)> {
        match self {
            Self::WarningOf { href, page, .. } => Some((href, page)),
            Self::ToConfirm { href, .. } => Some((href, "Confirm that it is you")),
            Self::Updating | Self::Done(_) | Self::Warning(_) => None,
        }
    }

    /// Whether that page opens in another tab, so that this one keeps what was typed.
    pub const fn is_beside(&self) -> bool {
        matches!(self, Self::ToConfirm { .. })
    }

    /// What it says.
    pub fn words(&self) -> &str {
        match self {
            Self::Updating => "Updating: this page does not show your last act yet. Load it again in a moment.",
            Self::Done(words)
            | Self::Warning(words)
            | Self::WarningOf { words, .. }
            | Self::ToConfirm { words, .. } => words,
        }
    }
}

impl EntryLink {
    /// The index with its thousands apart: `1,284`.
    pub fn number(&self) -> String {
        grouped(self.index)
    }
}

/// The parts of the organisation's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nav {
    /// Who has access.
    Grants,
    /// What is audited.
    Engagements,
    /// Files.
    Evidence,
    /// Everything else that auditors see.
    Records,
    /// The log.
    Ledger,
    /// Who is a member.
    Members,
    /// What was sent.
    Mail,
    /// Settings, policy, terms.
    Settings,
    /// The viewer's own; not in the list.
    Account,
}

impl Nav {
    /// In the order of the navigation; at most nine.
    const LISTED: [Self; 8] = [
        Self::Grants,
        Self::Engagements,
        Self::Evidence,
        Self::Records,
        Self::Ledger,
        Self::Members,
        Self::Mail,
        Self::Settings,
    ];

    /// Its word, the end of its address, and what whoever goes there must be permitted.
    const fn parts(self) -> (&'static str, &'static str, Option<Permission>) {
        match self {
            Self::Grants => ("Auditor Collaboration", "grants", Some(Permission::GrantsRead)),
            Self::Engagements => ("Engagements", "engagements", Some(Permission::EngagementsRead)),
            Self::Evidence => ("Evidence", "evidence", Some(Permission::EvidenceRead)),
            Self::Records => ("Records", "records", Some(Permission::RecordsRead)),
            Self::Ledger => ("Ledger", "ledger", Some(Permission::LedgerRead)),
            Self::Members => ("Members", "members", Some(Permission::MembersRead)),
            Self::Mail => ("Mail", "mails", Some(Permission::MailRead)),
            Self::Settings => ("Settings", "settings", Some(Permission::SettingsRead)),
            Self::Account => ("Account", "account", None),
        }
    }
}

/// What [`Shell::organisation`] is made of.
pub struct OrganisationParts<'a> {
    /// What the organisation is called.
    pub name: &'a str,
    /// How addresses name it.
    pub slug: &'a str,
    /// Who looks.
    pub viewer: &'a str,
    /// What they are.
    pub roles: &'a Roles,
    /// What their forms carry.
    pub token: FormToken,
    /// By which clocks the page tells times.
    pub clock: Clock,
    /// Which part the page belongs to.
    pub at: Nav,
}

impl Shell<OfOrganisation> {
    /// The frame of a member's page. The navigation shows what their roles permit.
    pub fn organisation(parts: OrganisationParts<'_>) -> Self {
        let home = format!("/orgs/{}", parts.slug);
        let items = Nav::LISTED.into_iter().filter_map(|nav| {
            let (word, end, permission) = nav.parts();
            let permitted = permission.is_none_or(|permission| parts.roles.permit(permission));
            permitted.then(|| NavItem { word, href: format!("{home}/{end}"), is_current: nav == parts.at })
        });
        let world = OfOrganisation {
            name: parts.name.to_owned(),
            viewer: parts.viewer.to_owned(),
            roles: parts.roles.to_string().replace('_', " "),
            items: items.collect(),
            home,
        };
        Self::new(world, parts.clock, parts.token.as_str())
    }

    /// With the act that led here.
    #[must_use]
    pub fn following(self, arrival: Option<Arrival>) -> Self {
        let ledger = format!("{}/ledger?entry=", self.world.home);
        self.arrived(arrival, |index| format!("{ledger}{index}"))
    }
}

impl Shell<OfAuditor> {
    /// The frame of an auditor's page.
    pub fn auditor(world: OfAuditor, clock: Clock, token: &FormToken) -> Self {
        Self::new(world, clock, token.as_str())
    }

    /// With the act that led here.
    #[must_use]
    pub fn following(self, arrival: Option<Arrival>) -> Self {
        self.arrived(arrival, |_| "/auditor/activity".to_owned())
    }
}

impl Shell<Plain> {
    /// The frame of a page for whoever comes; in UTC until it is known whose page it is.
    pub fn plain(organisation: Option<&str>, clock: Clock) -> Self {
        Self::new(Plain { organisation: organisation.map(str::to_owned) }, clock, "")
    }

    /// For a page of somebody who has a session all the same.
    #[must_use]
    pub fn with_token(mut self, token: &FormToken) -> Self {
        token.as_str().clone_into(&mut self.token);
        self
    }
}

impl<W> Shell<W> {
    fn new(world: W, clock: Clock, token: &str) -> Self {
        Self { world, clock, note: None, entry: None, token: token.to_owned() }
    }

    /// With something to know before the page is read.
    #[must_use]
    pub fn noting(mut self, note: Note) -> Self {
        self.note = Some(note);
        self
    }

    fn arrived(mut self, arrival: Option<Arrival>, page: impl Fn(u64) -> String) -> Self {
        if let Some(Arrival { index, is_shown }) = arrival {
            self.entry = Some(EntryLink { index, href: page(index) });
            if !is_shown {
                self.note.get_or_insert(Note::Updating);
            }
        }
        self
    }

    /// What a form of the page carries in its field `form_token`.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Where a file of the service is found.
    pub fn asset(&self, file: &str) -> String {
        assets::address(file)
    }

    /// The instant at which the page is made, for paper.
    pub fn made_at(&self) -> Moment {
        self.clock.exact(self.clock.now())
    }
}
