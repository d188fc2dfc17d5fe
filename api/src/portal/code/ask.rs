//! Asking for a code by the address that was invited.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use domain::access_grant::AccessGrant;
use domain::activity::Refusal;
use domain::invitation::{Delivery, SecondFactor};
use domain::person::Email;

use super::{Asks, CodePage, cookie, send_for};
use crate::access::email_code::Challenge;
use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::auditor::{Claims, Visitor, load_grant};
use crate::error::{Error, Result};
use crate::portal::attempt::Attempt;
use crate::portal::entrance;
use crate::refusals::Refused;
use crate::web::Page;

/// Askings by one client, whatever the address.
const ASKINGS: Limit = Limit { name: "codes asked for", most: 10, within: Duration::from_mins(1) };

/// Answers alike for every address, at once: what is looked up and sent is so beside the answer.
pub(super) async fn ask(app: &App, visitor: &Visitor, jar: CookieJar, typed: &str) -> Result<Response> {
    let by = visitor.limited_by();
    if let Counted::Over { retry_after, .. } = app.requests().count(app.access_secret(), ASKINGS, &[&by]).await? {
        app.count_refused(None, Refused::Access(None, Refusal::RateLimited));
        return Err(Error::TooMany { retry_after });
    }
    let email = match Email::parse(typed.trim()) {
        Ok(email) => email,
        Err(error) => {
            let mut page = CodePage::new(app, Asks::Address);
            page.errors.add("email", format!("Type the whole address: {error}."));
            typed.clone_into(&mut page.value);
            return Ok(Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let jar = leave_another(app, visitor, jar, &email).await?;
    let challenge = Challenge::random();
    let jar = jar.add(cookie(&challenge));
    let (owned, visitor) = (app.clone(), visitor.clone());
    app.tasks().spawn(async move {
        if let Err(error) = send_to(&owned, &visitor, &challenge, &email).await {
            tracing::error!(%error, "a code that was asked for could not be sent");
        }
    });
    Ok((jar, Redirect::to("/auditor/code")).into_response())
}

/// Somebody with another address than that of the session in this browser ends that session, and is not let in by it
/// (S5-72).
async fn leave_another(app: &App, visitor: &Visitor, jar: CookieJar, email: &Email) -> Result<CookieJar> {
    let Some(claims) = Claims::of(&jar, app.access_secret()) else { return Ok(jar) };
    let access = load_grant(app, claims.log(), &claims.grant).await?;
    let Some(terms) = access.terms() else { return Ok(jar) };
    let is_theirs = terms.email.known().is_some_and(|known| is_same(known, email));
    if is_theirs {
        return Ok(jar);
    }
    entrance::end_for_mismatch(app, visitor, &claims, terms).await?;
    Attempt::under(claims.log(), &claims.grant, &access, visitor).record(app, Err(Refusal::AnotherPerson)).await?;
    Ok(jar.remove(Claims::removal()))
}

/// Addresses are compared without regard to upper and lower case.
fn is_same(one: &Email, other: &Email) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}

async fn send_to(app: &App, visitor: &Visitor, challenge: &Challenge, email: &Email) -> Result<()> {
    let mut is_known = false;
    for place in app.requests().places_of_address(app.access_secret(), email).await? {
        let access = load_grant(app, place.log, &place.grant).await?;
        if may_ask(&access, email) {
            is_known = true;
            send_for(app, challenge, &place, &access, None).await?;
        }
    }
    if !is_known {
        Attempt::nobodys_refused_aside(app, visitor, Refusal::GrantUnknown);
    }
    Ok(())
}

/// Access that is open and was given by mail, or asks for a code anyway: a code must not open what was to be handed over
/// by another way alone.
fn may_ask(access: &AccessGrant, email: &Email) -> bool {
    let Ok(terms) = access.entered(store::clock::now()) else { return false };
    let by_mail = terms.invitation.as_ref().is_some_and(|invitation| {
        invitation.delivery != Delivery::ShowOnce || invitation.second_factor == SecondFactor::EmailCode
    });
    by_mail && terms.email.known().is_some_and(|known| is_same(known, email))
}
