//! Refusals as pages: what happened, what it means, what to do, and a code to quote.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::is_page;
use super::moment::Clock;
use super::page::html_page;
use super::shell::{Plain, Shell};
use crate::error::{Error, Problem};
use crate::telemetry::RequestId;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell<Plain>,
    words: Words,
    /// The word to quote; none where the answer must be the same for everybody.
    code: Option<&'static str>,
    request_id: Option<String>,
    /// Where a member confirms that it is them, where that is what is missing.
    confirm: Option<String>,
}

/// What a page says of a refusal.
struct Words {
    happened: String,
    means: String,
    to_do: String,
}

/// Shows people the problem documents that programs get.
pub async fn as_pages(request: Request, next: Next) -> Response {
    let for_people = is_page(request.uri().path()) && !wants_json(&request);
    let request_id = request.extensions().get::<RequestId>().cloned();
    let confirm = confirming(request.uri().path());
    let response = next.run(request).await;
    match response.extensions().get::<Problem>().cloned() {
        Some(problem) if for_people => page(&problem, request_id, confirm, response),
        _ => response,
    }
}

/// A script that asks for JSON alone gets it.
fn wants_json(request: &Request) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("json") && !accepted.contains("text/html")
}

/// Where members of the organisation of a path confirm who they are.
fn confirming(path: &str) -> Option<String> {
    let slug = path.strip_prefix("/orgs/")?.split('/').next()?;
    Some(format!("/orgs/{slug}/confirm"))
}

fn page(problem: &Problem, request_id: Option<RequestId>, confirm: Option<String>, response: Response) -> Response {
    // One page for everything that is not there or no longer, down to the last byte.
    let uniform = problem.status == StatusCode::NOT_FOUND.as_u16();
    let template = ErrorPage {
        shell: Shell::plain(None, Clock::utc(store::clock::now())),
        code: (!uniform).then(|| problem.slug()),
        request_id: request_id.filter(|_| !uniform).map(|id| id.0),
        confirm: confirm.filter(|_| problem.slug() == NOT_FRESH),
        words: words(problem),
    };
    let (mut head, _) = response.into_parts();
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => return Error::internal(error).into_response(),
    };
    head.headers.remove(CONTENT_TYPE);
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    head.headers.remove(WWW_AUTHENTICATE);
    let mut page = html_page(head.status, html);
    for (name, value) in &head.headers {
        page.headers_mut().insert(name, value.clone());
    }
    page
}

/// What is said of a kind of refusal.
struct Said {
    /// The words of the kinds.
    of: &'static [&'static str],
    happened: &'static str,
    /// Nothing where the detail of the problem says it.
    means: Option<&'static str>,
    to_do: &'static str,
}

/// The kind of what asks for a confirmation first.
const NOT_FRESH: &str = "not-fresh";

/// Of kinds that are not here their title and their detail are said.
const SAID: [Said; 17] = [
    Said {
        of: &["not-found"],
        happened: "There is nothing here for you",
        means: Some(
            "Invalid or expired link, or a mistyped address: the link may have been used or replaced, or the access it belonged to has ended.",
        ),
        to_do: "If somebody invited you, ask them for a new link. If you are a member, sign in and look from there.",
    },
    Said {
        of: &["unauthenticated"],
        happened: "You are not signed in",
        means: Some("Your session has ended, or this browser has none. Nothing was changed."),
        to_do: "Sign in and try again.",
    },
    Said {
        of: &["permission-missing"],
        happened: "Your roles do not include this",
        means: Some("Nothing was changed."),
        to_do: "Ask an owner or an administrator of the organisation if you need it.",
    },
    Said {
        of: &["not-granter"],
        happened: "You may not give access here",
        means: None,
        to_do: "Ask one of them. What access there is stands on the page of access.",
    },
    Said {
        of: &[NOT_FRESH],
        happened: "Confirm first that it is you",
        means: Some(
            "MFA re-confirmation required for privileged action: the last one is more than 15 minutes ago. Nothing was changed.",
        ),
        to_do: "Confirm by the link below, in another tab, then go back from this page and send the form again: it still has what you typed.",
    },
    Said {
        of: &["scope-missing", "refused"],
        happened: "You may not do this",
        means: Some("What you were given does not include it. The attempt was recorded; nothing was changed."),
        to_do: "Ask an owner of the organisation if you need it.",
    },
    Said {
        of: &["form-expired"],
        happened: "This form is no longer valid",
        means: Some("It was made for another session, or its session has ended. Nothing was changed."),
        to_do: "Go back, load the page again, and send the form once more.",
    },
    Said {
        of: &["cross-site"],
        happened: "This request came from another site",
        means: Some("A page elsewhere tried to act here in your name. It was refused, and nothing was changed."),
        to_do: "If it was you, open this service in a tab of its own and do it there.",
    },
    Said {
        of: &["contended", "idempotency-mismatch"],
        happened: "It was changed in the meantime",
        means: None,
        to_do: "Go back, load the page again to see how it stands now, and decide anew.",
    },
    Said {
        of: &["conflict"],
        happened: "As things stand this cannot be done",
        means: None,
        to_do: "Nothing was changed. Go back, load the page again to see how things stand now, and decide anew.",
    },
    Said {
        of: &["overloaded", "unavailable"],
        happened: "The service cannot do this now",
        means: Some("Nothing of this request was recorded, and nothing was changed."),
        to_do: "Try again in a few seconds. If it goes on, tell whoever runs this service.",
    },
    Said {
        of: &["outcome-unknown"],
        happened: "It is not known whether this was done",
        means: Some(
            "The request was sent to the database, and the answer did not come back. It may have been recorded.",
        ),
        to_do: "Look at the page of what you changed before you try again.",
    },
    Said {
        of: &["too-many"],
        happened: "Too many attempts",
        means: None,
        to_do: "Wait until then, and try again. What was open to you before stays open.",
    },
    Said {
        of: &["method-not-allowed"],
        happened: "This address cannot be used like that",
        means: Some("It takes another kind of request. Nothing was changed."),
        to_do: "Go back and use the buttons of the page.",
    },
    Said {
        of: &["file-differs"],
        happened: "The file is not what was recorded",
        means: Some(
            "Its bytes are not those whose hash stands in the log, so none of them is handed out, and whoever runs this service is told.",
        ),
        to_do: "Try again once the file has been restored. Quote the code and the request below.",
    },
    Said {
        of: &["not-exported"],
        happened: "No file could be made",
        means: None,
        to_do: "Nothing was handed out, and whoever runs this service is told. Try again in a minute. If it goes on, tell whoever runs this service, and quote the code and the request below.",
    },
    Said {
        of: &["internal", "record-differs"],
        happened: "Something is wrong in the service",
        means: None,
        to_do: "Tell whoever runs this service, and quote the code and the request below.",
    },
];

fn words(problem: &Problem) -> Words {
    let said = SAID.iter().find(|said| said.of.contains(&problem.slug()));
    Words {
        happened: said.map_or(problem.title, |said| said.happened).to_owned(),
        means: sentence(said.and_then(|said| said.means).unwrap_or(&problem.detail)),
        to_do: said.map_or("Go back, correct it, and try again.", |said| said.to_do).to_owned(),
    }
}

/// A text that begins small and ends without a point, as details of problems do, as a sentence.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.is_empty() || text.ends_with(['.', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
