//! Somebody with a browser that has no scripts: pages, forms, cookies.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::Value;

use crate::app::{Answer, TestApp, request};
use crate::signed_in::encoded;

pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    /// The newest of each name.
    cookies: Vec<(String, String)>,
}

impl TestApp {
    /// A browser that was never here.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { app: self, cookies: Vec::new() }
    }

    /// The link in the newest letter of a kind.
    pub(crate) fn link_in_mail(&self, kind: &str) -> String {
        let api::mail::Transport::Kept(mailbox) = self.app.mail() else { panic!("tests keep their mail") };
        let messages = mailbox.messages();
        let letter = messages.iter().find(|message| message.kind == kind).expect("a letter of that kind");
        let (_, rest) = letter.letter.text.split_once("http://localhost:8080/").expect("a link");
        format!("/{}", rest.split_whitespace().next().unwrap())
    }
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = request(Method::GET, path, None).header(header::COOKIE, self.cookie());
        let answer = self.app.send(request.body(Body::empty()).unwrap()).await;
        self.keep(answer)
    }

    /// Sends a form, as a page of this service would.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        let request = request(Method::POST, path, None)
            .header(header::COOKIE, self.cookie())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
            .header("Sec-Fetch-Site", "same-origin");
        let body = Body::from(fields.collect::<Vec<_>>().join("&"));
        let answer = self.app.send(request.body(body).unwrap()).await;
        self.keep(answer)
    }

    /// What a script asks before it asks the authenticator.
    pub(crate) async fn ask(&mut self, path: &str, form_token: &str) -> Value {
        let request = request(Method::POST, path, None)
            .header(header::COOKIE, self.cookie())
            .header(header::ACCEPT, "application/json")
            .header("X-Form-Token", form_token)
            .header("Sec-Fetch-Site", "same-origin");
        let answer = self.app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }
}

impl Answer {
    /// What stands between two texts of the page.
    #[track_caller]
    pub(crate) fn between(&self, before: &str, behind: &str) -> String {
        let text = self.text();
        let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
        rest.split_once(behind).unwrap_or_else(|| panic!("no {behind} in {rest}")).0.to_owned()
    }
}
