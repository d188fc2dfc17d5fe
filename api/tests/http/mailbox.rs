//! What a test's service has sent.

use std::sync::Arc;

use api::mail::{Kept, Transport};
use axum::body::Body;
use axum::http::{Method, header};
use domain::context::Ctx;
use ledger::entry::{Actor, ActorType};
use serde_json::Value;

use crate::app::{Answer, TestApp, request};

impl TestApp {
    fn kept(&self) -> Vec<Arc<Kept>> {
        let Transport::Kept(mailbox) = self.app.mail() else { panic!("the test's mail goes elsewhere") };
        mailbox.messages()
    }

    /// How many letters there are.
    pub(crate) fn letters(&self) -> usize {
        self.kept().len()
    }

    /// The newest letter, as text.
    pub(crate) fn letter(&self) -> String {
        self.kept().first().expect("a letter").letter.text.clone()
    }

    /// The token of the newest invitation.
    pub(crate) fn token_in_mail(&self) -> String {
        let letter = self.letter();
        let (_, rest) = letter.split_once("/auditor/").expect("an invitation has a link");
        rest.chars().take_while(char::is_ascii_hexdigit).collect()
    }

    /// A request by somebody who shows nothing.
    pub(crate) async fn post_json_without_key(&self, path: &str, body: &Value) -> Answer {
        let request = request(Method::POST, path, None).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

/// What the command line does.
pub(crate) fn system() -> Ctx {
    let actor = Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None };
    Ctx::of(actor, store::clock::now())
}
