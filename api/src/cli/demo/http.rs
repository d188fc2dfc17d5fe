//! The demo's requests to the service that it has started, over HTTP like anybody's.

use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;

/// Speaks for one API key about one organisation.
#[derive(Clone)]
pub(super) struct Client {
    agent: ureq::Agent,
    base: Arc<str>,
    token: Arc<str>,
}

/// What the service answered.
pub(super) struct Answer {
    pub(super) status: u16,
    body: Value,
}

impl Client {
    pub(super) fn new(url: &str, organisation: &str, token: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        Self { agent: config.into(), base: format!("{url}/v1/orgs/{organisation}").into(), token: token.into() }
    }

    /// A POST; without a body where `body` is null.
    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Answer> {
        let (client, url) = (self.clone(), format!("{}/{path}", self.base));
        let answer = tokio::task::spawn_blocking(move || client.send(&url, &body)).await?;
        answer.with_context(|| format!("POST {path}"))
    }

    fn send(&self, url: &str, body: &Value) -> anyhow::Result<Answer> {
        let request = self.agent.post(url).header("Authorization", format!("Bearer {}", self.token));
        let mut response = match body {
            Value::Null => request.send_empty()?,
            body => request.content_type("application/json").send(body.to_string())?,
        };
        let text = response.body_mut().read_to_string()?;
        Ok(Answer { status: response.status().as_u16(), body: serde_json::from_str(&text)? })
    }
}

impl Answer {
    /// The index of the entry that the request made.
    pub(super) fn index(&self) -> anyhow::Result<u64> {
        let index = self.body.pointer("/entries/0/index").and_then(Value::as_u64);
        index.with_context(|| format!("the service answered {}: {}", self.status, self.body))
    }

    /// The id of the grant, and the index of its entry.
    pub(super) fn ids(&self) -> anyhow::Result<(String, u64)> {
        let index = self.index()?;
        let grant = self.body["grant"].as_str().context("the answer names no grant")?;
        Ok((grant.to_owned(), index))
    }
}
