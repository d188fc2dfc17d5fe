//! Why somebody is not let into the portal, and how they are told: people by a page, programs by a problem document.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::activity::Refusal;
use domain::organisation::Organisation;
use store::logs::LogInfo;

use crate::error::Error;
use crate::mail::letterhead;
use crate::web::shell::Plain;
use crate::web::{Clock, Page, Shell, is_page};

/// A request that was not let in.
#[derive(Debug)]
pub struct Denied {
    is_page: bool,
    reason: Reason,
}

/// Why.
#[derive(Debug)]
pub enum Reason {
    /// No session of ours. What may have been behind it is not said.
    Unknown,
    /// The session is over; the access may not be.
    SessionEnded {
        /// The organisation.
        organisation: Box<Organisation>,
        /// Its names.
        info: Box<LogInfo>,
    },
    /// The access itself is over. Said only to whoever has a cookie that we signed.
    AccessEnded {
        /// The organisation.
        organisation: Box<Organisation>,
        /// Its names.
        info: Box<LogInfo>,
        /// Why.
        refusal: Refusal,
    },
    /// The terms of engagement come first.
    TermsNotAccepted,
    /// Something failed.
    Failed(Error),
}

impl From<Error> for Reason {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Denied {
    /// Of a request for this path.
    pub fn new(path: &str, reason: Reason) -> Self {
        Self { is_page: is_page(path), reason }
    }
}

#[derive(Template)]
#[template(path = "portal/not_signed_in.html")]
struct NotSignedIn {
    shell: Shell<Plain>,
}

#[derive(Template)]
#[template(path = "portal/ended.html")]
struct Ended {
    shell: Shell<Plain>,
    organisation: String,
    contact: Option<String>,
    what: What,
}

/// What has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Session,
    Expired,
    Revoked,
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        if self.is_page { page(self.reason) } else { problem(self.reason).into_response() }
    }
}

fn problem(reason: Reason) -> Error {
    match reason {
        Reason::Unknown | Reason::SessionEnded { .. } | Reason::AccessEnded { .. } => Error::Unauthenticated,
        Reason::TermsNotAccepted => Error::Refused(Refusal::TermsNotAccepted.as_str()),
        Reason::Failed(error) => error,
    }
}

fn page(reason: Reason) -> Response {
    match reason {
        Reason::Unknown => {
            let shell = Shell::plain(None, Clock::utc(store::clock::now()));
            Page::with_status(StatusCode::UNAUTHORIZED, NotSignedIn { shell }).into_response()
        }
        Reason::SessionEnded { organisation, info } => {
            ended(StatusCode::UNAUTHORIZED, &organisation, &info, What::Session)
        }
        Reason::AccessEnded { organisation, info, refusal } => {
            let what = if refusal == Refusal::GrantRevoked { What::Revoked } else { What::Expired };
            ended(StatusCode::GONE, &organisation, &info, what)
        }
        Reason::TermsNotAccepted => Redirect::to("/auditor/toe").into_response(),
        Reason::Failed(error) => error.into_response(),
    }
}

fn ended(status: StatusCode, organisation: &Organisation, info: &LogInfo, what: What) -> Response {
    let head = letterhead(info, organisation);
    let name = head.organisation.to_string();
    let page = Ended {
        shell: Shell::plain(Some(&name), Clock::utc(store::clock::now())),
        organisation: name,
        contact: head.contact.map(|contact| contact.to_string()),
        what,
    };
    Page::with_status(status, page).into_response()
}
