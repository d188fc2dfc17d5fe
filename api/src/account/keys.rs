//! Keys of a member's own: for programs that act in their name, with no more than their roles allow.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::member::Permission;
use serde::Deserialize;

use super::{Confirmed, Typed, address, done, page, unless_typed, with_errors};
use crate::access::api_key::Scope;
use crate::acts::api_key;
use crate::app::App;
use crate::auth::{AnyMember, Member, MemberSession};
use crate::error::Result;
use crate::web::components::Choice;
use crate::web::{FieldErrors, Page, Protected};

/// Most days: a year, as for all secrets that lie in a file.
const DAYS_MAX: u16 = 365;
/// Longest name, as the table has it.
const NAME_CHARS_MAX: usize = 100;

/// A key to be made.
#[derive(Deserialize)]
pub struct New {
    #[serde(default)]
    key_name: String,
    #[serde(default)]
    scope: Vec<String>,
    #[serde(default)]
    days: String,
}

/// Makes a key and shows it once.
pub async fn make(member: Member<AnyMember>, State(app): State<App>, form: Protected<New>) -> Result<Response> {
    let form = form.verify(&app, member.form_key()).await?;
    let mut errors = FieldErrors::default();
    let name = form.key_name.trim().to_owned();
    if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        errors.add("key_name", "A key has a name of 1 to 100 characters, by which you know it again");
    }
    let scopes: Vec<Scope> = form.scope.iter().filter_map(|word| word.parse().ok()).collect();
    let scopes: Vec<Scope> = scopes.into_iter().filter(|scope| is_allowed(&member, *scope)).collect();
    if let Some(note) = member.late(&app, &address(&member))? {
        let typed = Typed { key_name: name, days: form.days, scopes, ..Typed::default() };
        let mut page = page(&app, &member, typed).await?;
        page.shell = page.shell.noting(note);
        return Ok(Page::with_status(StatusCode::FORBIDDEN, page).into_response());
    }
    if scopes.is_empty() {
        errors.add("scope", "A key may do at least one thing");
    }
    let days = form.days.trim().parse::<u16>().ok().filter(|days| (1..=DAYS_MAX).contains(days));
    let days = errors.take("days", days.ok_or("A key is good for 1 to 365 days"));
    let (Some(days), true) = (days, errors.is_empty()) else {
        let typed = Typed { key_name: name, days: form.days, scopes, errors, ..Typed::default() };
        return with_errors(&app, &member, typed).await;
    };
    let (token, _) = api_key::make_personal(&app, &member, &name, &scopes, days).await?;
    let typed = Typed { new_key: Some(token.reveal().to_string()), ..Typed::nothing() };
    Ok(Page::new(page(&app, &member, typed).await?).into_response())
}

/// Takes one back, from the next request on. It takes no confirmation: it only takes away.
pub async fn revoke(
    member: Member<AnyMember>,
    State(app): State<App>,
    Path((_, id)): Path<(String, String)>,
    form: Protected<Confirmed>,
) -> Result<Response> {
    let form = form.verify(&app, member.form_key()).await?;
    if let Some(again) = unless_typed(&app, &member, &id, &form, "revoke").await? {
        return Ok(again);
    }
    let index = api_key::revoke_personal(&app, &member, &id).await?;
    Ok(done(&member, index))
}

/// The scopes that a member can give a key of their own: no key does more than they may.
pub(super) fn choices(member: &MemberSession, chosen: &[Scope]) -> Vec<Choice> {
    let allowed = Scope::ALL.into_iter().filter(|scope| is_allowed(member, *scope));
    allowed.map(|scope| Choice::new(scope.as_str(), words(scope), chosen.contains(&scope))).collect()
}

fn is_allowed(member: &MemberSession, scope: Scope) -> bool {
    member.permits(match scope {
        Scope::EventsWrite => Permission::KeysWrite,
        Scope::EntriesRead => Permission::LedgerRead,
        Scope::GrantsWrite => Permission::GrantsWrite,
        Scope::GrantsRead => Permission::GrantsRead,
        Scope::EngagementsWrite => Permission::EngagementsWrite,
        Scope::EngagementsRead => Permission::EngagementsRead,
        Scope::EvidenceWrite => Permission::EvidenceWrite,
        Scope::EvidenceRead => Permission::EvidenceRead,
        Scope::RecordsWrite => Permission::RecordsWrite,
        Scope::RecordsRead => Permission::RecordsRead,
    })
}

/// What a key may do, for a list. A word that is no scope any more stands as it was kept.
pub(super) fn in_words(kept: &[String]) -> String {
    let word = |kept: &String| kept.parse().map_or_else(|_| kept.clone(), |scope| words(scope).to_owned());
    kept.iter().map(word).collect::<Vec<_>>().join("; ")
}

const fn words(scope: Scope) -> &'static str {
    match scope {
        Scope::EventsWrite => "Append events",
        Scope::EntriesRead => "Read the log, receipts and proofs",
        Scope::GrantsWrite => "Give, change and take access",
        Scope::GrantsRead => "See who has access",
        Scope::EngagementsWrite => "Open, change and close engagements",
        Scope::EngagementsRead => "See engagements",
        Scope::EvidenceWrite => "Add, revise and withdraw evidence",
        Scope::EvidenceRead => "See and download evidence",
        Scope::RecordsWrite => "Put and withdraw records",
        Scope::RecordsRead => "See records",
    }
}
