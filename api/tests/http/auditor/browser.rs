//! A browser as far as the way in needs one: it keeps cookies, sends forms, and has an address.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};

use api::client::ClientAddress;
use axum::body::Body;
use axum::http::{Method, header};

use crate::app::{Answer, TestApp, request};

pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    address: IpAddr,
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self::at("192.0.2.7")
    }

    pub(crate) fn at(address: &str) -> Self {
        Self { cookies: BTreeMap::new(), address: address.parse().unwrap() }
    }

    /// Each at an address of its own.
    pub(crate) fn elsewhere() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        Self::at(&Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 0)) + next).to_string())
    }

    /// Another browser with the same cookies.
    pub(crate) fn copied(&self) -> Self {
        Self { cookies: self.cookies.clone(), address: self.address }
    }

    pub(crate) async fn get(&mut self, app: &TestApp, path: &str) -> Answer {
        self.send(app, Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn head(&mut self, app: &TestApp, path: &str) -> Answer {
        self.send(app, Method::HEAD, path, Body::empty()).await
    }

    /// Sends a form as it stands.
    pub(crate) async fn post(&mut self, app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encoded: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.send(app, Method::POST, path, Body::from(encoded.join("&"))).await
    }

    /// Sends a form of a page with the token that the page has.
    pub(crate) async fn submit(&mut self, app: &TestApp, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let token = field(&self.get(app, page).await.text(), "form_token");
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form_token", token.as_str())]).collect();
        self.post(app, to, &fields).await
    }

    async fn send(&mut self, app: &TestApp, method: Method, path: &str, body: Body) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request(method, path, None)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::USER_AGENT, "Mozilla/5.0 (X11) Firefox/140.0")
            .header(header::COOKIE, cookies.join("; "))
            .body(body)
            .unwrap();
        request.extensions_mut().insert(ClientAddress(self.address));
        let answer = app.send(request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// The value of a field of a page.
pub(crate) fn field(html: &str, name: &str) -> String {
    let at = html.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {html}"));
    html[at..].split('"').nth(3).unwrap().to_owned()
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"))
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn says(&self, status: u16, text: &str) {
        let body = self.text();
        assert!(self.status.as_u16() == status && body.contains(text), "{} instead of {status}: {body}", self.status);
    }

    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) {
        assert_eq!((self.status.as_u16(), self.header("location")), (303, path), "{}", self.text());
    }
}
