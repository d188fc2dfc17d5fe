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
    let response = next.run(request).await;
    match response.extensions().get::<Problem>().cloned() {
        Some(problem) if for_people => page(&problem, request_id, response),
        _ => response,
    }
}

/// A script that asks for JSON alone gets it.
fn wants_json(request: &Request) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("json") && !accepted.contains("text/html")
}

fn page(problem: &Problem, request_id: Option<RequestId>, response: Response) -> Response {
    // One page for everything that is not there or no longer, down to the last byte.
    let uniform = problem.status == StatusCode::NOT_FOUND.as_u16();
    let template = ErrorPage {
        shell: Shell::plain(None, Clock::utc(store::clock::now())),
        code: (!uniform).then(|| problem.slug()),
        request_id: request_id.filter(|_| !uniform).map(|id| id.0),
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

fn words(problem: &Problem) -> Words {
    let (happened, means, to_do) = match problem.slug() {
        "not-found" => (
            "There is nothing here for you",
            "The address may be mistyped, the link may have been used or replaced, or the access it belonged to has ended.",
            "If somebody invited you, ask them for a new link. If you are a member, sign in and look from there.",
        ),
        "unauthenticated" => (
            "You are not signed in",
            "Your session has ended, or this browser has none. Nothing was changed.",
            "Sign in and try again.",
        ),
        "permission-missing" => (
            "Your roles do not include this",
            "Nothing was changed.",
            "Ask an owner or an administrator of the organisation if you need it.",
        ),
        "not-fresh" => (
            "Confirm first that it is you",
            "MFA re-confirmation required for privileged action: the last one is more than 15 minutes ago. Nothing was changed.",
            "Go back to the page, confirm by the link on it, and try again.",
        ),
        "scope-missing" | "refused" => (
            "You may not do this",
            "What you were given does not include it. The attempt was recorded; nothing was changed.",
            "Ask an owner of the organisation if you need it.",
        ),
        "form-expired" => (
            "This form is no longer valid",
            "It was made for another session, or its session has ended. Nothing was changed.",
            "Go back, load the page again, and send the form once more.",
        ),
        "cross-site" => (
            "This request came from another site",
            "A page elsewhere tried to act here in your name. It was refused, and nothing was changed.",
            "If it was you, open this service in a tab of its own and do it there.",
        ),
        "contended" | "conflict" | "idempotency-mismatch" => (
            "It was changed in the meantime",
            problem.detail.as_str(),
            "Go back, load the page again to see how it stands now, and decide anew.",
        ),
        "overloaded" | "unavailable" => (
            "The service cannot do this now",
            "Nothing of this request was recorded, and nothing was changed.",
            "Try again in a few seconds. If it goes on, tell whoever runs this service.",
        ),
        "outcome-unknown" => (
            "It is not known whether this was done",
            "The request was sent to the database, and the answer did not come back. It may have been recorded.",
            "Look at the page of what you changed before you try again.",
        ),
        "method-not-allowed" => (
            "This address cannot be used like that",
            "It takes another kind of request. Nothing was changed.",
            "Go back and use the buttons of the page.",
        ),
        "file-differs" => (
            "The file is not what was recorded",
            "Its bytes are not those whose hash stands in the log, so none of them is handed out. The attempt is recorded, and whoever runs this service is told.",
            "Try again once the file has been restored. Quote the code and the request below.",
        ),
        "internal" | "record-differs" => (
            "Something is wrong in the service",
            problem.detail.as_str(),
            "Tell whoever runs this service, and quote the code and the request below.",
        ),
        _ => (problem.title, problem.detail.as_str(), "Go back, correct it, and try again."),
    };
    Words { happened: happened.to_owned(), means: sentence(means), to_do: to_do.to_owned() }
}

/// Details of problems begin small and end without a point.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
