//! A person of the demo, who reaches the service over HTTP like anybody: with cookies, forms and the address of a page.

use std::collections::BTreeMap;

use anyhow::Context as _;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, Response, request};
use axum_extra::extract::cookie::Cookie;
use serde_json::Value;

use crate::auth::principal::FORM_TOKEN;
use crate::web::form::TOKEN_FIELD;

/// As somebody's browser, as far as the pages of the demo need one.
pub(super) struct Visitor {
    agent: ureq::Agent,
    origin: String,
    cookies: BTreeMap<String, String>,
    /// Of the page that was opened last.
    form_token: Option<String>,
    api_key: Option<String>,
}

/// What was answered.
pub(super) struct Reply {
    asked: String,
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
}

impl Visitor {
    /// Somebody who has been nowhere.
    pub(super) fn new(origin: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        let (origin, cookies) = (origin.trim_end_matches('/').to_owned(), BTreeMap::new());
        Self { agent: config.into(), origin, cookies, form_token: None, api_key: None }
    }

    /// A program with an API key.
    pub(super) fn with_key(origin: &str, key: &str) -> Self {
        Self { api_key: Some(key.to_owned()), ..Self::new(origin) }
    }

    /// Opens a page, or reads what is there for programs.
    pub(super) async fn get(&mut self, path: &str) -> anyhow::Result<Reply> {
        let reply = self.send(Request::get(self.url(path)), Vec::new()).await?;
        if let Ok(token) = reply.field(TOKEN_FIELD) {
            self.form_token = Some(token);
        }
        Ok(reply)
    }

    /// Sends a form of the page that was opened last.
    pub(super) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Reply> {
        let token = self.form_token.iter().map(|token| (TOKEN_FIELD, token.as_str()));
        let fields: Vec<_> = fields.iter().copied().chain(token).collect();
        let request = Request::post(self.url(path)).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, serde_html_form::to_string(fields)?.into_bytes()).await
    }

    /// Sends JSON, from the page that was opened last where there is one; what was answered is JSON, and good.
    pub(super) async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send_as(Request::post(self.url(path)), "application/json", body.to_string().into_bytes()).await
    }

    /// The same for any type of body.
    pub(super) async fn send_as(
        &mut self,
        request: request::Builder,
        media_type: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<Value> {
        self.send(request.header(CONTENT_TYPE, media_type), body).await?.json()
    }

    /// An address of the service.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    async fn send(&mut self, mut request: request::Builder, body: Vec<u8>) -> anyhow::Result<Reply> {
        if let Some(key) = &self.api_key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        if let Some(token) = &self.form_token {
            request = request.header(FORM_TOKEN, token);
        }
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(COOKIE, cookies.join("; ")).body(body)?;
        let (agent, asked) = (self.agent.clone(), format!("{} {}", request.method(), request.uri().path()));
        let answer = tokio::task::spawn_blocking(move || {
            let (parts, mut body) = agent.run(request)?.into_parts();
            Ok::<_, ureq::Error>(Response::from_parts(parts, body.read_to_vec()?))
        });
        let answer = answer.await?.with_context(|| asked.clone())?;
        self.keep_cookies(&answer);
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Reply { asked, status: answer.status().as_u16(), location, body: answer.into_body() })
    }

    fn keep_cookies(&mut self, answer: &Response<Vec<u8>>) {
        let texts = answer.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        for cookie in texts.filter_map(|text| Cookie::parse(text).ok()) {
            // One without a value takes the cookie out.
            if cookie.value().is_empty() {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }
}

impl Reply {
    /// A page, as text.
    pub(super) fn page(&self) -> anyhow::Result<String> {
        anyhow::ensure!(self.status == 200, "{} was answered with {}", self.asked, self.status);
        Ok(String::from_utf8(self.body.clone())?)
    }

    /// Whether the service says that access has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.status == 410
    }

    /// Where a form leads that was taken.
    pub(super) fn leads_to(&self) -> anyhow::Result<&str> {
        let taken = (self.status == 303).then_some(self.location.as_deref()).flatten();
        taken.with_context(|| format!("{} was answered with {}", self.asked, self.status))
    }

    /// The value of a hidden field of a page.
    pub(super) fn field(&self, name: &str) -> anyhow::Result<String> {
        let value = self.between(&format!("name=\"{name}\" value=\""), "\"");
        value.with_context(|| format!("{} has no field {name}", self.asked))
    }

    /// What stands between two texts.
    pub(super) fn between(&self, before: &str, after: &str) -> Option<String> {
        let page = std::str::from_utf8(&self.body).ok()?;
        let (_, rest) = page.split_once(before)?;
        Some(rest.split_once(after)?.0.to_owned())
    }

    /// What programs are answered.
    pub(super) fn json(&self) -> anyhow::Result<Value> {
        let text = String::from_utf8_lossy(&self.body);
        anyhow::ensure!(matches!(self.status, 200 | 201), "{} was answered with {}: {text}", self.asked, self.status);
        Ok(serde_json::from_slice(&self.body)?)
    }
}
