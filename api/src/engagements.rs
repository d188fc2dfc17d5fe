//! The pages of engagements: what is audited, by which framework, when, and who was invited to it (S2-04, S2-22).

pub mod close;
mod form;
pub mod invites;
pub mod list;
pub mod new;
pub mod show;

use domain::engagement::{Engagement, Plan};
use domain::name::EngagementId;

use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};
use crate::web::components::Tone;
use crate::web::shell::{OfOrganisation, Tab};
use crate::web::{After, Nav, Shell};

/// The engagement of a page.
struct Shown {
    id: EngagementId,
    plan: Plan,
    is_open: bool,
}

impl Shown {
    /// As it stands, for a form.
    async fn load(app: &App, member: &MemberSession, id: &str) -> Result<Self> {
        let id = engagement_id(id)?;
        let found = app.load(member.log, &Engagement::stream(&id)).await?;
        Self::of(id, &found)
    }

    fn of(id: EngagementId, found: &Engagement) -> Result<Self> {
        let plan = found.plan().ok_or(Error::NotFound)?.clone();
        Ok(Self { id, plan, is_open: matches!(found, Engagement::Open(_)) })
    }

    fn state(&self) -> (Tone, &'static str) {
        state(self.is_open)
    }

    fn tabs(&self, home: &str, is_invites: bool) -> Vec<Tab> {
        let page = format!("{home}/engagements/{}", self.id);
        vec![
            Tab { word: "Overview".to_owned(), href: page.clone(), is_current: !is_invites },
            Tab { word: "Auditor Invites".to_owned(), href: format!("{page}/invites"), is_current: is_invites },
        ]
    }
}

fn engagement_id(text: &str) -> Result<EngagementId> {
    EngagementId::parse(text).map_err(|_| Error::NotFound)
}

fn state(is_open: bool) -> (Tone, &'static str) {
    if is_open { (Tone::Good, "open") } else { (Tone::Quiet, "closed") }
}

/// The frame of a page that shows this list or document.
async fn frame(app: &App, member: &MemberSession, after: After, shows: &'static str) -> Result<Shell<OfOrganisation>> {
    let arrival = after.wait(app, member.log, shows).await?;
    Ok(member.shell(app, Nav::Engagements).following(arrival))
}
