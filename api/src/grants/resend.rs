//! `POST /orgs/{org}/grants/{grant}/resend`: another link; the one before opens nothing any more.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::invitation::Delivery;
use serde::Deserialize;

use super::form::optional;
use crate::access::grant_token::Token;
use crate::acts::access;
use crate::acts::access::resend::resend;
use crate::app::App;
use crate::auth::{Granting, Member};
use crate::error::{Error, Result};
use crate::web::after::Arrival;
use crate::web::form::Protected;
use crate::web::page::Page;
use crate::web::shell::{Nav, OfOrganisation, Shell};

/// How the new link gets to the auditor; as the last one did where it is not said.
#[derive(Debug, Deserialize)]
pub struct Fields {
    #[serde(default)]
    delivery: String,
}

/// The new code, once.
#[derive(Template)]
#[template(path = "grants/resent.html")]
struct Resent {
    shell: Shell<OfOrganisation>,
    href: String,
    email: String,
    firm: String,
    link: String,
    code: String,
    typed_at: String,
    link_hint: &'static str,
    email_sent: Option<bool>,
}

/// Sends the invitation again, and shows the access or, where that is how the link gets there, the new code.
pub async fn post(
    member: Member<Granting>,
    State(app): State<App>,
    Path((_org, grant)): Path<(String, String)>,
    form: Protected<Fields>,
) -> Result<Response> {
    let fields = form.verify(&app, member.form_key()).await?;
    let delivery = optional(&fields.delivery, Delivery::parse);
    let delivery = delivery.map_err(|error| Error::invalid("delivery", error.to_string()))?;
    let grant = access::grant_id(&grant)?;
    let resent = resend(&app, &member, || member.require_fresh(&app), &grant, delivery, None).await?;
    let index = resent.appended.first().index;
    let href = format!("/orgs/{}/grants/{grant}", member.info.slug);
    let Some(token) = resent.shown_once else {
        // That it did not go out the page reads in the mail log.
        let mail = if resent.email_sent == Some(true) { "&mail=resent" } else { "" };
        return Ok(Redirect::to(&format!("{href}?after={index}{mail}")).into_response());
    };
    let loaded = access::load(&app, &member, &grant).await?;
    let terms = loaded.terms().ok_or(Error::NotFound)?;
    let page = Resent {
        shell: member.shell(&app, Nav::Grants).following(Some(Arrival { index, is_shown: true })),
        href,
        email: terms.email.known().map(|email| email.as_str().to_owned()).unwrap_or_default(),
        firm: terms.firm.as_str().to_owned(),
        link: token.link(app.public_url()),
        code: token.grouped(),
        typed_at: Token::typed_at(app.public_url()),
        link_hint: "The link before this one opens nothing any more.",
        email_sent: resent.email_sent,
    };
    Ok(Page::new(page).into_response())
}
