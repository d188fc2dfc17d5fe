//! Forms: who may send one, and what is wrong in it.

use std::marker::PhantomData;

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum_extra::extract::Form;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::note::{Note, NoteError};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::access::secret::Purpose;
use crate::app::App;
use crate::error::{Error, Result};

/// Largest form of a session: the terms of engagement, twice over, percent-encoded.
const FORM_BYTES_MAX: usize = 1 << 20;
/// The name of the hidden field.
pub const TOKEN_FIELD: &str = "form_token";

/// What a form carries to show that it comes from a page of this session: an HMAC of the session's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormToken(String);

impl FormToken {
    /// The token of a session, by whatever names that session alone.
    pub fn of(app: &App, session: &[u8]) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(app.access_secret().mac(Purpose::Form, &[session])))
    }

    /// That of a page without forms.
    pub fn none() -> Self {
        Self(String::new())
    }

    /// One that is of no session.
    pub fn sample() -> Self {
        Self("of-no-session".to_owned())
    }

    /// Its text, for the hidden field.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a form of this session has sent this, in constant time.
    pub fn is_of(sent: &str, app: &App, session: &[u8]) -> bool {
        let mac = BASE64_URL_SAFE_NO_PAD.decode(sent).unwrap_or_default();
        app.access_secret().verifies(Purpose::Form, &[session], &mac)
    }
}

/// A form of a session, which cannot be read before its token was checked.
pub struct Protected<F> {
    body: Vec<u8>,
    form: PhantomData<F>,
}

impl<F: DeserializeOwned> Protected<F> {
    /// The form, if it was sent from a page of this session.
    ///
    /// # Errors
    /// [`Error::FormExpired`] where the token is another; [`Error::BadRequest`] where fields are missing that pages send.
    pub async fn verify(self, app: &App, session: &[u8]) -> Result<F> {
        #[derive(Deserialize)]
        struct Token {
            form_token: String,
        }
        let token: Token = parse(self.body.clone()).await.map_err(|_| Error::FormExpired)?;
        if !FormToken::is_of(&token.form_token, app, session) {
            return Err(Error::FormExpired);
        }
        parse(self.body).await
    }
}

impl<F> FromRequest<App> for Protected<F> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        Ok(Self { body: crate::json::form_bytes(request, FORM_BYTES_MAX, app).await?, form: PhantomData })
    }
}

/// A form of somebody who has no session yet, so that there is nothing that another site could use; such a site's form
/// does not arrive (`cross_site`). It has at most 16 KiB.
pub struct Open<F>(pub F);

impl<F: DeserializeOwned> FromRequest<App> for Open<F> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        parse(crate::json::open_form_bytes(request, app).await?).await.map(Self)
    }
}

/// Fields may repeat; those that `F` does not name are passed over.
async fn parse<F: DeserializeOwned>(body: Vec<u8>) -> Result<F> {
    let request = Request::post("/").header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.into());
    let request = request.expect("a request of constants");
    let form = Form::<F>::from_request(request, &()).await;
    form.map(|Form(form)| form).map_err(|error| Error::BadRequest(error.to_string()))
}

/// What is wrong in a form, in the order of its fields: shown beside each field, and together at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the field, which is also its id on the page.
    pub field: &'static str,
    /// What holds there, as a sentence.
    pub rule: String,
}

impl FieldErrors {
    /// Notes that something is wrong. Rules of the domain begin small and end without a point; here they are sentences.
    pub fn add(&mut self, field: &'static str, rule: impl Into<String>) {
        self.0.push(FieldError { field, rule: super::errors::sentence(&rule.into()) });
    }

    /// The value, or a note of why there is none.
    pub fn take<T, E: std::fmt::Display>(
        &mut self,
        field: &'static str,
        result: std::result::Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// What a field says that must say something, without the blanks around it. What is wrong is noted with the field's
    /// label, for the rule stands at the top of the page too.
    pub fn required<T, E: std::fmt::Display>(
        &mut self,
        field: &'static str,
        label: &str,
        text: &str,
        parse: impl FnOnce(&str) -> std::result::Result<T, E>,
    ) -> Option<T> {
        if text.trim().is_empty() {
            self.add(field, format!("{label} is missing"));
        }
        self.optional(field, label, text, parse)
    }

    /// The same of a field that may be empty.
    pub fn optional<T, E: std::fmt::Display>(
        &mut self,
        field: &'static str,
        label: &str,
        text: &str,
        parse: impl FnOnce(&str) -> std::result::Result<T, E>,
    ) -> Option<T> {
        let text = text.trim();
        if text.is_empty() { None } else { self.take(field, parse(text).map_err(|error| format!("{label}: {error}"))) }
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much is wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The rule that is broken at a field; empty where none is.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|error| error.field == field).map_or("", |error| error.rule.as_str())
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.0.iter()
    }
}

/// A note as a form has it: browsers end lines in their own way, and an empty one is none.
///
/// # Errors
/// [`NoteError`].
pub fn note(text: &str) -> std::result::Result<Option<Note>, NoteError> {
    match text.replace("\r\n", "\n").trim() {
        "" => Ok(None),
        text => Note::parse(text).map(Some),
    }
}

impl<'a> IntoIterator for &'a FieldErrors {
    type Item = &'a FieldError;
    type IntoIter = std::slice::Iter<'a, FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
