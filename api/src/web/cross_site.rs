//! Refuses what other sites let a browser send: browsers say with each request where it was begun.

use axum::extract::{Request, State};
use axum::http::header::{HeaderName, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::error::Error;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How the addresses end by which an auditor takes a file, which is recorded as their act.
const TAKES: [&str; 3] = ["/download", "/export", "/receipts"];

/// Lets a request through that only reads and takes no file, that was begun on a page of ours, or that no browser sent: programs say
/// neither where a request was begun nor an origin, and have no cookies that others could use.
pub async fn refuse(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.uri().path();
    let is_let_in = match (reads, request.headers()) {
        (true, headers) => !(takes_a_file(path) && is_elsewhere(headers)),
        (false, headers) => is_ours(headers, &app.public_url().to_string()),
    };
    if is_let_in { next.run(request).await } else { Error::CrossSite.into_response() }
}

fn takes_a_file(path: &str) -> bool {
    ["/auditor/", "/api/auditor/"].iter().any(|start| path.starts_with(start))
        && TAKES.iter().any(|end| path.ends_with(end))
}

/// Whether a browser says that a link on another site led here.
fn is_elsewhere(headers: &HeaderMap) -> bool {
    headers.get(&SEC_FETCH_SITE).is_some_and(|site| site == "cross-site" || site == "same-site")
}

/// `Origin: null` comes with forms of our own pages too, since they send no referrer; then `Sec-Fetch-Site` decides, which
/// every browser sends to https and to localhost.
fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match (text(&SEC_FETCH_SITE), text(&ORIGIN)) {
        (Some("same-origin" | "none"), None | Some("null")) | (None, None) => true,
        (Some("same-origin" | "none") | None, Some(origin)) => origin == public_url,
        (Some(_), _) => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::another_site(Some("cross-site"), true)]
    #[case::a_neighbour(Some("same-site"), true)]
    #[case::a_page_of_ours(Some("same-origin"), false)]
    #[case::typed(Some("none"), false)]
    #[case::a_program(None, false)]
    fn a_browser_says_whether_a_link_elsewhere_led_here(#[case] site: Option<&str>, #[case] elsewhere: bool) {
        let headers = site.map(|site| (SEC_FETCH_SITE, site.parse().unwrap()));
        assert_eq!(is_elsewhere(&headers.into_iter().collect()), elsewhere);
    }

    #[rstest]
    #[case::a_download("/auditor/portal/evidence/1/download", true)]
    #[case::by_program("/api/auditor/evidence/1/download", true)]
    #[case::a_table("/auditor/portal/risks/export", true)]
    #[case::all_receipts("/auditor/activity/receipts", true)]
    #[case::an_invitation("/auditor/0123", false)]
    #[case::a_list("/auditor/portal/risks", false)]
    #[case::a_members_page("/orgs/acme/ledger/export", false)]
    fn what_an_auditor_takes_is_not_begun_on_another_site(#[case] path: &str, #[case] takes: bool) {
        assert_eq!(takes_a_file(path), takes);
    }

    #[rstest]
    #[case::a_form_of_ours(Some("same-origin"), Some("null"), true)]
    #[case::a_script_of_ours(Some("same-origin"), Some("https://ledger.example.com"), true)]
    #[case::a_program(None, None, true)]
    #[case::an_old_browser(None, Some("https://ledger.example.com"), true)]
    #[case::another_site(Some("cross-site"), Some("https://evil.example"), false)]
    #[case::a_neighbour(Some("same-site"), Some("https://other.example.com"), false)]
    #[case::a_liar(Some("same-origin"), Some("https://evil.example"), false)]
    #[case::an_old_browser_elsewhere(None, Some("https://evil.example"), false)]
    #[case::a_sandboxed_frame(None, Some("null"), false)]
    fn only_pages_of_ours_send_forms(#[case] site: Option<&str>, #[case] origin: Option<&str>, #[case] ours: bool) {
        let mut headers = HeaderMap::new();
        if let Some(site) = site {
            headers.insert(SEC_FETCH_SITE, site.parse().unwrap());
        }
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        assert_eq!(is_ours(&headers, "https://ledger.example.com"), ours);
    }
}
