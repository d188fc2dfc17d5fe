//! Checking the code that was typed.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use domain::activity::{Opening, Refusal};

use super::{Asks, CodePage, challenge, no_cookie};
use crate::access::email_code::{self, Challenge, Code, TRIES, TRIES_BY_ADDRESS, Tried};
use crate::access::limit::{Counted, Limit};
use crate::app::App;
use crate::auth::auditor::{Visitor, load_grant};
use crate::error::{Error, Result};
use crate::portal::attempt::{self, Attempt};
use crate::portal::entrance::{self, Entrant};
use crate::portal::evenly::Arrival;
use crate::refusals::Refused;
use crate::web::Page;

/// Tries by one client, whether anything was sent to it or not.
const CLIENT_TRIES: Limit = Limit { name: "codes typed", most: 10, within: Duration::from_mins(1) };

const WRONG: &str = "This is not the code that was sent, or it does not work any more. A code works once, for ten minutes \
    and five tries.";

/// Lets in whoever typed a code that was sent to this browser's user. Wrong, used up and never sent are one answer.
pub(super) async fn check(app: &App, visitor: &Visitor, jar: CookieJar, typed: &str) -> Result<Response> {
    let arrival = Arrival::now();
    let by = visitor.limited_by();
    if let Counted::Over { retry_after, is_first } =
        app.requests().count(app.access_secret(), CLIENT_TRIES, &[&by]).await?
    {
        attempt::too_many(app, visitor, is_first);
        return Err(Error::TooMany { retry_after });
    }
    let Some(challenge) = challenge(&jar) else { return Ok(Redirect::to("/auditor/code?by=address").into_response()) };
    let Some(code) = Code::parse(typed) else {
        return Ok(again(app, typed, "A code has eight digits."));
    };
    if let Some(tried) = fitting(app, visitor, &challenge, &code).await? {
        return enter(app, visitor, jar, &challenge, &tried).await;
    }
    arrival.even().await;
    Ok(again(app, "", WRONG))
}

/// The grant whose code this is. Every try counts for its grant, whichever code it was on (NIST SP 800-63B).
async fn fitting(app: &App, visitor: &Visitor, challenge: &Challenge, code: &Code) -> Result<Option<Tried>> {
    let tried = app.requests().try_code(app.access_secret(), challenge, code).await?;
    if tried.is_empty() {
        Attempt::nobodys_refused_aside(app, visitor, Refusal::CodeExpired);
    }
    let mut fitting = None;
    for tried in tried {
        let by: [&[u8]; 2] = [tried.place.log.0.as_bytes(), tried.place.grant.as_str().as_bytes()];
        let limits: &[Limit] = if tried.token_sha256.is_none() { &[TRIES_BY_ADDRESS, TRIES] } else { &[TRIES] };
        let counted = app.requests().count_in_all(app.access_secret(), limits, &by).await?;
        let refusal = match counted {
            Counted::Within if tried.fits => {
                fitting = Some(tried);
                continue;
            }
            Counted::Within => Refusal::CodeWrong,
            Counted::Over { is_first: true, .. } => Refusal::RateLimited,
            Counted::Over { .. } => {
                let refused = Refused::Access(Some(tried.place.grant.clone()), Refusal::RateLimited);
                app.count_refused(Some(tried.place.log), refused);
                continue;
            }
        };
        let access = load_grant(app, tried.place.log, &tried.place.grant).await?;
        Attempt::under(tried.place.log, &tried.place.grant, &access, visitor).refused_aside(app, refusal);
    }
    Ok(fitting)
}

async fn enter(app: &App, visitor: &Visitor, jar: CookieJar, challenge: &Challenge, tried: &Tried) -> Result<Response> {
    let place = &tried.place;
    let mut tx = app.db(place.log).await?;
    let is_taken = email_code::take(&mut tx, challenge, place).await?;
    tx.commit().await?;
    let access = load_grant(app, place.log, &place.grant).await?;
    let refusal = if !is_taken {
        Some(Refusal::CodeExpired)
    } else if tried.token_sha256.is_none() {
        access.entered(store::clock::now()).err()
    } else {
        None
    };
    if let Some(refusal) = refusal {
        Attempt::under(place.log, &place.grant, &access, visitor).refused_aside(app, refusal);
        return Ok(again(app, "", WRONG));
    }
    let (access, token_sha256) = (&access, tried.token_sha256.as_ref());
    let entrant = Entrant { visitor, place, access, token_sha256, opened_by: Opening::EmailCode };
    entrance::enter(app, jar.add(no_cookie()), &entrant).await
}

fn again(app: &App, typed: &str, rule: &str) -> Response {
    let mut page = CodePage::new(app, Asks::Code);
    page.errors.add("code", rule);
    typed.clone_into(&mut page.value);
    Page::with_status(StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}
