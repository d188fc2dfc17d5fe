//! Pages on which members see and change the organisation itself: what it says of itself, how it gives access, the terms
//! that auditors accept, and its log.

pub mod home;
pub mod ledger;
pub mod policy;
pub mod settings;
pub mod terms;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use store::append::Appended;

use crate::acts::organisation::NotChanged;
use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};
use crate::mail_log;
use crate::query::percent_encode;
use crate::web::after::{After, Arrival};
use crate::web::shell::{Note, OfOrganisation, Tab};
use crate::web::{Nav, Shell};

/// The routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/orgs/{org}", get(home::get))
        .route("/orgs/{org}/settings", get(settings::get).post(settings::post))
        .route("/orgs/{org}/policy", get(policy::get).post(policy::post))
        .route("/orgs/{org}/mails", get(mail_log::get))
        .route("/orgs/{org}/terms", get(terms::get).post(terms::publish::post))
        .route("/orgs/{org}/terms/new", get(terms::editor::get).post(terms::editor::post))
        .route("/orgs/{org}/terms/review", post(terms::publish::review))
        .route("/orgs/{org}/terms/{version}", get(terms::version::get))
        .route("/orgs/{org}/ledger", get(ledger::get))
        .route("/orgs/{org}/ledger/export", get(ledger::export::get).post(ledger::export::post))
        .route("/orgs/{org}/ledger/{index}/entry", get(ledger::files::entry))
        .route("/orgs/{org}/ledger/{index}/receipt", get(ledger::files::receipt))
        .route("/orgs/{org}/ledger/{index}/proof", get(ledger::files::proof))
}

/// The three pages that the word "Settings" leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Settings,
    Policy,
    Terms,
}

impl Part {
    const ALL: [Self; 3] = [Self::Settings, Self::Policy, Self::Terms];

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Settings => ("Organisation", "settings"),
            Self::Policy => ("How access is given", "policy"),
            Self::Terms => ("Terms of engagement", "terms"),
        }
    }

    fn address(self, member: &MemberSession) -> String {
        format!("/orgs/{}/{}", member.info.slug, self.words().1)
    }
}

/// What stands at the head of each of the three.
struct Frame {
    tabs: Vec<Tab>,
    /// Where the page is.
    address: String,
    /// Whether the viewer may change what it shows.
    may_write: bool,
    /// Where whoever wants to change something confirms first who they are; none where they just did.
    confirm: Option<String>,
}

impl Frame {
    fn of(member: &MemberSession, part: Part) -> Self {
        let address = part.address(member);
        let tabs = Part::ALL.map(|one| Tab {
            word: one.words().0.to_owned(),
            href: one.address(member),
            is_current: one == part,
        });
        let confirm = format!("/orgs/{}/confirm?next={}", member.info.slug, percent_encode(&address));
        Self {
            tabs: tabs.into(),
            may_write: member.permits(domain::member::Permission::SettingsWrite),
            confirm: (!member.is_fresh()).then_some(confirm),
            address,
        }
    }
}

fn shell(app: &App, member: &MemberSession) -> Shell<OfOrganisation> {
    member.shell(app, Nav::Settings)
}

/// The act that led here. The aggregate is loaded for each page, so nothing is waited for.
fn arrival(after: After) -> Option<Arrival> {
    after.after.map(|index| Arrival { index, is_shown: true })
}

/// What a page answers to a form that was not carried out: itself, as it was filled in, and why.
struct Refusal {
    status: StatusCode,
    note: Note,
}

/// The page again, with `address` to go by, after it was done; else why it was not, where the page can say so itself.
fn answered(
    member: &MemberSession,
    address: &str,
    done: Result<Appended, NotChanged>,
) -> Result<Result<Response, Refusal>> {
    match done {
        Ok(appended) => Ok(Ok(Redirect::to(&After::at(address, appended.last().index)).into_response())),
        Err(NotChanged::Refused(refusal)) => {
            let note = Note::Warning(format!("Nothing was changed: {refusal}."));
            Ok(Err(Refusal { status: StatusCode::CONFLICT, note }))
        }
        Err(NotChanged::Failed(Error::NotFresh(refusal))) => {
            Ok(Err(Refusal { status: StatusCode::FORBIDDEN, note: member.to_confirm_beside(&refusal, address) }))
        }
        Err(NotChanged::Failed(error)) => Err(error),
    }
}
