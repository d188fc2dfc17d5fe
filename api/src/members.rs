//! `/orgs/{org}/members`: who works in the organisation, and as what.

pub mod change;
pub mod invite;
pub mod list;
pub mod one;

use axum::Router;
use axum::routing::{get, post};
use domain::member::Role;

use crate::acts::member::role_in_words;
use crate::app::App;
use crate::web::components::{Choice, Tone};

/// The routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/orgs/{org}/members", get(list::get).post(invite::post))
        .route("/orgs/{org}/members/{member}", get(one::get))
        .route("/orgs/{org}/members/{member}/resend", post(change::resend))
        .route("/orgs/{org}/members/{member}/roles", post(change::roles))
        .route("/orgs/{org}/members/{member}/suspend", post(change::suspend))
        .route("/orgs/{org}/members/{member}/reinstate", post(change::reinstate))
        .route("/orgs/{org}/members/{member}/remove", post(change::remove))
}

/// A state as a badge.
fn badge(state: &str, invitation_is_over: bool) -> (Tone, &'static str) {
    match state {
        "invited" if invitation_is_over => (Tone::Ended, "Invitation expired"),
        "invited" => (Tone::Waiting, "Invited"),
        "active" => (Tone::Good, "Active"),
        "suspended" => (Tone::Ended, "Suspended"),
        _ => (Tone::Ended, "Removed"),
    }
}

/// All roles with what they are for, the strongest first. An owner's is offered to owners alone.
fn role_choices(with_owner: bool, chosen: impl Fn(Role) -> bool) -> Vec<Choice> {
    const ROLES: [(Role, &str); 7] = [
        (Role::Owner, "All that an administrator does, and makes and unmakes owners. There is always one."),
        (Role::Admin, "Runs the account: members, settings, keys, access."),
        (Role::ComplianceOfficer, "Runs audits: engagements, access, records, evidence and the log."),
        (Role::Approver, "Decides what needs a second person."),
        (Role::ResourceOwner, "Keeps records and evidence of what they answer for."),
        (Role::Contributor, "Adds evidence."),
        (Role::Viewer, "Sees engagements, evidence, records and who has access; changes nothing."),
    ];
    let offered = ROLES.into_iter().filter(|(role, _)| with_owner || *role != Role::Owner || chosen(*role));
    offered
        .map(|(role, about)| Choice::new(role.as_str(), role_in_words(role), chosen(role)).explained(about))
        .collect()
}
