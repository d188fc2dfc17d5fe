//! What it means for access that no mail goes out, and what to do about it: the same words on every page.

use domain::access_grant::Terms;
use domain::invitation::{Delivery, SecondFactor};

use super::form::option;
use crate::app::App;
use crate::auth::MemberSession;
use crate::web::components::Choice;
use crate::words;

/// Stands on pages of access where no mailer is configured (`templates/grants/no_mailer.html`).
pub(crate) struct NoMailer {
    /// Where it is decided what is asked for besides a link.
    pub(crate) policy: String,
    /// Whether a code is asked for, which reaches nobody.
    pub(crate) asks_code: bool,
    /// Whether it is about access that there is: changing the policy does not change what that asks for.
    pub(crate) is_given: bool,
}

impl NoMailer {
    /// Of access that is given from now on, by the organisation's policy; none where mail goes out.
    pub(crate) fn of_policy(app: &App, member: &MemberSession) -> Option<Self> {
        Self::of(app, member, Some(member.organisation.policy().values().second_factor), false)
    }

    /// Of access that there is; none where mail goes out.
    pub(super) fn of_access(app: &App, member: &MemberSession, terms: &Terms) -> Option<Self> {
        Self::of(app, member, terms.invitation.as_ref().map(|link| link.second_factor), true)
    }

    fn of(app: &App, member: &MemberSession, asked: Option<SecondFactor>, is_given: bool) -> Option<Self> {
        let asks_code = asked == Some(SecondFactor::EmailCode);
        let policy = format!("/orgs/{}/policy", member.info.slug);
        (!app.has_mailer()).then_some(Self { policy, asks_code, is_given })
    }
}

/// The ways in which a link can get to the auditor. Where no mail goes out there is one.
pub(super) fn deliveries(app: &App, chosen: &str) -> Vec<Choice> {
    let (ways, chosen): (&[Delivery], _) = if app.has_mailer() {
        (&[Delivery::Email, Delivery::ShowOnce, Delivery::Both], chosen)
    } else {
        (&[Delivery::ShowOnce], Delivery::ShowOnce.as_str())
    };
    ways.iter().map(|way| option(way.as_str(), words::delivery(*way), chosen)).collect()
}
